import { answerPodCreation } from '../../../admission/pod-creation.ts';
import { readLimitRange } from '../../../admission/limit-ranger/limit-range.ts';
import { quotaLimits, quotaRequests } from '../../../admission/pod-resources.ts';
import { resourceGates } from '../../../admission/resource-gates.ts';
import { limitRangeFaults, quotaFaults } from '../../../admission/workload-limits.ts';
import type { Change, Remedy } from '../../../cluster/change.ts';
import type { Json, JsonObject } from '../../../cluster/json.ts';
import { isObject, objectAt, valueAt } from '../../../cluster/json.ts';
import type { ClusterObject } from '../../../cluster/objects.ts';
import { objectName } from '../../../cluster/objects.ts';
import { compareQuantities, formatQuantity, isQuantityError, quantityFromJson } from '../../../cluster/quantity.ts';
import type { Workload } from '../../../cluster/workloads.ts';
import type { Finding } from '../../../results/finding.ts';
import { noRemedy, objectOf, objectRemedy, patchOf, withValue } from '../../object-remedy.ts';
import type { RemedyContext, RemedyFunction } from '../../remedy.ts';
import { patchSpec, whyUnchangeable, workloadOf } from '../../workload/workload-remedy.ts';
import { rightedRange } from '../limit-range-faults-remedy.ts';
import type { NamespaceBounds } from '../namespace-limits-remedy.ts';
import { admittedDefaults, boundsOf, larger, limitsOf, newlyRefused, quantity, refusalOf } from '../namespace-limits-remedy.ts';
import { fittedSpec, openedRange } from '../refused-workload-remedy.ts';

/** A way to mend a workload that is refused. */
interface Candidate {
  readonly changes: readonly Change[];
  /** As an alternative: what it does. */
  readonly text: string;
  readonly sideEffects: readonly string[];
}

/** /1 a LimitRange that contradicts itself, /3 a quota below a `min`, else a workload that is refused. */
export const remedy: RemedyFunction = (finding, context) => {
  const { kind, namespace = 'default' } = finding.subject;
  const bounds = boundsOf(context, namespace);
  if (kind === 'LimitRange') return ofRange(finding, context, bounds);
  if (kind === 'ResourceQuota') return ofQuota(finding, context, bounds);
  const workload = workloadOf(finding, context);
  return workload === undefined ? noRemedy('the workload was not seen') : ofWorkload(workload, bounds);
};

function ofRange(finding: Finding, context: RemedyContext, bounds: NamespaceBounds): Remedy {
  const range = objectOf(context, finding.subject);
  const after = range === undefined ? undefined : rightedRange(range.manifest);
  if (range === undefined || !isObject(after) || limitRangeFaults(after, bounds.minor).length > 0)
    return noRemedy('no values were found that the server would take: only its owner knows what it is to bound');
  const refused = newlyRefused(bounds, [{ ...after, kind: 'LimitRange' }]);
  if (refused.length > 0)
    return noRemedy(`with consistent values it would refuse ${refused.map(({ object }) => objectName(object)).join(', ')}`);
  return objectRemedy(patchOf(range, after), {
    why: 'the server refuses a LimitRange whose values contradict each other',
    sideEffects: ['New pods get larger limits; running pods keep theirs.'],
    alternatives: ['Lower what lies below instead: min, then defaultRequest, then default.'],
  });
}

/** Raises the quota to every `min` that stands above it. */
function ofQuota(finding: Finding, context: RemedyContext, bounds: NamespaceBounds): Remedy {
  const quota = objectOf(context, finding.subject);
  if (quota === undefined) return noRemedy('the quota was not seen');
  let after: Json | undefined = quota.manifest;
  const names: string[] = [];
  for (const fault of quotaFaults(
    bounds.ranges.map(({ manifest }) => manifest),
    [quota.manifest],
  )) {
    const min = quantityFromJson(valueAt(bounds.ranges[fault.limitRangeIndex]?.manifest, fault.limitRangeField));
    const present = quantityFromJson(valueAt(after, fault.quotaField));
    if (isQuantityError(min) || isQuantityError(present)) continue;
    after = withValue(after, fault.quotaField, formatQuantity(larger(min, present)));
    names.push(`min of LimitRange ${fault.limitRange} in ${fault.quotaField.at(-1) ?? ''}`);
  }
  return objectRemedy(patchOf(quota, after), {
    why: 'no pod can be as large as the LimitRange asks and fit into the quota',
    sideEffects: ['The namespace may use as much more.'],
    alternatives: [`Lower the ${[...new Set(names)].join(' and the ')} to what the quota allows.`],
  });
}

function ofWorkload(workload: Workload, bounds: NamespaceBounds): Remedy {
  const candidates = [
    openRanges(workload, bounds),
    giveDefaults(workload, bounds),
    raiseQuotas(workload, bounds),
    fitWorkload(workload, bounds),
  ]
    .filter((candidate) => candidate !== undefined)
    .sort((a, b) => size(a.changes) - size(b.changes));
  const [first, ...others] = candidates;
  const why = refusalOf(workload, limitsOf(bounds), bounds.minor) ?? '';
  if (first === undefined)
    return noRemedy(
      `neither requests and limits of its containers nor other bounds were found with which its pods are admitted (${why}): ${whyUnchangeable(workload) ?? 'its owner has to size it'}`,
    );
  return objectRemedy(first.changes, {
    why: `its pods are refused at creation: ${why}`,
    sideEffects: first.sideEffects,
    ...(others.length === 0 ? {} : { alternatives: others.map(({ text }) => text) }),
  });
}

/** The smaller change comes first: a new object counts for more than a changed one, and of these the shorter patch. */
function size(changes: readonly Change[]): number {
  return changes.reduce(
    (sum, change) => sum + (change.kind === 'patch-object' ? JSON.stringify(change.patch).length : 10_000),
    0,
  );
}

function admits(workload: Workload, bounds: NamespaceBounds, planned: readonly JsonObject[], spec?: JsonObject): boolean {
  return (
    refusalOf(workload, limitsOf(bounds, planned), bounds.minor, spec) === undefined && newlyRefused(bounds, planned).length === 0
  );
}

/** Opens LimitRanges: one where that is enough, else all. */
function openRanges(workload: Workload, bounds: NamespaceBounds): Candidate | undefined {
  const spec = workload.template?.spec ?? {};
  const opened = bounds.ranges.map((range) => ({ range, after: openedRange(range, bounds, spec) }));
  const changing = opened.filter(({ range, after }) => patchOf(range, after).length > 0);
  for (const set of [...changing.map((one) => [one]), changing]) {
    const planned = set.map(({ after }) => ({ ...objectAt(after), kind: 'LimitRange' }));
    if (
      set.length === 0 ||
      planned.some((object) => limitRangeFaults(object, bounds.minor).length > 0) ||
      !admits(workload, bounds, planned)
    )
      continue;
    return {
      changes: set.flatMap(({ range, after }) => patchOf(range, after)),
      text: `Open ${set.map(({ range }) => objectName(range)).join(', ')} as far as the workload asks.`,
      sideEffects: ['New pods get larger limits; running pods keep theirs.'],
    };
  }
  return undefined;
}

/** A LimitRange that fills in what a quota counts. */
function giveDefaults(workload: Workload, bounds: NamespaceBounds): Candidate | undefined {
  const { range } = admittedDefaults(bounds, []);
  if (range === undefined || !admits(workload, bounds, [range.object])) return undefined;
  return {
    changes: range.changes,
    text: 'A LimitRange that fills in requests and limits which pods leave out.',
    sideEffects: ['New containers without limits get the default: one that needs more memory is killed at it.'],
  };
}

/** Raises what a quota allows to one pod of the workload. */
function raiseQuotas(workload: Workload, bounds: NamespaceBounds): Candidate | undefined {
  const limitRanges = bounds.ranges.map(({ manifest }) => readLimitRange(manifest));
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: workload.object.name }, spec: workload.template?.spec ?? {} };
  const answer = answerPodCreation(
    pod,
    { namespace: bounds.namespace, limitRanges, quotas: [], limitedResources: [] },
    bounds.minor,
  );
  if (!answer.admitted) return undefined;
  const gates = resourceGates(bounds.minor);
  const used = new Map([
    ...[...quotaRequests(answer.pod, gates)].flatMap(
      ([name, value]) =>
        [
          [name, value],
          [`requests.${name}`, value],
        ] as const,
    ),
    ...[...quotaLimits(answer.pod, gates)].map(([name, value]) => [`limits.${name}`, value] as const),
    ['pods', quantity('1')] as const,
  ]);
  const raised = bounds.quotas
    .map((quota) => ({ quota, after: raisedQuota(quota, used) }))
    .filter(({ quota, after }) => patchOf(quota, after).length > 0);
  const planned = raised.map(({ after }) => ({ ...objectAt(after), kind: 'ResourceQuota' }));
  if (raised.length === 0 || !admits(workload, bounds, planned)) return undefined;
  return {
    changes: raised.flatMap(({ quota, after }) => patchOf(quota, after)),
    text: `Raise ${raised.map(({ quota }) => objectName(quota)).join(', ')} to one pod of the workload.`,
    sideEffects: ['The namespace may use as much more.'],
  };
}

function raisedQuota(quota: ClusterObject, used: ReadonlyMap<string, ReturnType<typeof quantity>>): Json | undefined {
  let after: Json | undefined = quota.manifest;
  for (const [name, value] of Object.entries(objectAt(objectAt(quota.manifest['spec'])['hard']))) {
    const [hard, needs] = [quantityFromJson(value), used.get(name)];
    if (needs !== undefined && !isQuantityError(hard) && compareQuantities(needs, hard) > 0)
      after = withValue(after, ['spec', 'hard', name], formatQuantity(needs));
  }
  return after;
}

/** Requests and limits in the workload itself. */
function fitWorkload(workload: Workload, bounds: NamespaceBounds): Candidate | undefined {
  if (workload.template === undefined || whyUnchangeable(workload) !== undefined) return undefined;
  const spec = fittedSpec(bounds, workload.template.spec);
  if (!admits(workload, bounds, [], spec)) return undefined;
  return {
    changes: patchSpec(workload, () => spec),
    text: `Requests and limits in ${objectName(workload.object)} that the namespace admits.`,
    sideEffects: ['Its pods are replaced by a rollout.'],
  };
}
