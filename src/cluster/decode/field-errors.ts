import type { Document } from '../document.ts';
import { placeOf } from '../document.ts';
import type { FieldPath } from '../json.ts';
import { goQuote } from '../go-quote.ts';
import { formatDuration } from './duration.ts';
import type { Fault } from './fault.ts';
import { goJsonString } from './node.ts';

export { goJsonString } from './node.ts';

/**
 * One fault of a field, as apimachinery's field.Error prints it: `path: body`.
 *
 * `path` is for the message, `place` (by default the same) finds the line.
 */
export interface FieldError {
  readonly path: FieldPath;
  /** Where the field stands in the file, when the message names it by another path. */
  readonly place?: FieldPath;
  readonly body: string;
  /** The body without secrets, where it holds some. */
  readonly redactedBody?: string;
}

/** From this minor on, values in messages are printed as JSON, before as Go syntax (apimachinery pkg/util/validation/field). */
const jsonValuesSince = 34;

/** `Required value: detail`. */
export function required(path: FieldPath, detail: string): FieldError {
  return { path, body: `Required value${suffix(detail)}` };
}

/** `Invalid value: VALUE: detail`; `value` is printed already (`goQuote`, `printStrings`, …). */
export function invalid(path: FieldPath, value: string, detail: string): FieldError {
  return { path, body: `Invalid value: ${value}${suffix(detail)}` };
}

/** `Duplicate value: VALUE`. */
export function duplicate(path: FieldPath, value: string): FieldError {
  return { path, body: `Duplicate value: ${value}` };
}

/** `Too many: 65: must have at most 64 items`. */
export function tooMany(path: FieldPath, count: number, limit: number): FieldError {
  return { path, body: `Too many: ${count}: must have at most ${limit} items` };
}

/** `Forbidden: detail`. */
export function forbidden(path: FieldPath, detail: string): FieldError {
  return { path, body: `Forbidden${suffix(detail)}` };
}

/** `Unsupported value: "x": supported values: "a", "b"`. */
export function notSupported(path: FieldPath, value: string, supported: readonly string[]): FieldError {
  return { path, body: `Unsupported value: ${value}: supported values: ${supported.map((item) => goQuote(item)).join(', ')}` };
}

function suffix(detail: string): string {
  return detail === '' ? '' : `: ${detail}`;
}

/** A path as field.Path prints it: names joined by dots, indices in brackets; nothing is quoted. */
export function printPath(path: FieldPath): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}

/** Reports whether messages of this minor print values as JSON. */
export function printsJson(minor: number): boolean {
  return minor >= jsonValuesSince;
}

/** A list of strings: `[]string{"a"}` or `["a"]`. */
export function printStrings(items: readonly string[], minor: number): string {
  return printsJson(minor)
    ? `[${items.map((item) => goJsonString(item)).join(',')}]`
    : `[]string{${items.map((item) => goQuote(item)).join(', ')}}`;
}

/** A metav1.Duration: `v1.Duration{Duration:0}` or `"0s"`. */
export function printDuration(nanoseconds: bigint, minor: number): string {
  return printsJson(minor) ? `"${formatDuration(nanoseconds)}"` : `v1.Duration{Duration:${nanoseconds}}`;
}

/** Prints a list of messages as Go's Aggregate does: one alone, several as `[a, b]`, equal ones once. */
export function aggregate(messages: readonly string[]): string {
  const distinct = [...new Set(messages)];
  return distinct.length === 1 ? (distinct[0] ?? '') : `[${distinct.join(', ')}]`;
}

/** Joins field errors into the fault of a document, placed at the first one; `undefined` where there are none. */
export function fieldFault(errors: readonly FieldError[], document: Document): Fault | undefined {
  const first = errors[0];
  if (first === undefined) return undefined;
  const message = aggregate(errors.map(({ path, body }) => `${printPath(path)}: ${body}`));
  const reportMessage = aggregate(errors.map(({ path, body, redactedBody }) => `${printPath(path)}: ${redactedBody ?? body}`));
  const { line, column } = placeOf(document, first.place ?? first.path);
  return {
    message,
    ...(reportMessage === message ? {} : { reportMessage }),
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
  };
}
