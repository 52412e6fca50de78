import { readLimitRange } from '../../admission/limit-ranger/limit-range.ts';
import { readResourceQuota } from '../../admission/resource-quota/quota.ts';
import type { Json, JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt } from '../../cluster/json.ts';
import type { ClusterObject } from '../../cluster/objects.ts';
import type { Quantity } from '../../cluster/quantity.ts';
import {
  compareQuantities,
  formatQuantity,
  isQuantityError,
  quantityFromJson,
  quantityMilliValue,
} from '../../cluster/quantity.ts';
import { containersOf } from '../../cluster/workloads.ts';
import { withValue } from '../object-remedy.ts';
import { editContainers } from '../workload/workload-remedy.ts';
import type { NamespaceBounds } from './namespace-limits-remedy.ts';
import { larger, quantity } from './namespace-limits-remedy.ts';

/** A number of thousandths as a quantity. */
function fromMilli(milli: bigint): Quantity {
  return quantity(milli % 1000n === 0n ? String(milli / 1000n) : `${milli}m`);
}

function smallerOf(a: Quantity | undefined, b: Quantity | undefined): Quantity | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareQuantities(a, b) <= 0 ? a : b;
}

/** What the objects of a namespace ask of one resource of a container. */
interface Bounds {
  readonly min: Quantity | undefined;
  readonly max: Quantity | undefined;
  readonly ratio: Quantity | undefined;
  readonly limit: Quantity | undefined;
  readonly request: Quantity | undefined;
  /** A limit, a request must be there: a quota counts it, or a bound is on it. */
  readonly asksLimit: boolean;
  readonly asksRequest: boolean;
}

function boundsOn({ ranges, quotas }: NamespaceBounds, resource: string): Bounds {
  const read = ranges.map(({ manifest }) => readLimitRange(manifest));
  const items = read.flatMap(({ limits }) => limits);
  const containers = items.filter(({ type }) => type === 'Container');
  const of = (list: 'min' | 'max' | 'maxLimitRequestRatio', from = containers): readonly Quantity[] =>
    from.flatMap((item) => item[list].get(resource) ?? []);
  const counted = new Set(quotas.flatMap(({ manifest }) => [...readResourceQuota(manifest).specHard.keys()]));
  const min = of('min').reduce<Quantity | undefined>(
    (most, value) => (most === undefined ? value : larger(most, value)),
    undefined,
  );
  const max = of('max').reduce<Quantity | undefined>(smallerOf, undefined);
  const ratio = of('maxLimitRequestRatio').reduce<Quantity | undefined>(smallerOf, undefined);
  const anyOf = (list: 'min' | 'max' | 'maxLimitRequestRatio'): boolean =>
    of(
      list,
      items.filter(({ type }) => type === 'Container' || type === 'Pod'),
    ).length > 0;
  return {
    min,
    max,
    ratio,
    // Of several defaults the smallest: whichever the server takes, the pod must pass.
    limit: read.reduce<Quantity | undefined>(
      (least, { defaultLimits }) => smallerOf(least, defaultLimits.get(resource)),
      undefined,
    ),
    request: read.reduce<Quantity | undefined>(
      (least, { defaultRequests }) => smallerOf(least, defaultRequests.get(resource)),
      undefined,
    ),
    asksLimit: counted.has(`limits.${resource}`) || anyOf('max') || anyOf('maxLimitRequestRatio'),
    asksRequest: counted.has(`requests.${resource}`) || counted.has(resource) || anyOf('min') || anyOf('maxLimitRequestRatio'),
  };
}

const fallback: Readonly<Record<string, { readonly request: string; readonly limit: string }>> = {
  cpu: { request: '100m', limit: '500m' },
  memory: { request: '128Mi', limit: '512Mi' },
};

/** The resources that the bounds or the containers name. */
function resourcesOf(bounds: NamespaceBounds, spec: JsonObject): readonly string[] {
  const ofRanges = bounds.ranges.flatMap(({ manifest }) =>
    listAt(objectAt(manifest['spec'])['limits']).flatMap((item) =>
      ['min', 'max', 'default', 'defaultRequest', 'maxLimitRequestRatio'].flatMap((list) =>
        Object.keys(objectAt(objectAt(item)[list])),
      ),
    ),
  );
  const ofPods = containersOf(spec).flatMap(({ container }) =>
    ['requests', 'limits'].flatMap((list) => Object.keys(objectAt(objectAt(container['resources'])[list]))),
  );
  return [...new Set(['cpu', 'memory', ...ofRanges, ...ofPods])].sort();
}

function given(container: JsonObject, list: 'requests' | 'limits', resource: string): Quantity | undefined {
  const value = objectAt(objectAt(container['resources'])[list])[resource];
  const parsed = quantityFromJson(value);
  return value === undefined || isQuantityError(parsed) ? undefined : parsed;
}

function set(container: JsonObject, list: 'requests' | 'limits', resource: string, value: Quantity): JsonObject {
  const next = withValue(container, ['resources', list, resource], formatQuantity(value));
  return isObject(next) ? next : container;
}

/** The pod spec with requests and limits that the namespace admits: what is there is moved as little as may be. */
export function fittedSpec(bounds: NamespaceBounds, spec: JsonObject): JsonObject {
  return editContainers(spec, (container) =>
    resourcesOf(bounds, spec).reduce((one, resource) => fitted(one, resource, boundsOn(bounds, resource)), container),
  );
}

function fitted(container: JsonObject, resource: string, bounds: Bounds): JsonObject {
  const [ownRequest, ownLimit] = [given(container, 'requests', resource), given(container, 'limits', resource)];
  const base = fallback[resource];
  let request = ownRequest ?? ownLimit ?? bounds.request;
  let limit = ownLimit ?? bounds.limit;
  if (request === undefined && bounds.asksRequest && base !== undefined) request = smallerOf(quantity(base.request), limit);
  if (limit === undefined && bounds.asksLimit && base !== undefined)
    limit = larger(quantity(base.limit), request ?? quantity('0'));
  if (request !== undefined && bounds.min !== undefined) request = larger(request, bounds.min);
  if (request !== undefined) request = smallerOf(request, bounds.max);
  if (limit !== undefined && bounds.min !== undefined) limit = larger(limit, bounds.min);
  if (limit !== undefined) limit = smallerOf(limit, bounds.max);
  if (limit !== undefined && request !== undefined) {
    limit = larger(limit, request);
    if (bounds.ratio !== undefined) request = larger(request, leastRequest(limit, bounds.ratio));
  }
  let result = container;
  const differs = (value: Quantity | undefined, than: Quantity | undefined): value is Quantity =>
    value !== undefined && (than === undefined || compareQuantities(value, than) !== 0);
  if (differs(limit, ownLimit ?? bounds.limit)) result = set(result, 'limits', resource, limit);
  if (differs(request, ownRequest ?? ownLimit ?? bounds.request)) result = set(result, 'requests', resource, request);
  return result;
}

/** The smallest request whose ratio to the limit is allowed. */
function leastRequest(limit: Quantity, ratio: Quantity): Quantity {
  const [l, r] = [quantityMilliValue(limit), quantityMilliValue(ratio)];
  return r === 0n ? limit : fromMilli((l * 1000n + r - 1n) / r);
}

/**
 * A LimitRange under which the pod would be admitted: `default` at the largest explicit request of the namespace that has no limit
 * (and `max`, where that is below it), bounds opened as far as the containers of this pod ask.
 */
export function openedRange(range: ClusterObject, bounds: NamespaceBounds, spec: JsonObject): Json | undefined {
  const items = listAt(objectAt(range.manifest['spec'])['limits']);
  const others = bounds.workloads.flatMap(({ template }) => containersOf(template?.spec ?? {}));
  const limits = items.map((item) => {
    if (!isObject(item) || item['type'] !== 'Container') return item;
    return resourcesOf(bounds, spec).reduce((one, resource) => opened(one, resource, containersOf(spec), others), item);
  });
  return withValue(range.manifest, ['spec', 'limits'], limits);
}

type Containers = ReturnType<typeof containersOf>;

function opened(item: JsonObject, resource: string, own: Containers, all: Containers): JsonObject {
  const read = readLimitRange({ spec: { limits: [item] } }).limits[0];
  if (read === undefined) return item;
  let result = item;
  const put = (list: string, value: Quantity): void => {
    const next = withValue(result, [list, resource], formatQuantity(value));
    if (isObject(next)) result = next;
  };
  const unlimited = all.filter(({ container }) => given(container, 'limits', resource) === undefined);
  const largest = unlimited.reduce(
    (most, { container }) => larger(most, given(container, 'requests', resource) ?? quantity('0')),
    quantity('0'),
  );
  const [limit, max, min, ratio] = [
    read.default.get(resource),
    read.max.get(resource),
    read.min.get(resource),
    read.maxLimitRequestRatio.get(resource),
  ];
  const raised = limit !== undefined && compareQuantities(limit, largest) < 0 ? largest : limit;
  const limits = own.flatMap(
    ({ container }) => given(container, 'limits', resource) ?? given(container, 'requests', resource) ?? [],
  );
  const requests = own.flatMap(
    ({ container }) => given(container, 'requests', resource) ?? given(container, 'limits', resource) ?? [],
  );
  const ceiling = [...limits, ...(raised === undefined ? [] : [raised])].reduce(
    (most, value) => larger(most, value),
    max ?? quantity('0'),
  );
  if (max !== undefined && compareQuantities(max, ceiling) < 0) put('max', ceiling);
  const written = objectAt(item['default'])[resource] !== undefined;
  if (raised !== undefined && limit !== undefined && compareQuantities(raised, limit) !== 0 && (written || max === undefined))
    put('default', raised);
  const floor = requests.reduce((least, value) => smallerOf(least, value) ?? least, min ?? quantity('0'));
  if (min !== undefined && compareQuantities(floor, min) < 0) put('min', floor);
  const widest = ratio === undefined ? undefined : widestRatio(own, resource);
  if (ratio !== undefined && widest !== undefined && compareQuantities(ratio, widest) < 0) put('maxLimitRequestRatio', widest);
  return result;
}

/** The largest ratio of limit to request among containers, rounded up to whole numbers. */
function widestRatio(own: Containers, resource: string): Quantity | undefined {
  const ratios = own.flatMap(({ container }) => {
    const [limit, request] = [given(container, 'limits', resource), given(container, 'requests', resource)];
    if (limit === undefined || request === undefined || quantityMilliValue(request) === 0n) return [];
    const [l, r] = [quantityMilliValue(limit), quantityMilliValue(request)];
    return [fromMilli(((l + r - 1n) / r) * 1000n)];
  });
  return ratios.reduce<Quantity | undefined>((most, value) => (most === undefined ? value : larger(most, value)), undefined);
}
