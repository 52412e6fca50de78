import { answerPodCreation } from '../../admission/pod-creation.ts';
import { quotaLimits, quotaRequests } from '../../admission/pod-resources.ts';
import { resourceGates } from '../../admission/resource-gates.ts';
import { readLimitRange } from '../../admission/limit-ranger/limit-range.ts';
import type { NamespaceLimitObjects } from '../../admission/workload-limits.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { Json, JsonObject } from '../../cluster/json.ts';
import { objectAt, stringAt } from '../../cluster/json.ts';
import type { Quantity } from '../../cluster/quantity.ts';
import { addQuantities, multiplyQuantity, quantityMilliValue, quantityValue, zeroQuantity } from '../../cluster/quantity.ts';
import type { Workload } from '../../cluster/workloads.ts';

/** How many pods of a workload there may be at once: at full replicas, those that a rollout adds included. */
export function podsAtFull(cluster: Cluster, workload: Workload): number {
  const { object, namespace } = workload;
  const spec = objectAt(object.manifest['spec']);
  switch (object.kind) {
    case 'PodTemplate':
      return 0;
    case 'Pod':
      return 1;
    case 'Job':
      return parallelism(spec);
    case 'CronJob':
      return parallelism(objectAt(objectAt(spec['jobTemplate'])['spec']));
    case 'DaemonSet': {
      const nodes = Math.max(1, cluster.objects.ofKind('Node').length);
      return nodes + surge(objectAt(objectAt(spec['updateStrategy'])['rollingUpdate'])['maxSurge'], 0, nodes);
    }
    default: {
      const replicas = Math.max(whole(spec['replicas'], 1), scaledTo(cluster, object.kind, object.name, namespace));
      if (object.kind !== 'Deployment') return replicas;
      const strategy = objectAt(spec['strategy']);
      if (strategy['type'] === 'Recreate') return replicas;
      return replicas + surge(objectAt(strategy['rollingUpdate'])['maxSurge'], '25%', replicas);
    }
  }
}

function whole(value: Json | undefined, fallback: number): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : fallback;
}

function parallelism(spec: JsonObject): number {
  return whole(spec['parallelism'], 1);
}

/** A number or a share of the replicas, rounded up. Source: K:pkg/controller/deployment/util `ResolveFenceposts`. */
function surge(value: Json | undefined, fallback: number | string, replicas: number): number {
  const given = value ?? fallback;
  if (typeof given === 'number') return Math.max(0, given);
  const share = typeof given === 'string' ? /^(\d+)%$/.exec(given)?.[1] : undefined;
  return share === undefined ? 0 : Math.ceil((Number(share) * replicas) / 100);
}

/** What a HorizontalPodAutoscaler may scale it to. */
function scaledTo(cluster: Cluster, kind: string, name: string, namespace: string): number {
  const scalers = cluster.objects
    .ofKind('HorizontalPodAutoscaler.autoscaling')
    .filter((object) => object.namespace === namespace);
  const own = scalers.filter(({ manifest }) => {
    const target = objectAt(objectAt(manifest['spec'])['scaleTargetRef']);
    return stringAt(target['kind']) === kind && stringAt(target['name']) === name;
  });
  return Math.max(0, ...own.map(({ manifest }) => whole(objectAt(manifest['spec'])['maxReplicas'], 0)));
}

/** What all workloads use at full replicas under these limits, by the names of quotas (`requests.cpu`), and the number of pods. */
export function usageAtFull(
  cluster: Cluster,
  workloads: readonly Workload[],
  limits: NamespaceLimitObjects,
  minor: number,
): ReadonlyMap<string, Quantity> {
  const gates = resourceGates(minor);
  const limitRanges = limits.limitRanges.map(readLimitRange);
  const usage = new Map<string, Quantity>();
  for (const workload of workloads) {
    const count = podsAtFull(cluster, workload);
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: workload.object.name }, spec: workload.template?.spec ?? {} };
    const answer = answerPodCreation(pod, { namespace: limits.namespace, limitRanges, quotas: [], limitedResources: [] }, minor);
    if (!answer.admitted || count === 0) continue;
    for (const [prefix, list] of [
      ['requests', quotaRequests(answer.pod, gates)],
      ['limits', quotaLimits(answer.pod, gates)],
    ] as const)
      for (const [name, amount] of list) {
        const key = `${prefix}.${name}`;
        usage.set(key, addQuantities(usage.get(key) ?? zeroQuantity, multiplyQuantity(amount, count)));
      }
    usage.set(
      'pods',
      addQuantities(usage.get('pods') ?? zeroQuantity, {
        amount: { kind: 'int64', value: BigInt(count), scale: 0 },
        format: 'DecimalSI',
      }),
    );
  }
  return usage;
}

const mebi = 1024n * 1024n;

/** A half more, rounded up: cpu to tenths of a core, memory to 128Mi, what is counted to ones. */
export function withHeadroom(name: string, usage: Quantity): string {
  const ceil = (value: bigint, step: bigint): bigint => ((value + step - 1n) / step) * step;
  if (name.endsWith('cpu')) {
    const milli = ceil((quantityMilliValue(usage) * 3n + 1n) / 2n, 100n);
    return milli % 1000n === 0n ? String(milli / 1000n) : `${milli}m`;
  }
  const more = (quantityValue(usage) * 3n + 1n) / 2n;
  if (!name.endsWith('memory') && !name.endsWith('storage')) return String(more);
  const size = ceil(more, 128n * mebi) / mebi;
  return size % 1024n === 0n ? `${size / 1024n}Gi` : `${size}Mi`;
}
