import type { ObjectReference } from '../cluster/change.ts';
import type { JsonObject } from '../cluster/json.ts';
import { objectAt, stringAt } from '../cluster/json.ts';
import type { ObjectApi, WriteOptions } from './object-api.ts';
import { ApiRefusal } from './object-api.ts';
import { sameObject } from './object-difference.ts';

const mostConflicts = 10;

/**
 * Patches an object at the version that was read. Controllers write its status meanwhile, which makes another version of the same object:
 * it is then read anew and patched at that one. Throws the server's 409 where something else of it changed, and any other refusal.
 *
 * @param patchOf the JSON merge patch for the object as it is
 */
export async function patchAsItIs(
  api: Pick<ObjectApi, 'patch' | 'read'>,
  reference: ObjectReference,
  read: JsonObject,
  patchOf: (live: JsonObject) => JsonObject,
  options: WriteOptions,
): Promise<JsonObject> {
  let live = read;
  for (let attempt = 1; ; attempt++) {
    try {
      return await api.patch(reference, patchOf(live), versionOf(live), options);
    } catch (error) {
      if (!(error instanceof ApiRefusal) || error.status !== 409 || attempt >= mostConflicts) throw error;
      const now = await api.read(reference);
      if (now === undefined || versionOf(now) === versionOf(live) || !sameObject(live, now)) throw error;
      live = now;
    }
  }
}

function versionOf(object: JsonObject): string {
  return stringAt(objectAt(object['metadata'])['resourceVersion']) ?? '';
}
