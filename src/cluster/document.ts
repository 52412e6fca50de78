import type { FieldPath, Json } from './json.ts';
import { formatFieldPath } from './json.ts';
import type { Place } from './place.ts';
import { locate } from './positions.ts';

/**
 * One parsed document: a value with the place of each of its fields.
 *
 * `positions` is the compact table that `positions.ts` reads (absent for what came over the API: there the API path and the
 * field path are the place). It is plain data, so that an archive can carry it.
 */
export interface Document {
  readonly value: Json;
  readonly source: string;
  readonly positions?: Int32Array;
}

/** Returns the place of a field, or of the nearest parent that stands in the document when the field is absent. */
export function placeOf(document: Document, path: FieldPath): Place {
  const position = document.positions === undefined ? undefined : locate(document.value, document.positions, path);
  const field = formatFieldPath(path);
  return { source: document.source, ...position, ...(field === '' ? {} : { path: field }) };
}
