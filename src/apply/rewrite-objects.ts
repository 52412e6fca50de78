import type { JsonObject } from '../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../cluster/json.ts';
import { knownKinds } from '../cluster/kinds.ts';
import { messageOf } from '../collect/live/api-client.ts';
import { groupPath, resourcePath } from '../collect/live/live-kinds.ts';
import { ApiRefusal, type ObjectApi, referenceOfObject } from './object-api.ts';

const pageSize = 100;
/** Writes a second: a cluster's own work goes on beside it. */
const usualWrites = 50;
const mostConflicts = 5;

export interface RewriteOptions {
  /** How far it is. */
  readonly progress?: (done: number, of: number) => void;
  /** After each object. */
  readonly written?: () => Promise<void> | void;
  /** 50 unless given. */
  readonly writesPerSecond?: number;
}

/**
 * Reads every object of a resource page by page and writes it back unchanged, so that the server stores it anew (with the provider that
 * writes now). An object that somebody changes meanwhile was stored anew by that; one that is gone is passed over. Safe to repeat.
 *
 * Returns how many objects were written. Throws ApiRefusal.
 */
export async function rewriteObjects(
  api: ObjectApi,
  resource: { readonly apiGroup: string; readonly resource: string },
  options: RewriteOptions = {},
): Promise<number> {
  const { progress = () => undefined, written = () => undefined, writesPerSecond = usualWrites } = options;
  const type = await servedTypeOf(api, resource);
  const path = resourcePath(type.group, type.version, type.plural);
  let next = '';
  let done = 0;
  let restarted = false;
  for (;;) {
    const { status, body } = await api.client.get(
      `${path}?limit=${pageSize}${next === '' ? '' : `&continue=${encodeURIComponent(next)}`}`,
    );
    if (status === 410 && !restarted) {
      // The server has forgotten the list's state: from the beginning, as rewriting twice does no harm.
      restarted = true;
      next = '';
      continue;
    }
    if (status !== 200 || !isObject(body)) throw new ApiRefusal(`list ${type.plural}: ${status} ${messageOf(body)}`, { status });
    const metadata = objectAt(body['metadata']);
    const remaining = metadata['remainingItemCount'];
    const items = listAt(body['items']).filter(isObject);
    const total = done + items.length + (typeof remaining === 'number' ? remaining : 0);
    for (const item of items) {
      const begun = Date.now();
      await rewriteOne(api, { ...item, apiVersion: type.apiVersion, kind: type.kind });
      done++;
      progress(done, total);
      await written();
      const pause = 1000 / writesPerSecond - (Date.now() - begun);
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    }
    next = stringAt(metadata['continue']) ?? '';
    if (next === '') return done;
  }
}

async function rewriteOne(api: ObjectApi, object: JsonObject): Promise<void> {
  let now: JsonObject | undefined = object;
  for (let attempt = 0; now !== undefined; attempt++) {
    const { status, body } = await api.replace(now);
    if (status === 200 || status === 404) return;
    if (status !== 409 || attempt >= mostConflicts)
      throw new ApiRefusal(
        `rewrite ${referenceOfObject(now).kind} ${referenceOfObject(now).name}: ${status} ${messageOf(body)}`,
        { status },
      );
    now = await api.read(referenceOfObject(now));
  }
}

/** A resource as the server serves it. */
export interface ServedType {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly apiVersion: string;
  readonly kind: string;
}

/** How the server serves a resource; of several versions the first that it knows. Throws ApiRefusal (404) where it serves none. */
export async function servedTypeOf(
  api: ObjectApi,
  { apiGroup, resource }: { readonly apiGroup: string; readonly resource: string },
): Promise<ServedType> {
  const candidates: string[] = [
    ...(knownKinds.find(({ group, plural }) => group === apiGroup && plural === resource)?.versions ?? []),
  ];
  if (apiGroup !== '' && candidates.length === 0) {
    const { body } = await api.client.get(`/apis/${apiGroup}`);
    const versions = [objectAt(objectAt(body)['preferredVersion']), ...listAt(objectAt(body)['versions']).map(objectAt)];
    candidates.push(...versions.flatMap(({ version }) => stringAt(version) ?? []));
  }
  for (const version of candidates) {
    const { status, body } = await api.client.get(groupPath(apiGroup, version));
    if (status !== 200) continue;
    const found = listAt(objectAt(body)['resources']).find((item) => objectAt(item)['name'] === resource);
    const kind = stringAt(objectAt(found)['kind']);
    if (kind !== undefined)
      return {
        group: apiGroup,
        version,
        plural: resource,
        apiVersion: apiGroup === '' ? version : `${apiGroup}/${version}`,
        kind,
      };
  }
  throw new ApiRefusal(`the server serves no resource ${resource}${apiGroup === '' ? '' : `.${apiGroup}`}`, { status: 404 });
}
