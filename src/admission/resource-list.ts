import { type Json, type JsonObject, isObject } from '../cluster/json.ts';
import {
  type Quantity,
  addQuantities,
  compareQuantities,
  formatQuantity,
  isQuantityError,
  quantityFromJson,
  quantitySign,
  roundQuantityUp,
} from '../cluster/quantity.ts';

/** Kubernetes' ResourceList: resource name → quantity. */
export type ResourceList = ReadonlyMap<string, Quantity>;

export const noResources: ResourceList = new Map();

/** Reads a ResourceList as the API stores it: every quantity rounded up to thousandths; what is no quantity is left out. */
export function readResourceList(value: Json | undefined): ResourceList | undefined {
  if (!isObject(value)) return undefined;
  const list = new Map<string, Quantity>();
  for (const [name, text] of Object.entries(value)) {
    const quantity = quantityFromJson(text);
    if (!isQuantityError(quantity)) list.set(name, roundQuantityUp(quantity, -3));
  }
  return list;
}

/** Returns the server's word on the first quantity of a list that does not parse. */
export function resourceListError(value: Json | undefined): string | undefined {
  if (!isObject(value)) return undefined;
  for (const text of Object.values(value)) {
    const quantity = quantityFromJson(text);
    if (isQuantityError(quantity)) return quantity.error;
  }
  return undefined;
}

/** Prints a list as JSON, names sorted; an empty one is left out. */
export function resourceListToJson(list: ResourceList | undefined): JsonObject | undefined {
  if (list === undefined || list.size === 0) return undefined;
  return Object.fromEntries(sortedNames(list).map((name) => [name, formatQuantity(list.get(name) as Quantity)]));
}

/** The names of a list by code unit: the server walks a map in any order, one order is fixed here. */
export function sortedNames(list: ResourceList): string[] {
  return [...list.keys()].sort();
}

/** The entries of a list, names sorted. */
export function sortedEntries(list: ResourceList): (readonly [string, Quantity])[] {
  if (list.size <= 1) return [...list];
  return [...list].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Adds list by list (Go's addResourceList). */
export function sumResources(...lists: (ResourceList | undefined)[]): ResourceList {
  const sum = new Map<string, Quantity>();
  for (const list of lists) {
    for (const [name, quantity] of list ?? []) {
      const present = sum.get(name);
      sum.set(name, present === undefined ? quantity : addQuantities(present, quantity));
    }
  }
  return sum;
}

/** The greater of each resource (Go's maxResourceList); of equals the first. */
export function maxResources(...lists: (ResourceList | undefined)[]): ResourceList {
  const most = new Map<string, Quantity>();
  for (const list of lists) {
    for (const [name, quantity] of list ?? []) {
      const present = most.get(name);
      if (present === undefined || compareQuantities(quantity, present) > 0) most.set(name, quantity);
    }
  }
  return most;
}

/** Puts the entries of `over` in place of those of `base`. */
export function overrideResources(
  base: ResourceList,
  over: ResourceList | undefined,
  which: (name: string) => boolean,
): ResourceList {
  const result = new Map(base);
  for (const [name, quantity] of over ?? []) if (which(name)) result.set(name, quantity);
  return result;
}

/** The entries whose name is among `names`. */
export function maskResources(list: ResourceList, names: Iterable<string>): ResourceList {
  const wanted = new Set(names);
  return new Map([...list].filter(([name]) => wanted.has(name)));
}

/** The entries that are not zero. */
export function withoutZeros(list: ResourceList): ResourceList {
  return new Map([...list].filter(([, quantity]) => quantitySign(quantity) !== 0));
}

/** Whether two lists hold the same resources in the same amounts. */
export function sameResourceList(a: ResourceList | undefined, b: ResourceList | undefined): boolean {
  const left = a ?? noResources;
  const right = b ?? noResources;
  if (left.size !== right.size) return false;
  return [...left].every(([name, value]) => {
    const other = right.get(name);
    return other !== undefined && compareQuantities(value, other) === 0;
  });
}
