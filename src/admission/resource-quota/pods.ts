import { type Json, type JsonObject, isObject, listAt, objectAt, stringAt } from '../../cluster/json.ts';
import { type Quantity, wholeQuantity } from '../../cluster/quantity.ts';
import { podQosClass } from '../pod-qos.ts';
import { type PodResources, hasPodLevel, quotaLimits, quotaRequests, readPodResources } from '../pod-resources.ts';
import type { ResourceGates } from '../resource-gates.ts';
import { type ResourceList, sumResources } from '../resource-list.ts';
import { isExtendedResource, isHugePages, isNativeResource } from '../resource-names.ts';
import type { MeasureContext, MeasuredObject, QuotaEvaluator, QuotaRequest } from './evaluator.ts';
import { type ScopeRequirement, meetsRequirement } from './quota.ts';

const counted = new Set([
  'count/pods',
  'cpu',
  'memory',
  'ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'pods',
]);
/** Resources that every container must name once a quota counts them. */
const demanded = new Set(['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory']);
const deviceClassPrefix = 'deviceclass.resource.kubernetes.io/';

/** The evaluator of pods (K: pkg/quota/v1/evaluator/core/pods.go). */
export function podEvaluator(context: MeasureContext): QuotaEvaluator {
  const { gates } = context;
  return {
    handles: (request) => handlesPod(request, gates),
    matchesResource: (name) => matchesPodResource(name, gates),
    matchesScope: (requirement, pod) => podMatchesScope(requirement, pod, gates),
    limitsScopes: true,
    missing: (names, pod) => missingResources(names, resourcesOf(pod, gates)),
    usage: (pod) => podUsage(pod, context),
  };
}

function handlesPod(request: QuotaRequest, gates: ResourceGates): boolean {
  if (request.subresource === 'resize') return gates.resizeSubresource && request.operation === 'UPDATE';
  if (request.subresource !== '') return false;
  if (request.operation === 'CREATE') return true;
  if (!gates.scopeChanges || request.oldObject === undefined) return false;
  return isTerminating(request.object.json) !== isTerminating(request.oldObject.json);
}

function matchesPodResource(name: string, gates: ResourceGates): boolean {
  if (counted.has(name) || isHugePages(name) || name.startsWith('requests.hugepages-')) return true;
  if (!name.startsWith('requests.')) return false;
  return !isNativeResource(name) || (gates.deviceClassResources && name.startsWith(`requests.${deviceClassPrefix}`));
}

function isTerminating(pod: JsonObject): boolean {
  const deadline = objectAt(pod['spec'])['activeDeadlineSeconds'];
  return typeof deadline === 'number' && deadline >= 0;
}

function podMatchesScope(requirement: ScopeRequirement, pod: MeasuredObject, gates: ResourceGates): boolean {
  const spec = objectAt(pod.json['spec']);
  const className = stringAt(spec['priorityClassName']);
  switch (requirement.scopeName) {
    case 'Terminating':
      return isTerminating(pod.json);
    case 'NotTerminating':
      return !isTerminating(pod.json);
    case 'BestEffort':
      return isBestEffort(pod, gates);
    case 'NotBestEffort':
      return !isBestEffort(pod, gates);
    case 'PriorityClass':
      return meetsRequirement(requirement, className === '' ? undefined : className);
    case 'CrossNamespacePodAffinity':
      return usesCrossNamespaceAffinity(spec);
    default:
      return false;
  }
}

function resourcesOf(pod: MeasuredObject, gates: ResourceGates): PodResources {
  return pod.pod ?? readPodResources(pod.json, gates, false);
}

function isBestEffort(pod: MeasuredObject, gates: ResourceGates): boolean {
  const known = stringAt(objectAt(pod.json['status'])['qosClass']);
  return (known ?? podQosClass(resourcesOf(pod, gates), gates)) === 'BestEffort';
}

function usesCrossNamespaceAffinity(spec: JsonObject): boolean {
  const affinity = objectAt(spec['affinity']);
  return ['podAffinity', 'podAntiAffinity'].some((name) => {
    const rules = objectAt(affinity[name]);
    const weighted = listAt(rules['preferredDuringSchedulingIgnoredDuringExecution']).map((term): Json =>
      objectAt(objectAt(term)['podAffinityTerm']),
    );
    return [...listAt(rules['requiredDuringSchedulingIgnoredDuringExecution']), ...weighted].some((value) => {
      const term = objectAt(value);
      return listAt(term['namespaces']).length > 0 || isObject(term['namespaceSelector']);
    });
  });
}

/** The requests and limits of a pod or container under the names that quotas use (K: podComputeUsageHelper). */
function computeUsage(requests: ResourceList, limits: ResourceList, gates: ResourceGates): ResourceList {
  const usage = new Map<string, Quantity>([['pods', wholeQuantity(1)]]);
  for (const name of ['cpu', 'memory', 'ephemeral-storage']) {
    const request = requests.get(name);
    if (request !== undefined) usage.set(name, request).set(`requests.${name}`, request);
    const limit = limits.get(name);
    if (limit !== undefined) usage.set(`limits.${name}`, limit);
  }
  for (const [name, request] of requests) {
    if (isHugePages(name)) usage.set(name, request).set(`requests.${name}`, request);
    if (isExtendedResource(name) || (gates.deviceClassResources && name.startsWith(deviceClassPrefix))) {
      usage.set(`requests.${name}`, request);
    }
  }
  return usage;
}

/** `must specify limits.cpu for: c,i; …`: which containers lack cpu or memory that a quota counts (K: Constraints). */
function missingResources(names: readonly string[], pod: PodResources): string | undefined {
  if (hasPodLevel(pod)) return undefined;
  const lacking = new Map<string, Set<string>>();
  for (const container of [...pod.containers, ...pod.initContainers]) {
    for (const name of names.filter((candidate) => demanded.has(candidate))) {
      const list = name.startsWith('limits.') ? container.limits : container.requests;
      if (list?.has(name.replace(/^(?:requests|limits)\./, '')) === true) continue;
      const containers = lacking.get(name) ?? new Set<string>();
      lacking.set(name, containers.add(container.name));
    }
  }
  if (lacking.size === 0) return undefined;
  const parts = [...lacking.keys()].sort().map((name) => `${name} for: ${[...(lacking.get(name) ?? [])].sort().join(',')}`);
  return `must specify ${parts.join('; ')}`;
}

function podUsage(pod: MeasuredObject, context: MeasureContext): ResourceList {
  const count: ResourceList = new Map([['count/pods', wholeQuantity(1)]]);
  if (!isCharged(pod.json, context.now)) return count;
  const resources = resourcesOf(pod, context.gates);
  const requests = quotaRequests(resources, context.gates);
  return sumResources(count, computeUsage(requests, quotaLimits(resources, context.gates), context.gates));
}

function isCharged(pod: JsonObject, now: number | undefined): boolean {
  const phase = objectAt(pod['status'])['phase'];
  if (phase === 'Failed' || phase === 'Succeeded') return false;
  const metadata = objectAt(pod['metadata']);
  const deletion = Date.parse(stringAt(metadata['deletionTimestamp']) ?? '');
  const grace = metadata['deletionGracePeriodSeconds'];
  if (now === undefined || Number.isNaN(deletion) || typeof grace !== 'number') return true;
  return now <= deletion + grace * 1000;
}
