import type { Json, JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt } from '../../cluster/json.ts';
import type { Quantity } from '../../cluster/quantity.ts';
import {
  compareQuantities,
  formatQuantity,
  isQuantityError,
  quantityFromJson,
  quantityMilliValue,
} from '../../cluster/quantity.ts';
import { withValue } from '../object-remedy.ts';
import { quantity } from './namespace-limits-remedy.ts';

const lists = ['min', 'defaultRequest', 'default', 'max'] as const;

/**
 * Puts right a LimitRange that validation refuses, within each item: what lies above gives way (min ≤ defaultRequest ≤ default ≤
 * max), a ratio that no pod can use goes, defaults go from types that have none, a type that is repeated is joined with its first.
 * Source: K:pkg/apis/core/validation `ValidateLimitRange`.
 */
export function rightedRange(range: JsonObject): Json | undefined {
  const items = listAt(objectAt(range['spec'])['limits']);
  const first = new Map<Json | undefined, number>();
  const joined: JsonObject[] = [];
  for (const item of items) {
    if (!isObject(item)) return undefined;
    const at = first.get(item['type']);
    if (at === undefined) {
      first.set(item['type'], joined.length);
      joined.push(item);
    } else joined[at] = join(joined[at] ?? {}, item);
  }
  return withValue(range, ['spec', 'limits'], joined.map(righted));
}

/** What the later item of a type adds to the first; where both set a value, the first one's stays. */
function join(first: JsonObject, later: JsonObject): JsonObject {
  const members = [...lists, 'maxLimitRequestRatio'].filter((name) => isObject(later[name]));
  return {
    ...first,
    ...Object.fromEntries(members.map((name) => [name, { ...objectAt(later[name]), ...objectAt(first[name]) }])),
  };
}

function righted(item: JsonObject): JsonObject {
  const isPod = item['type'] === 'Pod';
  const kept = isPod
    ? Object.fromEntries(Object.entries(item).filter(([name]) => name !== 'default' && name !== 'defaultRequest'))
    : item;
  const names = new Set([...lists, 'maxLimitRequestRatio'].flatMap((list) => Object.keys(objectAt(kept[list]))));
  return [...names].reduce(rightedResource, kept);
}

function rightedResource(item: JsonObject, resource: string): JsonObject {
  let result = item;
  let floor: Quantity | undefined;
  for (const list of lists) {
    const value = read(result, list, resource);
    if (value === undefined) continue;
    if (floor !== undefined && compareQuantities(value, floor) < 0)
      result = withEntry(result, list, resource, formatQuantity(floor));
    else floor = value;
  }
  // A resource of which nothing may be overcommitted has one default.
  const [limit, request] = [read(result, 'default', resource), read(result, 'defaultRequest', resource)];
  const isWhole = !['cpu', 'memory', 'ephemeral-storage', 'storage'].includes(resource);
  if (isWhole && limit !== undefined && request !== undefined && compareQuantities(limit, request) !== 0)
    result = withEntry(result, 'defaultRequest', resource, formatQuantity(limit));
  return hasUsableRatio(result, resource) ? result : withEntry(result, 'maxLimitRequestRatio', resource, undefined);
}

function read(item: JsonObject, list: string, resource: string): Quantity | undefined {
  const value = objectAt(item[list])[resource];
  const parsed = quantityFromJson(value);
  return value === undefined || isQuantityError(parsed) ? undefined : parsed;
}

function withEntry(item: JsonObject, list: string, resource: string, value: string | undefined): JsonObject {
  const others = Object.fromEntries(Object.entries(objectAt(item[list])).filter(([name]) => name !== resource));
  const entries = value === undefined ? others : { ...objectAt(item[list]), [resource]: value };
  if (Object.keys(entries).length > 0) return { ...item, [list]: entries };
  return Object.fromEntries(Object.entries(item).filter(([name]) => name !== list));
}

/** Below 1, or above what max and min allow anyway. */
function hasUsableRatio(item: JsonObject, resource: string): boolean {
  const ratio = read(item, 'maxLimitRequestRatio', resource);
  if (ratio === undefined) return true;
  if (compareQuantities(ratio, quantity('1')) < 0) return false;
  const [min, max] = [read(item, 'min', resource), read(item, 'max', resource)];
  if (min === undefined || max === undefined) return true;
  return quantityMilliValue(ratio) * quantityMilliValue(min) <= quantityMilliValue(max) * 1000n;
}
