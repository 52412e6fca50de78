import type { NamespaceLimitObjects } from '../../../admission/workload-limits.ts';
import { limitRangeFaults, podRefusal, quotaFaults } from '../../../admission/workload-limits.ts';
import { stringAt } from '../../../cluster/json.ts';
import type { ClusterObject } from '../../../cluster/objects.ts';
import { objectName, placeIn } from '../../../cluster/objects.ts';
import type { Context, Draft, Parameters } from '../../control.ts';
import { defineControl } from '../../control.ts';
import type { JudgedNamespace } from '../../namespaces.ts';
import { judgedNamespaces } from '../../namespaces.ts';
import { placeInPod, policyMinor, workloadSubject, workloadsOf } from '../../workload/per-workload.ts';

interface Limits extends NamespaceLimitObjects {
  readonly ranges: readonly ClusterObject[];
  readonly quotas: readonly ClusterObject[];
}

function limitsOf<P extends Parameters>(context: Context<P>, namespace: string): Limits {
  const own = (kind: string): readonly ClusterObject[] =>
    context.cluster.objects.ofKind(kind).filter((object) => object.namespace === namespace);
  const ranges = own('LimitRange');
  const quotas = own('ResourceQuota');
  return {
    namespace,
    ranges,
    quotas,
    limitRanges: ranges.map(({ manifest }) => manifest),
    resourceQuotas: quotas.map(({ manifest }) => manifest),
  };
}

/** /1: would the server take the LimitRange at all? */
function* judgeRanges(limits: Limits, minor: number): Iterable<Draft> {
  for (const range of limits.ranges) {
    const subject = { kind: range.kind, name: range.name, namespace: limits.namespace };
    const faults = limitRangeFaults(range.manifest, minor);
    const evidence = faults.map(({ message, field }) => ({
      ...placeIn(range, field),
      seen: message,
      wanted: 'a LimitRange that the server takes',
    }));
    if (faults.length === 0)
      yield {
        verdict: 'pass',
        assertion: 1,
        subject,
        message: 'its values are consistent',
        evidence: [{ ...placeIn(range, ['spec', 'limits']), seen: 'consistent' }],
      };
    else
      yield {
        verdict: 'fail',
        assertion: 1,
        subject,
        message: `the server refuses it: ${faults.map(({ message }) => message).join('; ')}`,
        evidence,
      };
  }
}

/** /2 and /3: would a pod of each workload be refused at creation? */
function* judgeWorkloads<P extends Parameters>(context: Context<P>, limits: Limits, minor: number): Iterable<Draft> {
  for (const workload of workloadsOf(context)) {
    const { template } = workload;
    if (workload.namespace !== limits.namespace) continue;
    const subject = workloadSubject(workload);
    if (template === undefined) {
      yield {
        verdict: 'unknown',
        assertion: 2,
        subject,
        message: 'the pod template cannot be read',
        evidence: [{ ...placeIn(workload.object, []), seen: 'no pod template' }],
      };
      continue;
    }
    const name = stringAt(template.metadata['name']) ?? workload.object.name;
    const refusal = podRefusal(limits, { ...template.metadata, name }, template.spec, minor);
    if (refusal === undefined) {
      yield {
        verdict: 'pass',
        assertion: 2,
        subject,
        message: 'its pods are admitted',
        evidence: [
          { ...placeInPod(workload, ['spec', 'containers']), seen: 'requests and limits within the namespace’s bounds' },
        ],
      };
      continue;
    }
    const decides = [...limits.ranges, ...limits.quotas].find(
      (object) => (object.kind === 'LimitRange' ? refusal.limitRange : refusal.quota) === object.name,
    );
    const evidence = [
      ...refusal.fields.map((field) => ({
        ...placeInPod(workload, field),
        wanted: 'requests and limits that the namespace admits',
      })),
      ...(decides === undefined
        ? []
        : [{ ...placeIn(decides, ['spec']), seen: objectName(decides), wanted: 'bounds that the workload keeps' }]),
    ];
    const order = refusal.dependsOnOrder ? ' (under one order of the LimitRanges; the server’s order is not fixed)' : '';
    yield {
      verdict: 'fail',
      assertion: refusal.assertion,
      subject,
      message: `its pods are refused at creation: HTTP ${refusal.code} ${refusal.message}${order}`,
      evidence,
    };
  }
}

/** /3: a `min` that no quota leaves room for. */
function* judgeQuotas(limits: Limits): Iterable<Draft> {
  for (const fault of quotaFaults(limits.limitRanges, limits.resourceQuotas)) {
    const quota = limits.quotas[fault.quotaIndex];
    const range = limits.ranges[fault.limitRangeIndex];
    if (quota === undefined || range === undefined) continue;
    const evidence = [
      { ...placeIn(quota, fault.quotaField), seen: objectName(quota), wanted: 'a hard above every min' },
      { ...placeIn(range, fault.limitRangeField), seen: objectName(range), wanted: 'a min below the quota' },
    ];
    yield {
      verdict: 'fail',
      assertion: 3,
      subject: { kind: quota.kind, name: quota.name, namespace: limits.namespace },
      message: fault.message,
      evidence,
    };
  }
}

function* judge<P extends Parameters>(context: Context<P>, namespace: JudgedNamespace): Iterable<Draft> {
  const limits = limitsOf(context, namespace.name);
  if (limits.ranges.length === 0 && limits.quotas.length === 0) return;
  const minor = policyMinor(context);
  yield* judgeRanges(limits, minor);
  yield* judgeWorkloads(context, limits, minor);
  yield* judgeQuotas(limits);
}

export const control = defineControl({
  id: 'resources-limitrange-consistency',
  needs: [{ kind: 'listed', kinds: ['LimitRange', 'ResourceQuota'] }],
  absence: 'not-applicable',
  parameters: {},
  revisions: [
    {
      since: '1.28',
      evaluate: function* (context) {
        for (const namespace of judgedNamespaces(context)) yield* judge(context, namespace);
      },
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Raise `default` of the LimitRange to the largest explicit request (then `max`, where needed), or set the limit in the workload: the smaller change first, the other as alternative.',
  },
  tradeOffs: ['New pods get larger limits; running pods keep theirs.'],
});
