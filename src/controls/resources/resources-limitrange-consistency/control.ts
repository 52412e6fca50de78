import type { NamespaceLimitObjects } from '../../../admission/workload-limits.ts';
import { limitRangeFaults, podRefusal, quotaFaults } from '../../../admission/workload-limits.ts';
import { stringAt } from '../../../cluster/json.ts';
import type { ClusterObject } from '../../../cluster/objects.ts';
import { objectName, placeIn } from '../../../cluster/objects.ts';
import type { Shape } from '../../../cluster/shape.ts';
import { misfitOf } from '../../../cluster/shape.ts';
import type { Workload } from '../../../cluster/workloads.ts';
import type { Context, Draft, Parameters } from '../../control.ts';
import { defineControl } from '../../control.ts';
import type { JudgedNamespace } from '../../namespaces.ts';
import { judgedNamespaces } from '../../namespaces.ts';
import { limitsThatDecide } from '../limits-that-decide.ts';
import { unreadableQuotaField } from '../quota-shape.ts';
import { placeInPod, policyMinor, unreadableField, workloadSubject, workloadsOf } from '../../workload/per-workload.ts';

const bounds: Shape = { members: { requests: 'object', limits: 'object' } };
const containers: Shape = { list: { members: { resources: bounds } } };
/** Where a pod asks for resources. */
const resources: Shape = { members: { spec: { members: { containers, initContainers: containers, resources: bounds } } } };
const rangeItem: Shape = {
  members: {
    type: 'string',
    max: 'object',
    min: 'object',
    default: 'object',
    defaultRequest: 'object',
    maxLimitRequestRatio: 'object',
  },
};

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

const unreadable = { verdict: 'unknown', message: 'it cannot be read' } as const;
const room = { verdict: 'pass', assertion: 3, message: 'it leaves room for every min of the LimitRanges' } as const;

/** /1: would the server take the LimitRange at all? */
function judgeRange(range: ClusterObject, namespace: string, minor: number): Draft {
  const subject = { kind: range.kind, name: range.name, namespace };
  const wrong = misfitOf(range.manifest['spec'], { members: { limits: { list: rangeItem } } });
  if (wrong !== undefined) {
    const evidence = [{ ...placeIn(range, ['spec', ...wrong]), seen: 'not readable', wanted: 'the type of the API' }];
    return { ...unreadable, assertion: 1, subject, evidence };
  }
  const faults = limitRangeFaults(range.manifest, minor);
  if (faults.length === 0) {
    const evidence = [{ ...placeIn(range, ['spec', 'limits']), seen: 'consistent' }];
    return { verdict: 'pass', assertion: 1, subject, message: 'its values are consistent', evidence };
  }
  const wanted = 'a LimitRange that the server takes';
  const evidence = faults.map(({ message, field }) => ({ ...placeIn(range, field), seen: message, wanted }));
  const message = `the server refuses it: ${faults.map((fault) => fault.message).join('; ')}`;
  return { verdict: 'fail', assertion: 1, subject, message, evidence };
}

/** /2 and /3: would a pod of each workload be refused at creation? */
function* judgeWorkloads<P extends Parameters>(context: Context<P>, limits: Limits, minor: number): Iterable<Draft> {
  for (const workload of workloadsOf(context)) {
    if (workload.namespace !== limits.namespace) continue;
    yield { ...judgeWorkload(workload, limits, minor), subject: workloadSubject(workload) };
  }
}

function judgeWorkload(workload: Workload, limits: Limits, minor: number): Omit<Draft, 'subject'> {
  const { template } = workload;
  const wrong = template === undefined ? ['spec'] : (unreadableField(template) ?? misfitOf({ ...template }, resources));
  if (template === undefined || wrong !== undefined) {
    const evidence = [{ ...placeInPod(workload, wrong ?? []), wanted: 'a pod template that can be read' }];
    return { verdict: 'unknown', assertion: 2, message: 'the pod template cannot be read', evidence };
  }
  const name = stringAt(template.metadata['name']) ?? workload.object.name;
  const refusal = podRefusal(limits, { ...template.metadata, name }, template.spec, minor);
  if (refusal === undefined) {
    const seen = 'requests and limits within the namespace’s bounds';
    const evidence = [{ ...placeInPod(workload, ['spec', 'containers']), seen }];
    return { verdict: 'pass', assertion: 2, message: 'its pods are admitted', evidence };
  }
  const wanted = 'requests and limits that the namespace admits';
  const evidence = [
    ...refusal.fields.map((field) => ({ ...placeInPod(workload, field), wanted })),
    ...limitsThatDecide(refusal, [...limits.ranges, ...limits.quotas]),
  ];
  const order = refusal.dependsOnOrder ? ' (under one order of the LimitRanges; the server’s order is not fixed)' : '';
  const message = `its pods are refused at creation: HTTP ${refusal.code} ${refusal.message}${order}`;
  return { verdict: 'fail', assertion: refusal.assertion, message, evidence };
}

/** /3: a `min` that no quota leaves room for. */
function* judgeQuotas(limits: Limits): Iterable<Draft> {
  const faults = quotaFaults(limits.limitRanges, limits.resourceQuotas);
  for (const [index, quota] of limits.quotas.entries()) {
    if (faults.some((fault) => fault.quotaIndex === index)) continue;
    const subject = { kind: quota.kind, name: quota.name, namespace: limits.namespace };
    const wrong = unreadableQuotaField(quota.manifest);
    const place = placeIn(quota, wrong ?? ['spec', 'hard']);
    yield wrong === undefined
      ? { ...room, subject, evidence: [{ ...place, seen: 'no min above a hard' }] }
      : { ...unreadable, assertion: 3, subject, evidence: [{ ...place, seen: 'not readable', wanted: 'the type of the API' }] };
  }
  for (const fault of faults) {
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
  for (const range of limits.ranges) yield judgeRange(range, limits.namespace, minor);
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
