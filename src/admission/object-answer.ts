import { type JsonObject, objectAt, stringAt } from '../cluster/json.ts';
import { goQuote } from '../cluster/go-quote.ts';
import { type FieldError, invalid, invalidObject, required } from './field-errors.ts';
import { subdomainErrors } from '../cluster/qualified-name.ts';

/** The server's answer to the creation of a LimitRange or ResourceQuota. */
export type ObjectAnswer =
  | { readonly valid: true; readonly code: 201; readonly object: JsonObject }
  | {
      readonly valid: false;
      readonly code: 400 | 422;
      readonly reason: 'BadRequest' | 'Invalid';
      readonly message: string;
      readonly faults: readonly FieldError[];
    };

/** Faults of an object's name, a DNS subdomain (k8s.io/apimachinery pkg/api/validation/objectmeta.go). */
export function nameFaults(object: JsonObject): FieldError[] {
  const metadata = objectAt(object['metadata']);
  const name = stringAt(metadata['name']) ?? '';
  const start = stringAt(metadata['generateName']) ?? '';
  const path = (member: string) => ({ text: `metadata.${member}`, field: ['metadata', member] });
  // A generated name is cut to what is left of 63 characters and need not end well: one letter stands for the rest.
  const errors =
    start === ''
      ? []
      : subdomainErrors(start.replace(/-$/, 'a'), 0).map((message) => invalid(path('generateName'), goQuote(start), message));
  if (name === '' && start === '') return [...errors, required(path('name'), 'name or generateName is required')];
  if (name === '') return errors;
  return [...errors, ...subdomainErrors(name, 0).map((message) => invalid(path('name'), goQuote(name), message))];
}

/** Refuses an object that cannot be read. */
export function unreadableObject(kind: string, error: string): ObjectAnswer {
  const message = `${kind} in version "v1" cannot be handled as a ${kind}: ${error}`;
  return { valid: false, code: 400, reason: 'BadRequest', message, faults: [] };
}

/** Refuses an object with faults. */
export function invalidAnswer(kind: string, object: JsonObject, faults: readonly FieldError[]): ObjectAnswer {
  const metadata = objectAt(object['metadata']);
  const start = stringAt(metadata['generateName']);
  const name = stringAt(metadata['name']) ?? (start === undefined ? '' : `${start}<random>`);
  return { valid: false, code: 422, reason: 'Invalid', message: invalidObject(kind, name, faults), faults };
}

/** Metadata as stored: with the namespace in which it was created. */
export function storedMetadata(object: JsonObject, namespace: string): JsonObject {
  const metadata = objectAt(object['metadata']);
  return { ...metadata, namespace: stringAt(metadata['namespace']) ?? namespace };
}
