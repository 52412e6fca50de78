import type { ClusterObject } from '../cluster/objects.ts';
import type { Json, JsonObject } from '../cluster/json.ts';
import { listAt, objectAt } from '../cluster/json.ts';
import type { Quantity } from '../cluster/quantity.ts';
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  isQuantityError,
  quantityFromJson,
  wholeQuantity,
} from '../cluster/quantity.ts';
import { canaryContainer, canaryPod } from './canary-pod.ts';

const mostContainers = 200;

/**
 * A pod that asks for more cpu or memory than a quota grants, split into containers that the namespace's LimitRanges admit.
 * `undefined` where no such pod is found: no quota of requests, or a LimitRange for whole pods below it.
 */
export function podOverQuota(
  name: string,
  quotas: readonly ClusterObject[],
  ranges: readonly ClusterObject[],
): JsonObject | undefined {
  for (const resource of ['cpu', 'memory'] as const) {
    const hard = quotas.flatMap((quota) => hardOf(quota, resource)).toSorted(compareQuantities)[0];
    if (hard === undefined) continue;
    const over = addQuantities(hard, wholeQuantity(1));
    const most = boundOf(ranges, 'max', resource);
    const each = most !== undefined && compareQuantities(most, over) < 0 ? most : over;
    let sum = each;
    let count = 1;
    while (compareQuantities(sum, over) < 0 && count <= mostContainers) {
      sum = addQuantities(sum, each);
      count++;
    }
    if (count > mostContainers) continue;
    const other = resource === 'cpu' ? 'memory' : 'cpu';
    const least = boundOf(ranges, 'min', other) ?? boundOf(ranges, 'default', other);
    const small = least === undefined ? (other === 'cpu' ? '1m' : '1Mi') : formatQuantity(least);
    const amounts = { [resource]: formatQuantity(each), [other]: small };
    const resources = { requests: amounts, limits: amounts };
    const containers = Array.from({ length: count }, (_, index) => canaryContainer(`c${index}`, {}, { resources }));
    return canaryPod(name, { containers });
  }
  return undefined;
}

function hardOf(quota: ClusterObject, resource: 'cpu' | 'memory'): readonly Quantity[] {
  const hard = objectAt(objectAt(quota.manifest['spec'])['hard']);
  return [resource, `requests.${resource}`, `limits.${resource}`].flatMap((name) => quantity(hard[name]));
}

/** The smallest bound of type Container. */
function boundOf(ranges: readonly ClusterObject[], bound: 'max' | 'min' | 'default', resource: string): Quantity | undefined {
  const found = ranges.flatMap((range) =>
    listAt(objectAt(range.manifest['spec'])['limits']).flatMap((item) => {
      const limit = objectAt(item);
      return limit['type'] === 'Container' ? quantity(objectAt(limit[bound])[resource]) : [];
    }),
  );
  const sorted = found.toSorted(compareQuantities);
  return bound === 'min' ? sorted.at(-1) : sorted[0];
}

function quantity(value: Json | undefined): readonly Quantity[] {
  if (value === undefined) return [];
  const read = quantityFromJson(value);
  return isQuantityError(read) ? [] : [read];
}
