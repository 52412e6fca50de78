import { apiServerKinds } from '../cluster/decode/api-server-kinds.ts';
import { decodeConfiguration } from '../cluster/decode/configuration.ts';
import type { Fault } from '../cluster/decode/fault.ts';
import { wrapFault } from '../cluster/decode/fault.ts';
import { fieldFault, printPath } from '../cluster/decode/field-errors.ts';
import type { Loaded } from '../cluster/decode/loaded.ts';
import type { GoObject } from '../cluster/decode/unmarshal.ts';
import { goQuote } from '../cluster/go-quote.ts';
import type { FieldPath } from '../cluster/json.ts';
import type { AnonymousConfiguration, AuthenticationConfiguration, JwtAuthenticator } from './configuration-types.ts';
import { overlapErrors, validateAuthenticationConfiguration } from './configuration-validation.ts';

export type { AnonymousConfiguration, AuthenticationConfiguration, JwtAuthenticator } from './configuration-types.ts';

export interface AuthenticationLoadOptions {
  /** The path as `--authentication-config` gives it. */
  readonly path: string;
  readonly minor: number;
  /** Whether a feature gate is on: `AnonymousAuthConfigurableEndpoints`, `StructuredAuthenticationConfigurationEgressSelector`. */
  readonly gates: (name: string) => boolean;
  /** The values of `--service-account-issuer`: no issuer may have such a URL. */
  readonly serviceAccountIssuers?: readonly string[];
  readonly source?: string;
}

/** From this minor on, messages say which step failed. */
const prefixedSince = 34;

function schemeName(minor: number): string {
  const lines: Readonly<Record<number, number>> = { 29: 687, 30: 777, 31: 838, 32: 853, 33: 852, 34: 853, 35: 879, 36: 879 };
  return `k8s.io/kubernetes/pkg/kubeapiserver/options/authentication.go:${lines[minor] ?? 874}`;
}

/**
 * Loads an AuthenticationConfiguration as kube-apiserver does at start, as far as it can be judged without CEL: which versions a
 * minor knows (v1alpha1 from 1.29, v1beta1 from 1.30, v1 from 1.34), structure, issuers, mappings, the section `anonymous`.
 *
 * CEL expressions are not compiled: each is named in `warnings`. Never throws.
 * Source: kubernetes pkg/kubeapiserver/options/authentication.go, apiserver pkg/apis/apiserver/validation.
 */
export function loadAuthenticationConfiguration(
  text: string,
  options: AuthenticationLoadOptions,
): Loaded<AuthenticationConfiguration> {
  const { minor, path } = options;
  const loading = minor >= prefixedSince ? `failed to load authentication configuration from file ${goQuote(path)}: ` : '';
  const refuse = (prefix: string, fault: Fault): Loaded<AuthenticationConfiguration> => ({
    kind: 'refused',
    ...wrapFault(prefix, fault),
  });
  if (text === '') return refuse(loading, { message: minor === 29 ? `empty config file ${goQuote(path)}` : 'empty config data' });
  const scheme = { name: schemeName(minor), kinds: apiServerKinds(minor, ['v1alpha1', 'v1beta1', 'v1']) };
  const decoded = decodeConfiguration(text, { source: options.source ?? path, scheme, strict: true });
  if (decoded.kind === 'fault') return refuse(loading, decoded);
  if (decoded.kindName !== 'AuthenticationConfiguration') {
    const got = decoded.kindName === 'EncryptionConfig' ? 'EncryptionConfiguration' : decoded.kindName;
    return refuse(loading, { message: `expected AuthenticationConfiguration, got *apiserver.${got}` });
  }
  const configuration = configurationOf(decoded.value);
  const context = { minor, gates: options.gates };
  const fault = fieldFault(validateAuthenticationConfiguration(configuration, context), decoded.document);
  if (fault !== undefined) return refuse(minor >= prefixedSince ? 'invalid authentication configuration: ' : '', fault);
  const overlap =
    minor >= 30 ? fieldFault(overlapErrors(configuration, options.serviceAccountIssuers ?? []), decoded.document) : undefined;
  if (overlap !== undefined) return refuse('', overlap);
  const warnings = expressionsOf(configuration).map((at) => `the CEL expression at ${printPath(at)} is not checked`);
  return { kind: 'accepted', configuration, document: decoded.document, warnings };
}

function configurationOf(value: GoObject): AuthenticationConfiguration {
  const anonymous = (value['anonymous'] ?? null) as unknown as AnonymousConfiguration | null;
  const jwt = value['jwt'] as unknown as readonly JwtAuthenticator[];
  return { jwt, ...(anonymous === null ? {} : { anonymous }) };
}

/** The places of all CEL expressions of a configuration. */
export function expressionsOf({ jwt }: AuthenticationConfiguration): readonly FieldPath[] {
  return jwt.flatMap((entry, index) => {
    const at = (condition: string, ...path: FieldPath): FieldPath[] => (condition === '' ? [] : [['jwt', index, ...path]]);
    const { username, groups, uid, extra } = entry.claimMappings;
    return [
      ...entry.claimValidationRules.flatMap(({ expression }, rule) => at(expression, 'claimValidationRules', rule, 'expression')),
      ...at(username.expression, 'claimMappings', 'username', 'expression'),
      ...at(groups.expression, 'claimMappings', 'groups', 'expression'),
      ...at(uid.expression, 'claimMappings', 'uid', 'expression'),
      ...extra.flatMap(({ valueExpression }, item) => at(valueExpression, 'claimMappings', 'extra', item, 'valueExpression')),
      ...entry.userValidationRules.flatMap(({ expression }, rule) => at(expression, 'userValidationRules', rule, 'expression')),
    ];
  });
}
