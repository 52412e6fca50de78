/** A parsed JSON or YAML value: plain data, no classes, no `undefined`. */
export type Json = null | boolean | number | string | JsonArray | JsonObject;
export type JsonArray = readonly Json[];
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** Reports whether `value` is a JSON object (a mapping), not null and not a list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns `value` where it is a mapping, else an empty one: for reading optional branches of untyped objects. */
export function objectAt(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

/** Returns `value` where it is a list, else an empty one. */
export function listAt(value: Json | undefined): JsonArray {
  return Array.isArray(value) ? (value as JsonArray) : [];
}

/** Returns `value` where it is a string, else `undefined`. */
export function stringAt(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Returns the strings of a list; other members are left out. */
export function stringsAt(value: Json | undefined): readonly string[] {
  return listAt(value).filter((item) => typeof item === 'string');
}

/** Walks `path` through mappings and lists; `undefined` where a step does not exist. */
export function valueAt(value: Json | undefined, path: FieldPath): Json | undefined {
  let here: Json | undefined = value;
  for (const step of path) {
    if (typeof step === 'number') here = Array.isArray(here) ? (here as JsonArray)[step] : undefined;
    else here = isObject(here) && Object.hasOwn(here, step) ? here[step] : undefined;
    if (here === undefined) return undefined;
  }
  return here;
}

/** The way to a field from the top of its document: member names and list indices. */
export type FieldPath = readonly (string | number)[];

/** Prints a field path as Kubernetes does: `spec.containers[0].image`; a name with dots or slashes is quoted: `metadata.labels["a/b"]`. */
export function formatFieldPath(path: FieldPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z_$][\w$-]*$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}
