import { readLimitRange } from '../../../admission/limit-ranger/limit-range.ts';
import { quotaFaults } from '../../../admission/workload-limits.ts';
import type { Change } from '../../../cluster/change.ts';
import type { JsonObject } from '../../../cluster/json.ts';
import { listAt, objectAt, stringAt } from '../../../cluster/json.ts';
import type { ClusterObject } from '../../../cluster/objects.ts';
import { objectName } from '../../../cluster/objects.ts';
import { formatQuantity, isQuantityError, quantityFromJson } from '../../../cluster/quantity.ts';
import { applyOf, noRemedy, objectRemedy, ownLabels, patchOf } from '../../object-remedy.ts';
import type { RemedyFunction } from '../../remedy.ts';
import type { NamespaceBounds } from '../namespace-limits-remedy.ts';
import { admittedDefaults, boundsOf, freeName, larger, limitsOf, quantity, refusalOf } from '../namespace-limits-remedy.ts';
import { usageAtFull, withHeadroom } from '../quota-size-remedy.ts';

const aliases: Readonly<Record<string, string>> = { cpu: 'requests.cpu', memory: 'requests.memory' };

/** What a namespace gets where nothing runs in it yet: room for one or two pods with the defaults. */
const least: Readonly<Record<string, string>> = {
  'requests.cpu': '1',
  'requests.memory': '1Gi',
  'limits.cpu': '2',
  'limits.memory': '2Gi',
  pods: '10',
};

/** A quota `compute` for what the workloads ask for at full replicas and half as much again; defaults for pods that ask for nothing come first. */
export const remedy: RemedyFunction = (finding, context) => {
  const bounds = boundsOf(context, finding.subject.name);
  const { required } = context.parameters;
  const wanted = (Array.isArray(required) ? required.map(String) : []).map((name) => aliases[name] ?? name);
  const missing = wanted.filter((name) => !bounds.quotas.some((quota) => bound(quota).has(name)));
  const known = missing.filter((name) => name in least || /^(?:requests|limits)\./.test(name));
  const draft = admittedDefaults(bounds, []);
  const usage = usageAtFull(
    context.cluster,
    bounds.workloads,
    limitsOf(bounds, draft.range === undefined ? [] : [draft.range.object]),
    bounds.minor,
  );
  const hard: Record<string, string> = {};
  for (const name of known) {
    const used = usage.get(name);
    const size = used === undefined ? least[name] : withHeadroom(name, used);
    if (size !== undefined) hard[name] = size;
  }
  const left = missing.filter((name) => hard[name] === undefined);
  if (Object.keys(hard).length === 0)
    return noRemedy(`how much of ${left.join(', ')} the namespace may use is not to be seen from its workloads`);
  const { object, changes } = quotaChanges(bounds, roomForMinima(bounds, hard));
  const { range: defaults, refused } = admittedDefaults(bounds, [object]);
  if (refused.length > 0)
    return noRemedy(
      `no LimitRange with defaults was found under which ${refused.map((workload) => objectName(workload.object)).join(', ')} would still be admitted beside a quota: give its containers requests and limits first`,
    );
  const sizes = Object.entries(objectAt(objectAt(object['spec'])['hard']))
    .map(([name, size]) => `${name} ${stringAt(size) ?? ''}`)
    .join(', ');
  const quotaStep = objectRemedy(changes, {
    why: `one team or a runaway rollout cannot take the whole cluster: ${sizes} is what its workloads ask for at full replicas, and half as much again`,
    sideEffects: [
      'Rollouts and scaling beyond the quota stall; their messages stand in the events of ReplicaSets.',
      ...unbounded(bounds, object),
    ],
    ...(left.length === 0 ? {} : { stays: `${left.join(', ')} is not to be sized from the workloads` }),
  });
  if (defaults === undefined) return quotaStep;
  const defaultsStep = objectRemedy(defaults.changes, {
    stage: 'prepare',
    why: 'pods without requests or limits are refused once a quota counts them: this fills them in',
    sideEffects: [
      `New containers without limits get ${defaultLimits(defaults.object)}: one that needs more memory is killed at that limit; set its own limit first. Running pods keep what they have.`,
    ],
  });
  return { kind: 'steps', steps: [defaultsStep, quotaStep] };
};

/** `cpu 1, memory 1Gi`. */
function defaultLimits(range: JsonObject): string {
  return [...readLimitRange(range).defaultLimits].map(([name, value]) => `${name} ${formatQuantity(value)}`).join(', ');
}

/** The names that a quota without scopes sets. */
function bound(quota: ClusterObject): ReadonlySet<string> {
  if (isScoped(quota)) return new Set();
  const hard = objectAt(objectAt(quota.manifest['spec'])['hard']);
  return new Set(
    Object.keys(hard)
      .filter((name) => !isQuantityError(quantityFromJson(hard[name])))
      .map((name) => aliases[name] ?? name),
  );
}

function isScoped(quota: ClusterObject): boolean {
  const spec = objectAt(quota.manifest['spec']);
  return listAt(spec['scopes']).length > 0 || listAt(objectAt(spec['scopeSelector'])['matchExpressions']).length > 0;
}

/** A quota `compute` that is there and has no scopes is completed; else one is made. */
function quotaChanges(
  { namespace, quotas }: NamespaceBounds,
  hard: JsonObject,
): { readonly object: JsonObject; readonly changes: readonly Change[] } {
  const own = quotas.find((quota) => quota.name === 'compute' && !isScoped(quota));
  if (own !== undefined) {
    const spec = objectAt(own.manifest['spec']);
    const object = { ...own.manifest, kind: 'ResourceQuota', spec: { ...spec, hard: { ...objectAt(spec['hard']), ...hard } } };
    return { object, changes: patchOf(own, { ...own.manifest, spec: object.spec }) };
  }
  const metadata = { name: freeName('compute', quotas), namespace, labels: ownLabels };
  const object = { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard } };
  return { object, changes: [applyOf(object)] };
}

/** A `min` of a LimitRange above the quota would contradict it: the quota gives way. */
function roomForMinima({ ranges }: NamespaceBounds, hard: Readonly<Record<string, string>>): JsonObject {
  const result: Record<string, string> = { ...hard };
  for (const name of Object.keys(hard)) {
    const quota = { metadata: { name: 'compute' }, spec: { hard: { [name]: hard[name] ?? '' } } };
    for (const fault of quotaFaults(
      ranges.map(({ manifest }) => manifest),
      [quota],
    )) {
      const manifest = ranges[fault.limitRangeIndex]?.manifest;
      const min = quantityFromJson(fault.limitRangeField.reduce<ReturnType<typeof step>>(step, manifest));
      if (!isQuantityError(min)) result[name] = withHeadroom(name, larger(min, quantity(result[name] ?? '0')));
    }
  }
  return result;
}

function step(value: JsonObject[string], key: string | number): JsonObject[string] {
  return typeof key === 'number' ? listAt(value)[key] : objectAt(value)[key];
}

/** Workloads that are refused already are counted as nothing: their room has to be added when they are mended. */
function unbounded(bounds: NamespaceBounds, object: JsonObject): readonly string[] {
  const refused = bounds.workloads.filter(
    (workload) => refusalOf(workload, limitsOf(bounds, [object]), bounds.minor) !== undefined,
  );
  const before = refused.filter((workload) => refusalOf(workload, limitsOf(bounds), bounds.minor) !== undefined);
  if (before.length === 0) return [];
  return [
    `Not counted, for its pods are refused today already: ${before.map((workload) => objectName(workload.object)).join(', ')}.`,
  ];
}
