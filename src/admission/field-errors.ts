import { goQuote } from '../cluster/go-quote.ts';
import type { FieldPath } from '../cluster/json.ts';
import { type Quantity, dumpQuantity, formatQuantity } from '../cluster/quantity.ts';

/** A field as the server prints it (`spec.hard[cpu]`) and as it is walked. */
export interface ErrorPath {
  readonly text: string;
  readonly field: FieldPath;
}

/** One fault of an object, as API validation words it (k8s.io/apimachinery pkg/util/validation/field/errors.go). */
export interface FieldError {
  readonly message: string;
  readonly field: FieldPath;
}

/** The path of a top member. */
export function rootPath(name: string): ErrorPath {
  return { text: name, field: [name] };
}

/** A member of a path: `spec` → `spec.hard`. */
export function childPath(path: ErrorPath, name: string): ErrorPath {
  return { text: `${path.text}.${name}`, field: [...path.field, name] };
}

/** An entry of a map: `spec.hard` → `spec.hard[cpu]`. */
export function keyPath(path: ErrorPath, key: string): ErrorPath {
  return { text: `${path.text}[${key}]`, field: [...path.field, key] };
}

/** An item of a list: `spec.limits` → `spec.limits[0]`. */
export function indexPath(path: ErrorPath, index: number): ErrorPath {
  return { text: `${path.text}[${index}]`, field: [...path.field, index] };
}

/** `Invalid value`, with the value already printed for the version at hand. */
export function invalid(path: ErrorPath, printed: string, detail: string): FieldError {
  return { message: `${path.text}: Invalid value: ${printed}: ${detail}`, field: path.field };
}

/** `Required value`. */
export function required(path: ErrorPath, detail: string): FieldError {
  return { message: `${path.text}: Required value${detail === '' ? '' : `: ${detail}`}`, field: path.field };
}

/** `Forbidden`. */
export function forbidden(path: ErrorPath, detail: string): FieldError {
  return { message: `${path.text}: Forbidden: ${detail}`, field: path.field };
}

/** `Duplicate value`. */
export function duplicate(path: ErrorPath, printed: string): FieldError {
  return { message: `${path.text}: Duplicate value: ${printed}`, field: path.field };
}

/** `Unsupported value`, with the values that are. */
export function unsupported(path: ErrorPath, printed: string, values: readonly string[]): FieldError {
  const supported = values.map((value) => goQuote(value)).join(', ');
  return { message: `${path.text}: Unsupported value: ${printed}: supported values: ${supported}`, field: path.field };
}

/** Go's encoding of a string as JSON, which also escapes `<`, `>` and `&`. */
export function goJsonString(text: string): string {
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** A value of a named string type: JSON from 1.34, quoted before. */
export function printNamed(value: string, minor: number): string {
  return minor >= 34 ? goJsonString(value) : goQuote(value);
}

/** A resource name: JSON from 1.34, bare from 1.29 (there it prints itself), quoted in 1.28. */
export function printResourceName(value: string, minor: number): string {
  return minor >= 29 && minor < 34 ? value : printNamed(value, minor);
}

/** A quantity: JSON from 1.34, Go's struct before; `printed`: the server had printed it in the same message. */
export function printQuantity(value: Quantity, minor: number, printed: boolean): string {
  return minor >= 34 ? goJsonString(formatQuantity(value)) : dumpQuantity(value, printed);
}

/** Joins messages as Go's error aggregate: one alone, several in brackets, repeated ones once. */
export function aggregateMessages(messages: readonly string[]): string {
  const distinct = [...new Set(messages)];
  return distinct.length === 1 ? (distinct[0] ?? '') : `[${distinct.join(', ')}]`;
}

/** The message of HTTP 422: `Pod "x" is invalid: …`. */
export function invalidObject(kind: string, name: string, errors: readonly FieldError[]): string {
  return `${kind} ${goQuote(name)} is invalid: ${aggregateMessages(errors.map((error) => error.message))}`;
}
