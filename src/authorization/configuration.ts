import { apiServerKinds } from '../cluster/decode/api-server-kinds.ts';
import { decodeConfiguration } from '../cluster/decode/configuration.ts';
import type { Fault } from '../cluster/decode/fault.ts';
import { wrapFault } from '../cluster/decode/fault.ts';
import { aggregate, fieldFault } from '../cluster/decode/field-errors.ts';
import type { Loaded } from '../cluster/decode/loaded.ts';
import type { GoObject } from '../cluster/decode/unmarshal.ts';
import { placeOf } from '../cluster/document.ts';
import type { AuthorizationConfiguration, Authorizer } from './configuration-types.ts';
import { validateAuthorizationConfiguration } from './configuration-validation.ts';

export type { AuthorizationConfiguration, Authorizer, AuthorizerWebhook } from './configuration-types.ts';

export interface AuthorizationLoadOptions {
  /** The path as `--authorization-config` gives it. */
  readonly path: string;
  readonly minor: number;
  readonly source?: string;
}

/**
 * Loads an AuthorizationConfiguration as kube-apiserver does at start: which versions a minor knows (v1alpha1 from 1.29, v1beta1
 * from 1.30, v1 from 1.32), types, names, webhooks.
 *
 * CEL expressions are not compiled and kubeconfigs of webhooks not opened: `warnings` names them. Never throws.
 * Source: kubernetes pkg/kubeapiserver/authorizer/config.go, apiserver pkg/apis/apiserver/{load,validation}.
 */
export function loadAuthorizationConfiguration(
  text: string,
  options: AuthorizationLoadOptions,
): Loaded<AuthorizationConfiguration> {
  const { minor } = options;
  const source = options.source ?? options.path;
  const loading = 'failed to load AuthorizationConfiguration from file: ';
  const refuse = (prefix: string, fault: Fault): Loaded<AuthorizationConfiguration> => ({
    kind: 'refused',
    ...wrapFault(prefix, fault),
  });
  if (text === '') {
    const document = { value: null, source };
    const fault = fieldFault(validateAuthorizationConfiguration({ authorizers: [] }, minor), document) ?? {
      message: 'the file is empty',
    };
    return refuse('', fault);
  }
  const scheme = {
    name: 'k8s.io/apiserver/pkg/apis/apiserver/load/load.go:31',
    kinds: apiServerKinds(minor, ['v1alpha1', 'v1beta1', 'v1']),
  };
  const decoded = decodeConfiguration(text, { source, scheme, strict: true });
  if (decoded.kind === 'fault') return refuse(loading, decoded);
  if (decoded.kindName !== 'AuthorizationConfiguration') {
    const got = decoded.kindName === 'EncryptionConfig' ? 'EncryptionConfiguration' : decoded.kindName;
    return refuse(loading, { message: `expected AuthorizationConfiguration, got *apiserver.${got}` });
  }
  const configuration = withDefaults(decoded.value);
  const fault = fieldFault(validateAuthorizationConfiguration(configuration, minor), decoded.document);
  if (fault !== undefined) return refuse('', fault);
  const misnamed = configuration.authorizers.flatMap(({ type, name }, index) => {
    const expected = type.toLowerCase();
    return type === 'Webhook' || name === expected
      ? []
      : [{ index, message: `expected name ${expected} for authorizer ${type} instead of ${name}` }];
  });
  const [first] = misnamed;
  if (first === undefined)
    return { kind: 'accepted', configuration, document: decoded.document, warnings: warningsOf(configuration) };
  const { line, column } = placeOf(decoded.document, ['authorizers', first.index, 'name']);
  const message = aggregate(misnamed.map((item) => item.message));
  return refuse('', { message, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) });
}

const defaultAuthorizedTtl = 300_000_000_000n;
const defaultUnauthorizedTtl = 30_000_000_000n;

/** Fills in the defaults of webhooks (apis/apiserver/v1/defaults.go). */
function withDefaults(value: GoObject): AuthorizationConfiguration {
  const authorizers = value['authorizers'] as unknown as readonly Authorizer[];
  return {
    authorizers: authorizers.map((authorizer) => {
      const { webhook } = authorizer;
      if (webhook === null) return authorizer;
      const authorizedTTL = webhook.authorizedTTL === 0n ? defaultAuthorizedTtl : webhook.authorizedTTL;
      const unauthorizedTTL = webhook.unauthorizedTTL === 0n ? defaultUnauthorizedTtl : webhook.unauthorizedTTL;
      return { ...authorizer, webhook: { ...webhook, authorizedTTL, unauthorizedTTL } };
    }),
  };
}

function warningsOf({ authorizers }: AuthorizationConfiguration): readonly string[] {
  return authorizers.flatMap(({ webhook }, index) => {
    if (webhook === null) return [];
    const { kubeConfigFile } = webhook.connectionInfo;
    return [
      ...(kubeConfigFile === null ? [] : [`whether the webhook's kubeconfig ${kubeConfigFile} can be read is not checked`]),
      ...webhook.matchConditions.map(
        (_, condition) => `the CEL expression at authorizers[${index}].webhook.matchConditions[${condition}] is not checked`,
      ),
    ];
  });
}
