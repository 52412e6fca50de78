import { formattedWithoutArguments } from '../cluster/go-format.ts';
import { goQuote } from '../cluster/go-quote.ts';
import type { Attributes } from './attributes.ts';
import { combinedResource } from './attributes.ts';

/** `group/resource` as errors of the API name it: `deployments.apps`. */
export function qualifiedResource(resource: string, apiGroup: string): string {
  return apiGroup === '' ? resource : `${resource}.${apiGroup}`;
}

/** Before, the message itself was used as a format: a `%` in a name or path shows (`fmt.Errorf(errMsg)` up to 1.31; seen with 1.28 and 1.31, not with 1.37). */
const plainSince = 32;

/**
 * The message of a 403 (k8s.io/apiserver pkg/endpoints/handlers/responsewriters/errors.go `ForbiddenStatusError`).
 *
 * @param reason of the authorizers; empty: none
 */
export function forbiddenMessage(username: string, attributes: Attributes, reason: string, minor: number): string {
  const told = sanitized(whatIsForbidden(username, attributes));
  const whole = reason === '' ? told : `${told}: ${reason}`;
  const text = minor < plainSince ? formattedWithoutArguments(whole) : whole;
  if (attributes.kind === 'nonResource') return `forbidden: ${text}`;
  return refusedResource(attributes.resource, attributes.apiGroup, attributes.name, text);
}

/** `secrets "x" is forbidden: …` (apimachinery `NewForbidden`). */
export function refusedResource(resource: string, apiGroup: string, name: string, text: string): string {
  const qualified = qualifiedResource(resource, apiGroup);
  if (qualified === '') return `forbidden: ${text}`;
  return name === '' ? `${qualified} is forbidden: ${text}` : `${qualified} ${goQuote(name)} is forbidden: ${text}`;
}

function whatIsForbidden(username: string, attributes: Attributes): string {
  const who = `User ${goQuote(username)} cannot ${attributes.verb}`;
  if (attributes.kind === 'nonResource') return `${who} path ${goQuote(attributes.path)}`;
  const { apiGroup, namespace } = attributes;
  const what = `${who} resource ${goQuote(combinedResource(attributes))} in API group ${goQuote(apiGroup)}`;
  return namespace === '' ? `${what} at the cluster scope` : `${what} in the namespace ${goQuote(namespace)}`;
}

function sanitized(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
