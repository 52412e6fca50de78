import type { NamespaceLimitObjects } from '../../admission/workload-limits.ts';
import { podRefusal } from '../../admission/workload-limits.ts';
import { readLimitRange } from '../../admission/limit-ranger/limit-range.ts';
import type { Change } from '../../cluster/change.ts';
import type { JsonObject } from '../../cluster/json.ts';
import { listAt, objectAt, stringAt } from '../../cluster/json.ts';
import type { ClusterObject } from '../../cluster/objects.ts';
import type { Quantity } from '../../cluster/quantity.ts';
import { compareQuantities, formatQuantity, isQuantityError, parseQuantity, quantityFromJson } from '../../cluster/quantity.ts';
import type { Workload } from '../../cluster/workloads.ts';
import { containersOf } from '../../cluster/workloads.ts';
import { applyOf, judging, ownLabels, patchOf, withValue } from '../object-remedy.ts';
import type { RemedyContext } from '../remedy.ts';
import { policyMinor } from '../workload/per-workload.ts';
import { workloadsIn } from '../workload/workload-remedy.ts';

/** What bounds pods in one namespace, and the workloads that live under it. */
export interface NamespaceBounds {
  readonly namespace: string;
  readonly ranges: readonly ClusterObject[];
  readonly quotas: readonly ClusterObject[];
  readonly workloads: readonly Workload[];
  readonly minor: number;
}

/** Gathers the bounds of a namespace. */
export function boundsOf(context: RemedyContext, namespace: string): NamespaceBounds {
  const own = (kind: string): readonly ClusterObject[] =>
    context.cluster.objects.ofKind(kind).filter((object) => object.namespace === namespace);
  const at = judging(context);
  const workloads = workloadsIn(context, namespace).filter(({ template }) => template !== undefined);
  return { namespace, ranges: own('LimitRange'), quotas: own('ResourceQuota'), workloads, minor: policyMinor(at) };
}

/** The objects of the bounds, with those that a plan adds or puts in their places. */
export function limitsOf(bounds: NamespaceBounds, planned: readonly JsonObject[] = []): NamespaceLimitObjects {
  const names = new Set(planned.map(nameOf));
  const of = (kind: string, seen: readonly ClusterObject[]): readonly JsonObject[] => [
    ...seen
      .map(({ manifest }) => manifest)
      .filter((manifest) => !names.has(`${kind} ${stringAt(objectAt(manifest['metadata'])['name']) ?? ''}`)),
    ...planned.filter((object) => object['kind'] === kind),
  ];
  return {
    namespace: bounds.namespace,
    limitRanges: of('LimitRange', bounds.ranges),
    resourceQuotas: of('ResourceQuota', bounds.quotas),
  };
}

function nameOf(object: JsonObject): string {
  return `${stringAt(object['kind']) ?? ''} ${stringAt(objectAt(object['metadata'])['name']) ?? ''}`;
}

/** Would a pod of the workload be refused, and in which words? */
export function refusalOf(
  workload: Workload,
  limits: NamespaceLimitObjects,
  minor: number,
  spec?: JsonObject,
): string | undefined {
  const { template } = workload;
  if (template === undefined) return undefined;
  const name = stringAt(template.metadata['name']) ?? workload.object.name;
  return podRefusal(limits, { ...template.metadata, name }, spec ?? template.spec, minor)?.message;
}

/** The workloads that planned objects would refuse, and that are admitted today. */
export function newlyRefused(bounds: NamespaceBounds, planned: readonly JsonObject[]): readonly Workload[] {
  const [today, then] = [limitsOf(bounds), limitsOf(bounds, planned)];
  return bounds.workloads.filter(
    (workload) => refusalOf(workload, then, bounds.minor) !== undefined && refusalOf(workload, today, bounds.minor) === undefined,
  );
}

/** What a LimitRange of Bulwark's own fills in where nothing larger is asked for. */
const baseDefaults: Readonly<Record<'cpu' | 'memory', { readonly request: string; readonly limit: string }>> = {
  cpu: { request: '100m', limit: '1' },
  memory: { request: '128Mi', limit: '1Gi' },
};

/** A quantity that is written here. */
export function quantity(text: string): Quantity {
  const read = parseQuantity(text);
  if (isQuantityError(read)) throw new Error(`${text} is not a quantity`);
  return read;
}

/** The larger of two quantities. */
export function larger(a: Quantity, b: Quantity): Quantity {
  return compareQuantities(a, b) >= 0 ? a : b;
}

/** A LimitRange as it is to be, and the change that makes it so. */
export interface PlannedRange {
  readonly object: JsonObject;
  readonly changes: readonly Change[];
}

/**
 * A LimitRange that fills in what pods leave out of cpu and memory, as far as none does yet: the default limit is never below the
 * largest request of a container that has no limit of its own, so that no pod is refused for it (the conflict of a default limit
 * with a larger explicit request). The one that gives defaults today is completed, for of two the order is not fixed.
 *
 * @param even requests as large as limits, where a ratio of the two is bounded
 * @returns `undefined`: nothing is to be filled in
 */
export function defaultsFor(bounds: NamespaceBounds, even = false): PlannedRange | undefined {
  const given = bounds.ranges.map(({ manifest }) => readLimitRange(manifest));
  const limits: Record<string, string> = {};
  const requests: Record<string, string> = {};
  for (const resource of ['cpu', 'memory'] as const) {
    const request = given.map(({ defaultRequests }) => defaultRequests.get(resource)).find((value) => value !== undefined);
    const base = baseDefaults[resource];
    const largest = bounds.workloads.reduce(
      (most, { template }) => larger(most, largestRequest(template?.spec ?? {}, resource)),
      quantity('0'),
    );
    const limit = larger(larger(quantity(base.limit), largest), request ?? quantity('0'));
    if (!given.some(({ defaultLimits }) => defaultLimits.has(resource))) limits[resource] = formatQuantity(limit);
    else if (request !== undefined) continue;
    if (request === undefined) requests[resource] = even ? formatQuantity(limit) : base.request;
  }
  if (Object.keys(limits).length + Object.keys(requests).length === 0) return undefined;
  const item = {
    ...(Object.keys(limits).length === 0 ? {} : { default: limits }),
    ...(Object.keys(requests).length === 0 ? {} : { defaultRequest: requests }),
  };
  const former = bounds.ranges.find(
    (_, index) => (given[index]?.defaultLimits.size ?? 0) + (given[index]?.defaultRequests.size ?? 0) > 0,
  );
  if (former !== undefined) return completed(former, item);
  const object = {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: freeName('defaults', bounds.ranges), namespace: bounds.namespace, labels: ownLabels },
    spec: { limits: [{ type: 'Container', ...item }] },
  };
  return { object, changes: [applyOf(object)] };
}

/** Adds defaults to the last item for containers: of several the last one counts. */
function completed(
  range: ClusterObject,
  item: { readonly default?: JsonObject; readonly defaultRequest?: JsonObject },
): PlannedRange {
  const items = listAt(objectAt(range.manifest['spec'])['limits']);
  const last = items.findLastIndex((one) => objectAt(one)['type'] === 'Container');
  const limits = items.map((one, index) => {
    if (index !== last) return one;
    const members = Object.entries(item).map(([name, list]) => [name, { ...list, ...objectAt(objectAt(one)[name]) }]);
    return { ...objectAt(one), ...Object.fromEntries(members) };
  });
  const after = withValue(range.manifest, ['spec', 'limits'], limits);
  return { object: { ...objectAt(after), kind: 'LimitRange' }, changes: patchOf(range, after) };
}

/** The largest request of the containers that set no limit for the resource. */
function largestRequest(spec: JsonObject, resource: string): Quantity {
  return containersOf(spec).reduce((most, { container }) => {
    const resources = objectAt(container['resources']);
    const limit = objectAt(resources['limits'])[resource];
    const request = quantityFromJson(objectAt(resources['requests'])[resource]);
    return limit !== undefined || isQuantityError(request) ? most : larger(most, request);
  }, quantity('0'));
}

/** A name that no object of the list has. */
export function freeName(name: string, taken: readonly ClusterObject[]): string {
  const names = new Set(taken.map((object) => object.name));
  let candidate = name;
  for (let number = 2; names.has(candidate); number++) candidate = `${name}-${number}`;
  return candidate;
}

/**
 * A LimitRange with defaults under which, together with the other planned objects, no workload is refused that is admitted today;
 * without one where none is needed, or where none can be found: then `refused` names who would be.
 */
export function admittedDefaults(
  bounds: NamespaceBounds,
  others: readonly JsonObject[],
): { readonly range?: PlannedRange; readonly refused: readonly Workload[] } {
  const candidates = [defaultsFor(bounds), defaultsFor(bounds, true)];
  let refused: readonly Workload[] = [];
  for (const range of candidates) {
    if (range === undefined) return { refused: newlyRefused(bounds, others) };
    refused = newlyRefused(bounds, [range.object, ...others]);
    if (refused.length === 0) return { range, refused };
  }
  return { refused };
}
