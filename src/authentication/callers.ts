import type { Cluster } from '../cluster/cluster.ts';
import type { Component } from '../cluster/component.ts';
import { clusterVersion } from '../cluster/component-version.ts';
import { seenComponents } from '../cluster/components.ts';
import { gateEnabled } from '../cluster/feature-gates.ts';
import type { FlagSet } from '../cluster/flags.ts';
import { booleanOf, readFlags } from '../cluster/flags.ts';
import { newestMinor } from '../cluster/version.ts';
import type { AnonymousConfiguration } from './configuration-types.ts';
import { loadAuthenticationConfiguration } from './configuration.ts';
import type { User } from './user.ts';
import { serviceAccountOf } from './user.ts';

/** A caller as an audit log shows it. */
export interface Caller {
  readonly user: User;
  /** The path that is asked for, without its query. */
  readonly path: string;
}

/** What a change of authentication does to a caller. */
export type CallerOutcome =
  | { readonly kind: 'kept' }
  /** `cause`: the flag that decides. */
  | { readonly kind: 'turnedAway'; readonly why: string; readonly cause: string }
  | { readonly kind: 'unknown'; readonly why: string; readonly cause: string };

/** How callers prove who they are to one API server, as far as its configuration shows. */
export interface AuthenticationWorld {
  /** `undefined`: no API server was seen. */
  readonly anonymous: AnonymousConfiguration | undefined;
  /** Values of flags that decide who is let in, and what is known of the files that they name. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Flags that decide about each kind of credential. */
const tokenFile = 'token-auth-file';
const accountFlags = ['service-account-issuer', 'service-account-key-file', 'api-audiences', 'service-account-lookup'];
const issuerFlags = [
  'oidc-issuer-url',
  'oidc-client-id',
  'oidc-ca-file',
  'oidc-username-claim',
  'oidc-username-prefix',
  'oidc-groups-claim',
  'oidc-groups-prefix',
  'authentication-config',
  'authentication-token-webhook-config-file',
];
const authority = 'client-ca-file';

/** How the first API server of a cluster authenticates. */
export function authenticationWorldOf(cluster: Cluster): AuthenticationWorld {
  const minor = clusterVersion(cluster)?.minor ?? newestMinor;
  const [component] = seenComponents(cluster, 'kube-apiserver');
  if (component === undefined) return { anonymous: undefined, settings: {} };
  const flags = readFlags(component, minor);
  const settings: Record<string, string> = {};
  for (const flag of [tokenFile, authority, ...accountFlags, ...issuerFlags]) {
    const path = flags.get(flag).values.join(',');
    settings[flag] = path === '' ? '' : `${path} ${contentOf(component, path)}`;
  }
  return { anonymous: anonymousOf(component, flags, minor), settings };
}

function contentOf(component: Component, path: string): string {
  const file = component.files.get(path);
  if (file?.kind !== 'seen') return '';
  return file.text ?? JSON.stringify(file.facts ?? {});
}

function anonymousOf(component: Component, flags: FlagSet, minor: number): AnonymousConfiguration | undefined {
  const path = flags.get('authentication-config').value;
  const file = path === '' ? undefined : component.files.get(path);
  if (file?.kind === 'seen' && file.text !== undefined) {
    const gates = (name: string) => gateEnabled(flags, 'kube-apiserver', minor, name) ?? false;
    const loaded = loadAuthenticationConfiguration(file.text, { path, minor, gates });
    if (loaded.kind === 'accepted' && loaded.configuration.anonymous !== undefined) return loaded.configuration.anonymous;
  }
  const reading = flags.get('anonymous-auth');
  if (!reading.known) return undefined;
  const modes = flags.get('authorization-mode').values.flatMap((mode) => mode.split(','));
  return { enabled: (booleanOf(reading) ?? true) && !modes.includes('AlwaysAllow'), conditions: [] };
}

function lets(anonymous: AnonymousConfiguration, path: string): boolean {
  return anonymous.enabled && (anonymous.conditions.length === 0 || anonymous.conditions.some((one) => one.path === path));
}

/**
 * Would a caller whom today's server lets in still be let in by the planned one? Judged by the kind of credential that the log shows:
 * nobody's, a service account's token, a certificate's id, anything else.
 */
export function outcomeFor(today: AuthenticationWorld, planned: AuthenticationWorld, { user, path }: Caller): CallerOutcome {
  if (user.username === 'system:anonymous') {
    if (today.anonymous === undefined || planned.anonymous === undefined)
      return { kind: 'unknown', why: 'whether anonymous requests are let in is not known', cause: 'anonymous-auth' };
    if (lets(planned.anonymous, path) || !lets(today.anonymous, path)) return { kind: 'kept' };
    return { kind: 'turnedAway', why: 'anonymous requests to this path are no longer let in', cause: 'anonymous-auth' };
  }
  const changed = (flags: readonly string[]) =>
    flags.find((flag) => (today.settings[flag] ?? '') !== (planned.settings[flag] ?? ''));
  const ids = user.extra?.['authentication.kubernetes.io/credential-id'] ?? [];
  if (serviceAccountOf(user.username) !== undefined) {
    const flag = changed(accountFlags);
    return flag === undefined
      ? { kind: 'kept' }
      : {
          kind: 'unknown',
          why: `tokens of service accounts are judged otherwise (--${flag}); the log does not show them`,
          cause: flag,
        };
  }
  if (ids.some((id) => id.startsWith('X509SHA256='))) {
    return changed([authority]) === undefined
      ? { kind: 'kept' }
      : {
          kind: 'unknown',
          why: 'the authority of client certificates changes; the log shows the certificate by its digest alone',
          cause: authority,
        };
  }
  const removed = changed([tokenFile]);
  if (removed !== undefined && (today.settings[tokenFile] ?? '') !== '') {
    // Names in the file are blanked with the tokens: whoever is not known to come otherwise may come by it.
    const gone = (planned.settings[tokenFile] ?? '') === '' ? 'goes away' : 'changes';
    return {
      kind: 'unknown',
      why: `the token file ${gone}; the log does not show whether this user comes by it`,
      cause: tokenFile,
    };
  }
  const issuer = changed(issuerFlags.filter((flag) => flag !== 'authentication-config' || !onlyAnonymous(today, planned)));
  if (issuer !== undefined && !user.username.startsWith('system:'))
    return { kind: 'unknown', why: `tokens are judged otherwise (--${issuer}); the log does not show them`, cause: issuer };
  return changed([authority]) === undefined
    ? { kind: 'kept' }
    : {
        kind: 'unknown',
        why: 'the authority of client certificates changes; the log does not show how this user comes',
        cause: authority,
      };
}

/** A configuration file that is new and speaks of anonymous requests alone changes nothing for anybody else. */
function onlyAnonymous(today: AuthenticationWorld, planned: AuthenticationWorld): boolean {
  return (
    (today.settings['authentication-config'] ?? '') === '' && !/\bjwt\s*:/.test(planned.settings['authentication-config'] ?? '')
  );
}
