import { requiredClaims, usernamePrefix } from '../../authentication/token/open-id-flags.ts';
import type { JsonObject } from '../../cluster/json.ts';
import type { Mending } from '../mending.ts';

/** No version starts with one of these beside --authentication-config, whatever its file holds. */
export const oidcFlags: readonly string[] = [
  'issuer-url',
  'client-id',
  'ca-file',
  'username-claim',
  'username-prefix',
  'groups-claim',
  'groups-prefix',
  'required-claim',
  'signing-algs',
].map((name) => `oidc-${name}`);

/** What the `--oidc-*` flags say as an entry of `jwt`. */
export type OidcEntry =
  /** No issuer is set: nothing to carry over. */
  | { readonly kind: 'none' }
  | { readonly kind: 'entry'; readonly entry: JsonObject; readonly notes: readonly string[] }
  /** The entry cannot be written from what was seen. */
  | { readonly kind: 'unseen'; readonly why: string };

/**
 * Makes the `jwt` entry that the server itself makes of its `--oidc-*` flags; the certificate of `--oidc-ca-file` goes into it.
 * Source: kubernetes pkg/kubeapiserver/options/authentication.go (ToAuthenticationConfig).
 */
export function oidcEntry(at: Mending): OidcEntry {
  const url = at.flag('oidc-issuer-url').value;
  if (url === '') return { kind: 'none' };
  const caFile = at.flag('oidc-ca-file').value;
  const ca = at.seenFile('oidc-ca-file');
  if (caFile !== '' && ca === undefined)
    return { kind: 'unseen', why: `the certificate ${caFile} of --oidc-ca-file was not seen, and belongs into the jwt entry` };
  const claim = at.flag('oidc-username-claim').value || 'sub';
  const groups = at.flag('oidc-groups-claim').value;
  const required = requiredClaims(at.flag('oidc-required-claim').values);
  const entry: JsonObject = {
    issuer: {
      url,
      ...(ca === undefined ? {} : { certificateAuthority: ca.text }),
      audiences: [at.flag('oidc-client-id').value],
    },
    ...(required.length === 0 ? {} : { claimValidationRules: required }),
    claimMappings: {
      username: { claim, prefix: usernamePrefix(at.flag('oidc-username-prefix').value, claim, url) },
      ...(groups === '' ? {} : { groups: { claim: groups, prefix: at.flag('oidc-groups-prefix').value } }),
    },
  };
  const notes = at.flag('oidc-signing-algs').given
    ? ['--oidc-signing-algs has no counterpart in the file: every asymmetric algorithm is accepted']
    : [];
  return { kind: 'entry', entry, notes };
}
