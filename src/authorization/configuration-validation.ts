import { formatDuration } from '../cluster/decode/duration.ts';
import type { FieldError } from '../cluster/decode/field-errors.ts';
import { duplicate, goJsonString, invalid, notSupported, printsJson, required, tooMany } from '../cluster/decode/field-errors.ts';
import { dnsSubdomainFaults } from '../cluster/dns-names.ts';
import { goQuote } from '../cluster/go-quote.ts';
import type { FieldPath } from '../cluster/json.ts';
import type { AuthorizationConfiguration, Authorizer, AuthorizerWebhook } from './configuration-types.ts';

const knownTypes = ['ABAC', 'AlwaysAllow', 'AlwaysDeny', 'Node', 'RBAC', 'Webhook'];

/**
 * Checks an AuthorizationConfiguration; the errors are the server's, in its order, without those that need CEL or the host's files.
 *
 * Source: apiserver pkg/apis/apiserver/validation/validation.go of 1.29 to 1.37.
 */
export function validateAuthorizationConfiguration(
  configuration: AuthorizationConfiguration,
  minor: number,
): readonly FieldError[] {
  if (configuration.authorizers.length === 0)
    return [required(['authorizers'], 'at least one authorization mode must be defined')];
  const types = new Set<string>();
  const names = new Set<string>();
  return configuration.authorizers.flatMap((authorizer, index) => {
    const path = ['authorizers', index];
    const { type } = authorizer;
    if (type === '') return [required([...path, 'type'], '')];
    if (!knownTypes.includes(type)) return [notSupported([...path, 'type'], goQuote(type), knownTypes)];
    if (types.has(type) && type !== 'Webhook') return [duplicate([...path, 'type'], goQuote(type))];
    types.add(type);
    const errors = [...validateName(authorizer, [...path, 'name'], names), ...validateWebhookEntry(authorizer, path, minor)];
    names.add(authorizer.name);
    return errors;
  });
}

function validateName({ name }: Authorizer, path: FieldPath, seen: ReadonlySet<string>): FieldError[] {
  if (name === '') return [required(path, '')];
  if (seen.has(name)) return [duplicate(path, goQuote(name))];
  const faults = dnsSubdomainFaults(name);
  return faults.length === 0 ? [] : [invalid(path, goQuote(name), `authorizer name is invalid: ${faults.join(', ')}`)];
}

function validateWebhookEntry({ type, webhook }: Authorizer, path: FieldPath, minor: number): FieldError[] {
  if (type !== 'Webhook')
    return webhook === null ? [] : [invalid([...path, 'webhook'], '"non-null"', 'may only be specified when type=Webhook')];
  if (webhook === null) return [required([...path, 'webhook'], 'required when type=Webhook')];
  // The server's paths leave `webhook` out.
  return validateWebhook(webhook, path, minor).map((error) => ({
    ...error,
    place: [...path, 'webhook', ...error.path.slice(path.length)],
  }));
}

function validateWebhook(webhook: AuthorizerWebhook, path: FieldPath, minor: number): FieldError[] {
  const at = (...names: string[]): FieldPath => [...path, ...names];
  const oneOf = (value: string, values: readonly string[], where: FieldPath): FieldError[] => {
    if (value === '') return [required(where, '')];
    return values.includes(value) ? [] : [notSupported(where, goQuote(value), values)];
  };
  return [
    ...validateDuration(webhook.timeout, at('timeout'), 30_000_000_000n, 'must be > 0s and <= 30s'),
    ...validateDuration(webhook.authorizedTTL, at('authorizedTTL'), undefined, 'must be > 0s'),
    ...validateDuration(webhook.unauthorizedTTL, at('unauthorizedTTL'), undefined, 'must be > 0s'),
    ...oneOf(webhook.subjectAccessReviewVersion, ['v1', 'v1beta1'], at('subjectAccessReviewVersion')),
    ...validateConditionVersion(webhook, at('matchConditionSubjectAccessReviewVersion')),
    ...oneOf(webhook.failurePolicy, ['NoOpinion', 'Deny'], at('failurePolicy')),
    ...validateConnection(webhook, at('connectionInfo'), minor),
    ...validateConditions(webhook, at('matchConditions')),
  ];
}

function validateDuration(value: bigint, path: FieldPath, limit: bigint | undefined, detail: string): FieldError[] {
  if (value === 0n) return [required(path, '')];
  return value < 0n || (limit !== undefined && value > limit) ? [invalid(path, goQuote(formatDuration(value)), detail)] : [];
}

function validateConditionVersion(webhook: AuthorizerWebhook, path: FieldPath): FieldError[] {
  const version = webhook.matchConditionSubjectAccessReviewVersion;
  if (version === 'v1') return [];
  if (version !== '') return [notSupported(path, goQuote(version), ['v1'])];
  return webhook.matchConditions.length === 0 ? [] : [required(path, 'required if match conditions are specified')];
}

function validateConnection({ connectionInfo }: AuthorizerWebhook, path: FieldPath, minor: number): FieldError[] {
  const { type, kubeConfigFile } = connectionInfo;
  const file = [...path, 'kubeConfigFile'];
  if (type === '') return [required([...path, 'type'], '')];
  if (type === 'InClusterConfig') {
    return kubeConfigFile === null ? [] : [invalid(file, goQuote(kubeConfigFile), 'can only be set when type=KubeConfigFile')];
  }
  if (type === 'KubeConfigFile') {
    if (kubeConfigFile === null || kubeConfigFile === '') return [required(file, '')];
    return kubeConfigFile.startsWith('/') ? [] : [invalid(file, goQuote(kubeConfigFile), 'must be an absolute path')];
  }
  const pointer = kubeConfigFile === null ? 'nil' : '0xc000000000';
  const printed = printsJson(minor)
    ? `{"Type":${goJsonString(type)},"KubeConfigFile":${kubeConfigFile === null ? 'null' : goJsonString(kubeConfigFile)}}`
    : `apiserver.WebhookConnectionInfo{Type:${goQuote(type)}, KubeConfigFile:(*string)(${pointer})}`;
  return [notSupported([...path, 'type'], printed, ['InClusterConfig', 'KubeConfigFile'])];
}

function validateConditions({ matchConditions }: AuthorizerWebhook, path: FieldPath): FieldError[] {
  if (matchConditions.length > 64) return [tooMany(path, matchConditions.length, 64)];
  const seen = new Set<string>();
  return matchConditions.flatMap(({ expression }, index) => {
    const here = [...path, index, 'expression'];
    if (expression.trim() === '') return [required(here, '')];
    if (seen.has(expression)) return [duplicate(here, goQuote(expression))];
    seen.add(expression);
    return [];
  });
}
