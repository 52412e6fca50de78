import type { Json, JsonObject } from '../../cluster/json.ts';
import { listAt, objectAt } from '../../cluster/json.ts';
import type { ClusterObject } from '../../cluster/objects.ts';
import { isQuantityError, quantityFromJson } from '../../cluster/quantity.ts';

/** What a LimitRange bounds and gives, as the server reads it. */
export interface RangeView {
  readonly object: ClusterObject;
  /** Resources of containers that get a limit. */
  readonly defaults: ReadonlySet<string>;
  /** Resources of containers that get a request. */
  readonly requests: ReadonlySet<string>;
  /** Resources of containers with an upper bound. */
  readonly max: ReadonlySet<string>;
  /** Claims have an upper bound of storage. */
  readonly boundsClaims: boolean;
}

/**
 * Reads a LimitRange after the server's defaulting: a `default` that is absent is the `max`, a `defaultRequest` that is absent is the
 * `default`, else the `min`. Source: K:pkg/apis/core/v1/defaults.go SetDefaults_LimitRangeItem.
 */
export function viewRange(object: ClusterObject): RangeView {
  const items = itemsOf(object.manifest);
  const containers = items.filter((item) => item['type'] === 'Container');
  const claims = items.filter((item) => item['type'] === 'PersistentVolumeClaim');
  const names = (members: readonly string[]): ReadonlySet<string> =>
    new Set(containers.flatMap((item) => members.flatMap((member) => quantityNames(item[member]))));
  return {
    object,
    defaults: names(['default', 'max']),
    requests: names(['defaultRequest', 'default', 'max', 'min']),
    max: names(['max']),
    boundsClaims: claims.some((item) => quantityNames(item['max']).includes('storage')),
  };
}

/** The items of a LimitRange's manifest. */
export function itemsOf(manifest: JsonObject): readonly JsonObject[] {
  return listAt(objectAt(manifest['spec'])['limits']).map(objectAt);
}

/** Names of a resource list whose values are quantities. */
function quantityNames(list: Json | undefined): readonly string[] {
  const resources = objectAt(list);
  return Object.keys(resources).filter((name) => !isQuantityError(quantityFromJson(resources[name])));
}
