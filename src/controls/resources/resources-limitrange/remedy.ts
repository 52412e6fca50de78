import type { Change, Remedy } from '../../../cluster/change.ts';
import type { Json, JsonObject } from '../../../cluster/json.ts';
import { objectAt, stringsAt } from '../../../cluster/json.ts';
import type { ClusterObject } from '../../../cluster/objects.ts';
import { compareQuantities, isQuantityError, quantityFromJson } from '../../../cluster/quantity.ts';
import type { RemedyContext, RemedyFunction } from '../../remedy.ts';
import { itemsOf, viewRange } from '../limit-range-items.ts';
import type { ResourceBounds } from '../size-limits.ts';
import { boundsFor, claimBoundFor, refusedBy } from '../size-limits.ts';

const why =
  'a container without limits takes what its node has; a pod that asks for nothing is the first one that is killed for it';

/** The LimitRange that gives defaults today is filled up; where there is none, one is made. */
export const remedy: RemedyFunction = (finding, context): Remedy => {
  const namespace = finding.subject.name;
  const ranges = context.cluster.objects.ofKind('LimitRange').filter((range) => range.namespace === namespace);
  const giving = ranges.filter((range) => viewRange(range).requests.size > 0);
  if (giving.length > 1) {
    const names = giving.map(({ name }) => name).join(', ');
    return {
      kind: 'none',
      why: `${names} of ${namespace} set defaults, and which of them are meant only their owner knows: leave one of them`,
    };
  }
  const [former] = giving;
  const limits = filledUp(context, namespace, former, ranges);
  const planned = {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: former?.name ?? 'defaults', namespace },
    spec: { limits },
  };
  const others = ranges.filter((range) => range !== former).map(({ manifest }) => manifest);
  const refusal = refusedBy(context, namespace, [...others, planned]);
  if (refusal !== undefined)
    return {
      kind: 'none',
      why: `with the bounds that fit ${namespace} a workload of today would be refused, size them by hand: ${refusal}`,
    };
  return {
    kind: 'changes',
    by: 'native',
    stage: 'prepare',
    changes: [former === undefined ? { kind: 'apply-object', object: planned } : patched(former, limits)],
    why,
    sideEffects: [
      'pods that are made from now on get these values where they name none: CPU above its limit is throttled, memory above it kills the container, ephemeral storage above it evicts the pod',
      'a container or claim above `max` is refused; pods that exist keep what they have',
    ],
  };
};

function patched({ apiVersion, kind, name, namespace }: ClusterObject, limits: readonly JsonObject[]): Change {
  const object = { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) };
  return { kind: 'patch-object', object, patch: { spec: { limits } } };
}

/** What a LimitRange says stays; what is missing is added, between its own bounds. */
function filledUp(
  context: RemedyContext,
  namespace: string,
  former: ClusterObject | undefined,
  ranges: readonly ClusterObject[],
): readonly JsonObject[] {
  const resources = stringsAt(context.parameters['resources']);
  const items = former === undefined ? [] : itemsOf(former.manifest);
  const own = items.find((item) => item['type'] === 'Container');
  const container = resources.reduce(
    (item, resource) => withBounds(item, resource, boundsFor(context, namespace, resource)),
    own ?? { type: 'Container' },
  );
  const isBound = ranges.some((range) => viewRange(range).boundsClaims);
  const claim = items.find((item) => item['type'] === 'PersistentVolumeClaim');
  const storage = { storage: claimBoundFor(context, namespace) };
  const withClaim: JsonObject = {
    ...(claim ?? { type: 'PersistentVolumeClaim' }),
    max: { ...objectAt(claim?.['max']), ...storage },
  };
  const rest = items.filter((item) => item !== own && (isBound || item !== claim));
  return [container, ...rest, ...(isBound ? [] : [withClaim])];
}

/** Values of the item stay; new ones keep min ≤ defaultRequest ≤ default ≤ max. */
function withBounds(item: JsonObject, resource: string, bounds: ResourceBounds): JsonObject {
  const own = (member: string): Json | undefined => objectAt(item[member])[resource];
  const max = own('max') ?? larger(own('default'), larger(own('min'), bounds.max));
  const limit = own('default') ?? smaller(max, larger(own('min'), bounds.limit));
  const request = own('defaultRequest') ?? smaller(limit, larger(own('min'), bounds.request));
  const put = (member: string, value: Json): JsonObject => ({ [member]: { ...objectAt(item[member]), [resource]: value } });
  return { ...item, ...put('default', limit), ...put('defaultRequest', request), ...put('max', max) };
}

function smaller(a: Json, b: Json): Json {
  return isAbove(a, b) ? b : a;
}

function larger(a: Json | undefined, b: Json): Json {
  return a !== undefined && isAbove(a, b) ? a : b;
}

function isAbove(a: Json, b: Json): boolean {
  const [left, right] = [quantityFromJson(a), quantityFromJson(b)];
  return !isQuantityError(left) && !isQuantityError(right) && compareQuantities(left, right) > 0;
}
