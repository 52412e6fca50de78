import type { Json, JsonObject } from '../cluster/json.ts';
import { isObject, objectAt } from '../cluster/json.ts';

const serverFields = new Set([
  'managedFields',
  'resourceVersion',
  'uid',
  'generation',
  'creationTimestamp',
  'selfLink',
  'deletionTimestamp',
]);

/** An object as its owner writes it: without status and what the server keeps in its metadata. */
export function withoutServerFields(object: JsonObject): JsonObject {
  const metadata: Record<string, Json> = {};
  for (const [key, value] of Object.entries(objectAt(object['metadata'])))
    if (!serverFields.has(key) && value !== undefined) metadata[key] = value;
  const kept = Object.entries(object).filter(([key, value]) => key !== 'status' && value !== undefined);
  const result: unknown = Object.fromEntries(kept.map(([key, value]) => [key, key === 'metadata' ? metadata : value]));
  return isObject(result) ? result : {};
}
