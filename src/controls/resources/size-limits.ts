import { podRefusal } from '../../admission/workload-limits.ts';
import type { Json, JsonObject } from '../../cluster/json.ts';
import { objectAt, stringAt, valueAt } from '../../cluster/json.ts';
import type { Quantity } from '../../cluster/quantity.ts';
import {
  canonicalQuantity,
  compareQuantities,
  isQuantityError,
  multiplyQuantity,
  parseQuantity,
  quantityFromJson,
} from '../../cluster/quantity.ts';
import { newestMinor, oldestMinor } from '../../cluster/version.ts';
import { clusterVersion } from '../../cluster/component-version.ts';
import type { Workload } from '../../cluster/workloads.ts';
import { containersOf, judgedWorkloads } from '../../cluster/workloads.ts';
import type { RemedyContext } from '../remedy.ts';
import { isSystemNamespace } from '../settings.ts';

/** Bounds of one resource of containers, as texts. */
export interface ResourceBounds {
  readonly request: string;
  readonly limit: string;
  readonly max: string;
}

/** What a container gets where its workload says nothing: small, since it is shared out to everything that is not sized. */
const least: Readonly<Record<string, ResourceBounds>> = {
  cpu: { request: '100m', limit: '500m', max: '2' },
  memory: { request: '128Mi', limit: '512Mi', max: '2Gi' },
  'ephemeral-storage': { request: '256Mi', limit: '2Gi', max: '8Gi' },
};
const leastClaim = '100Gi';

/**
 * Sizes a namespace's bounds from what its workloads ask for: the limit is not below any request that stands without one, `max` is
 * twice the largest limit or request, the request is the median of those given. So no pod of today is refused or throttled for them.
 */
export function boundsFor(context: RemedyContext, namespace: string, resource: string): ResourceBounds {
  const floor = least[resource] ?? { request: '1', limit: '10', max: '100' };
  const asked = workloadsIn(context, namespace).flatMap(({ template }) =>
    template === undefined
      ? []
      : containersOf(template.spec).map(({ container }) => {
          const { requests, limits } = objectAt(container['resources']);
          return { request: quantity(objectAt(requests)[resource]), limit: quantity(objectAt(limits)[resource]) };
        }),
  );
  const requests = asked.flatMap(({ request }) => request ?? []).sort(compareQuantities);
  const unlimited = asked.flatMap(({ request, limit }) => (limit === undefined && request !== undefined ? [request] : []));
  const limit = largest([text(floor.limit), ...unlimited]);
  const median = requests[Math.floor(requests.length / 2)] ?? text(floor.request);
  const request = compareQuantities(median, limit) > 0 ? limit : median;
  const peak = largest([...requests, ...asked.flatMap((one) => one.limit ?? [])]);
  const max = largest([text(floor.max), multiplyQuantity(peak, 2), limit]);
  return { request: canonicalQuantity(request), limit: canonicalQuantity(limit), max: canonicalQuantity(max) };
}

/** The largest claim of a namespace twice, at least 100Gi. */
export function claimBoundFor(context: RemedyContext, namespace: string): string {
  const claims = context.cluster.objects.ofKind('PersistentVolumeClaim').filter((claim) => claim.namespace === namespace);
  const sizes = claims.flatMap(({ manifest }) => quantity(valueAt(manifest, ['spec', 'resources', 'requests', 'storage'])) ?? []);
  return canonicalQuantity(largest([text(leastClaim), ...sizes.map((size) => multiplyQuantity(size, 2))]));
}

/** The first workload whose pods the namespace would refuse with these LimitRanges and not without them, in the server's words. */
export function refusedBy(context: RemedyContext, namespace: string, limitRanges: readonly JsonObject[]): string | undefined {
  const objects = (kind: string): readonly JsonObject[] =>
    context.cluster.objects
      .ofKind(kind)
      .filter((object) => object.namespace === namespace)
      .map(({ manifest }) => manifest);
  const resourceQuotas = objects('ResourceQuota');
  const minor = Math.max(oldestMinor, Math.min(clusterVersion(context.cluster)?.minor ?? newestMinor, newestMinor));
  const today = { namespace, limitRanges: objects('LimitRange'), resourceQuotas };
  const planned = { namespace, limitRanges, resourceQuotas };
  for (const { object, template } of workloadsIn(context, namespace)) {
    if (template === undefined) continue;
    const metadata = { ...template.metadata, name: stringAt(template.metadata['name']) ?? object.name };
    const refusal = podRefusal(planned, metadata, template.spec, minor);
    if (refusal !== undefined && podRefusal(today, metadata, template.spec, minor) === undefined)
      return `${object.kind} ${object.name}: ${refusal.message}`;
  }
  return undefined;
}

function workloadsIn(context: RemedyContext, namespace: string): readonly Workload[] {
  const all = context.once('workloads to size', () =>
    judgedWorkloads(context.cluster, (name) => isSystemNamespace(context.settings, name)),
  );
  return all.filter((workload) => workload.namespace === namespace);
}

function quantity(value: Json | undefined): Quantity | undefined {
  const read = quantityFromJson(value);
  return value === undefined || isQuantityError(read) ? undefined : read;
}

function text(value: string): Quantity {
  const read = parseQuantity(value);
  if (isQuantityError(read)) throw new Error(`not a quantity: ${value}`);
  return read;
}

function largest(quantities: readonly Quantity[]): Quantity {
  return quantities.reduce((a, b) => (compareQuantities(a, b) >= 0 ? a : b), text('0'));
}
