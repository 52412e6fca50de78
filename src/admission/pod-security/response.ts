import { aggregate } from '../../cluster/decode/field-errors.ts';
import { goQuote } from '../../cluster/go-quote.ts';
import { podSecurityPrefix } from './namespace-labels.ts';

/** What the plugin says to a request. */
export interface PodSecurityResponse {
  readonly allowed: boolean;
  /** HTTP status of a refusal, its reason and its exact message. */
  readonly code?: number;
  readonly reason?: 'Forbidden' | 'Invalid';
  readonly message?: string;
  readonly warnings: readonly string[];
  /** With their prefix, as in the audit log. */
  readonly auditAnnotations: Readonly<Record<string, string>>;
}

/** Admits without a word. */
export const allowed: PodSecurityResponse = { allowed: true, warnings: [], auditAnnotations: {} };

/** Admits, with warnings and annotations (names without the prefix). */
export function allowedWith(warnings: readonly string[], annotations: Readonly<Record<string, string>>): PodSecurityResponse {
  return { allowed: true, warnings, auditAnnotations: prefixed(annotations) };
}

/** Refuses a pod: 403, worded as apimachinery's NewForbidden. */
export function forbidden(
  resource: string,
  name: string,
  why: string,
  annotations: Readonly<Record<string, string>>,
): PodSecurityResponse {
  const subject = name === '' ? resource : `${resource} ${goQuote(name)}`;
  return {
    allowed: false,
    code: 403,
    reason: 'Forbidden',
    message: `${subject} is forbidden: ${why}`,
    warnings: [],
    auditAnnotations: prefixed(annotations),
  };
}

/** Refuses a namespace for its labels: 422, worded as apimachinery's NewInvalid. */
export function invalidNamespace(name: string, errors: readonly string[]): PodSecurityResponse {
  const message = `Namespace ${goQuote(name)} is invalid: ${aggregate(errors)}`;
  return { allowed: false, code: 422, reason: 'Invalid', message, warnings: [], auditAnnotations: {} };
}

function prefixed(annotations: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations).map(([name, value]) => [`${podSecurityPrefix}${name}`, value]));
}
