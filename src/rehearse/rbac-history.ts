import type { WriteRow } from '../audit/store/types.ts';
import type { RbacObjects } from '../authorization/rbac/objects.ts';
import { rbacGroup, readRbacObjects } from '../authorization/rbac/objects.ts';
import type { JsonObject } from '../cluster/json.ts';
import { isObject, objectAt, stringAt } from '../cluster/json.ts';

const kinds: Readonly<Record<string, string>> = {
  roles: 'Role',
  clusterroles: 'ClusterRole',
  rolebindings: 'RoleBinding',
  clusterrolebindings: 'ClusterRoleBinding',
};

/** Resources whose writes tell how RBAC changed. */
export const rbacResources: readonly string[] = Object.keys(kinds).map((resource) => `${rbacGroup}/${resource}`);

/** An object over time: what it was from an instant on; `undefined`: it was not there; `unknown`: its body was not recorded. */
interface Turn {
  readonly time: string;
  readonly state: JsonObject | undefined | 'unknown';
}

/** RBAC objects as they were in each stretch of time. */
export interface RbacHistory {
  /** Instants that cut time, ascending. */
  readonly epochs: readonly string[];
  /** The objects in a stretch: 0 before the first instant. */
  at(epoch: number): RbacObjects;
  /** Writes that were followed. */
  readonly followed: number;
  /** Objects whose state is not known for some time: a decision that they could have made is not sure then. */
  readonly uncertain: boolean;
}

function keyOf(kind: string, namespace: string, name: string): string {
  return `${kind} ${namespace}/${name}`;
}

function keyOfManifest(manifest: JsonObject): string {
  const metadata = objectAt(manifest['metadata']);
  const kind = stringAt(manifest['kind']) ?? '';
  return keyOf(kind, kind.startsWith('Cluster') ? '' : (stringAt(metadata['namespace']) ?? ''), stringAt(metadata['name']) ?? '');
}

/** What a write left: the answer where it was recorded, else what was sent, if that is the whole object. */
function stateAfter({ attributes, requestObject, responseObject }: WriteRow): JsonObject | undefined | 'unknown' {
  if (attributes.verb === 'delete') return undefined;
  const kind = kinds[attributes.resource] ?? '';
  const whole = [responseObject, attributes.verb === 'patch' ? undefined : requestObject].find(
    (body) =>
      isObject(body) &&
      (body['kind'] === undefined || body['kind'] === kind) &&
      (isObject(body['metadata']) || Array.isArray(body['rules'])),
  );
  if (!isObject(whole)) return 'unknown';
  const metadata = {
    ...objectAt(whole['metadata']),
    ...(attributes.namespace === '' ? {} : { namespace: attributes.namespace }),
  };
  return { ...whole, kind, apiVersion: `${rbacGroup}/v1`, metadata };
}

/**
 * Follows RBAC in time: today's objects, with the writes that the log shows taken back one by one. Before its first write an object that was
 * made did not exist, and one that was changed was as nobody recorded; then today's state stands for it and the history is uncertain.
 *
 * @param today the RBAC manifests of today's cluster
 * @param writes in the order of their time
 */
export function rbacHistory(today: readonly JsonObject[], writes: readonly WriteRow[]): RbacHistory {
  const turns = new Map<string, Turn[]>();
  const firsts = new Map<string, JsonObject | undefined | 'unknown'>();
  const state = new Map(today.map((manifest) => [keyOfManifest(manifest), manifest]));
  let uncertain = false;
  let followed = 0;
  for (const write of writes) {
    const { attributes, responseObject, requestObject } = write;
    if (attributes.verb === 'deletecollection') {
      uncertain = true;
      continue;
    }
    const body = [responseObject, requestObject].find((one) => isObject(one) && isObject(one['metadata']));
    const name = attributes.name || (stringAt(objectAt(objectAt(body ?? null)['metadata'])['name']) ?? '');
    if (name === '') {
      uncertain = true;
      continue;
    }
    const key = keyOf(kinds[attributes.resource] ?? '', attributes.namespace, name);
    const after = stateAfter(write);
    if (after === 'unknown') uncertain = true;
    else followed++;
    const known = turns.get(key);
    if (known === undefined) {
      // Made, or answered with 201: it was not there before.
      const made = attributes.verb === 'create' || write.code === 201;
      firsts.set(key, made ? undefined : 'unknown');
      turns.set(key, [{ time: write.time, state: after }]);
    } else known.push({ time: write.time, state: after });
  }
  const epochs = [...new Set([...turns.values()].flat().map(({ time }) => time))].sort();
  const cache = new Map<number, RbacObjects>();
  const at = (epoch: number): RbacObjects => {
    const known = cache.get(epoch);
    if (known !== undefined) return known;
    const now = epoch === 0 ? '' : (epochs[epoch - 1] ?? '');
    const manifests: JsonObject[] = [];
    for (const [key, manifest] of state) if (!turns.has(key)) manifests.push(manifest);
    for (const [key, list] of turns) {
      const turn = list.findLast(({ time }) => time <= now);
      const found = turn === undefined ? firsts.get(key) : turn.state;
      if (found === 'unknown') {
        uncertain = true;
        const stands = state.get(key);
        if (stands !== undefined) manifests.push(stands);
      } else if (found !== undefined) manifests.push(found);
    }
    const objects = readRbacObjects(manifests);
    cache.set(epoch, objects);
    return objects;
  };
  return {
    epochs,
    at,
    followed,
    get uncertain() {
      return uncertain;
    },
  };
}
