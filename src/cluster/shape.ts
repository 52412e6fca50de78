import type { FieldPath, Json } from './json.ts';
import { isObject } from './json.ts';

/** The types of those fields of an object that a reader looks at; what a shape does not name is not looked at. */
export type Shape =
  | 'string'
  | 'boolean'
  | 'integer'
  | 'object'
  | 'integer-or-string'
  | { readonly list: Shape }
  | { readonly map: Shape }
  | { readonly members: Readonly<Record<string, Shape>> };

/**
 * Finds the first field whose type is not that of the shape; `undefined` where all fit. `null` and absent fields always do, as
 * in Go: they read as the type's zero value. Total.
 */
export function misfitOf(value: Json | undefined, shape: Shape): FieldPath | undefined {
  return misfit(value, shape, []);
}

function misfit(value: Json | undefined, shape: Shape, path: FieldPath): FieldPath | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof shape === 'string') return isOfType(value, shape) ? undefined : path;
  if ('list' in shape) {
    if (!Array.isArray(value)) return path;
    return first((value as readonly Json[]).entries(), path, () => shape.list);
  }
  if (!isObject(value)) return path;
  if ('map' in shape) return first(Object.entries(value), path, () => shape.map);
  return first(Object.entries(value), path, (name) =>
    typeof name === 'string' && Object.hasOwn(shape.members, name) ? shape.members[name] : undefined,
  );
}

function first(
  entries: Iterable<readonly [string | number, Json | undefined]>,
  path: FieldPath,
  shapeOf: (step: string | number) => Shape | undefined,
): FieldPath | undefined {
  for (const [step, value] of entries) {
    const shape = shapeOf(step);
    if (shape === undefined) continue;
    const found = misfit(value, shape, [...path, step]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isOfType(value: Json, type: Extract<Shape, string>): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'integer-or-string') return Number.isInteger(value) || typeof value === 'string';
  if (type === 'object') return isObject(value);
  return typeof value === type;
}
