import { type FieldPath, type JsonObject, isObject } from '../cluster/json.ts';
import { compareQuantities, formatQuantity, zeroQuantity } from '../cluster/quantity.ts';
import { answerLimitRange } from './limit-range-object.ts';
import type { LimitViolation } from './limit-ranger/constraints.ts';
import { readLimitRange } from './limit-ranger/limit-range.ts';
import { decidingOrders } from './limit-ranger/orders.ts';
import { type NamespaceLimits, type PodAnswer, type RefusalSource, answerPodCreation } from './pod-creation.ts';
import { readPodResources } from './pod-resources.ts';
import { resourceGates } from './resource-gates.ts';
import { sortedEntries } from './resource-list.ts';
import { isHugePages, isNativeResource } from './resource-names.ts';
import { type ResourceQuota, readResourceQuota } from './resource-quota/quota.ts';

/** The LimitRanges and ResourceQuotas of one namespace, as objects from the API or from files. */
export interface NamespaceLimitObjects {
  readonly namespace: string;
  readonly limitRanges: readonly JsonObject[];
  readonly resourceQuotas: readonly JsonObject[];
}

/** Why a pod would be refused at creation. */
export interface PodRefusal {
  readonly code: number;
  /** In the server's words. */
  readonly message: string;
  /** Of `resources-limitrange-consistency`: 2, refused by validation or a LimitRange; 3, by a quota. */
  readonly assertion: 2 | 3;
  /** The fields of the pod (from `spec` on) that the refusal is about. */
  readonly fields: readonly FieldPath[];
  /** The LimitRange or ResourceQuota that decides, where one does. */
  readonly limitRange?: string;
  readonly quota?: string;
  /** With several LimitRanges: another order, which the server may take as well, lets the pod pass. */
  readonly dependsOnOrder: boolean;
}

/**
 * Would this pod, alone in its namespace, be refused at creation, whatever order of the LimitRanges the server takes
 * (essential.md §9)? Quotas count by their `spec.hard` with nothing used. `podMeta.name` stands in the message. Pass the same
 * `limits` object for all pods of a namespace: it is read once.
 */
export function podRefusal(
  limits: NamespaceLimitObjects,
  podMeta: JsonObject,
  podSpec: JsonObject,
  minor: number,
): PodRefusal | undefined {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: podMeta, spec: podSpec };
  const answers = readOrders(limits).map((order) => answerPodCreation(pod, order, minor));
  const refused = answers.find(isRefused);
  if (refused === undefined) return undefined;
  return describeRefusal(
    refused,
    pod,
    answers.some((answered) => answered.admitted),
    minor,
  );
}

/** Limits are asked about many pods: they are read once. */
const read = new WeakMap<NamespaceLimitObjects, readonly NamespaceLimits[]>();

function readOrders(limits: NamespaceLimitObjects): readonly NamespaceLimits[] {
  const known = read.get(limits);
  if (known !== undefined) return known;
  const quotas = limits.resourceQuotas.map(readResourceQuota).map(untouched);
  const orders = decidingOrders(limits.limitRanges.map(readLimitRange)).map((limitRanges) => {
    return { namespace: limits.namespace, limitRanges, quotas, limitedResources: [] };
  });
  read.set(limits, orders);
  return orders;
}

type Refused = Extract<PodAnswer, { readonly admitted: false }>;

function isRefused(answered: PodAnswer): answered is Refused {
  return !answered.admitted;
}

/** A quota of which nothing is used yet. */
function untouched(quota: ResourceQuota): ResourceQuota {
  const used = new Map([...quota.specHard.keys()].map((name) => [name, zeroQuantity]));
  return { ...quota, hard: quota.specHard, used };
}

function describeRefusal(refused: Refused, pod: JsonObject, dependsOnOrder: boolean, minor: number): PodRefusal {
  const { code, message, source } = refused;
  return {
    code,
    message,
    assertion: source.by === 'resource-quota' ? 3 : 2,
    fields: fieldsOf(source, pod, minor),
    ...(source.by === 'limit-ranger' ? { limitRange: source.limitRange } : {}),
    ...(source.by === 'resource-quota' && source.refusal.quota !== undefined ? { quota: source.refusal.quota } : {}),
    dependsOnOrder,
  };
}

function fieldsOf(source: RefusalSource, pod: JsonObject, minor: number): readonly FieldPath[] {
  switch (source.by) {
    case 'validation':
      return source.faults.map((fault) => fault.field);
    case 'limit-ranger':
      return source.violations.map(violationField);
    case 'resource-quota': {
      const lacking = lackingContainers(pod, source.refusal.resources, minor);
      return source.refusal.message.startsWith('failed quota: ') && lacking.length > 0 ? lacking : [['spec']];
    }
    default:
      return [['spec']];
  }
}

function violationField(violation: LimitViolation): FieldPath {
  const { container, bound, resource } = violation;
  if (container === undefined) return ['spec'];
  return ['spec', container.list, container.index, 'resources', bound === 'min' ? 'requests' : 'limits', resource];
}

function lackingContainers(pod: JsonObject, counted: readonly string[], minor: number): readonly FieldPath[] {
  const resources = readPodResources(pod, resourceGates(minor), true);
  const wanted = counted.filter((name) => /^(?:(?:requests|limits)\.)?(?:cpu|memory)$/.test(name));
  return (['containers', 'initContainers'] as const).flatMap((list) =>
    resources[list].flatMap((container, index): FieldPath[] => {
      const lacks = wanted.some((name) => {
        const given = name.startsWith('limits.') ? container.limits : container.requests;
        return given?.has(name.replace(/^(?:requests|limits)\./, '')) !== true;
      });
      return lacks ? [['spec', list, index, 'resources']] : [];
    }),
  );
}

/** One fault of a LimitRange: the server's words, and the field of the object. */
export interface LimitRangeFault {
  readonly code: 400 | 422;
  readonly message: string;
  readonly field: FieldPath;
}

const newestMinor = 37;

/** Why the server would refuse a LimitRange (assertion 1): a malformed quantity, or what validation finds, fault by fault. */
export function limitRangeFaults(limitRange: JsonObject, minor: number = newestMinor): readonly LimitRangeFault[] {
  const answered = answerLimitRange(limitRange, '', minor);
  if (answered.valid) return [];
  if (answered.faults.length === 0) return [{ code: answered.code, message: answered.message, field: ['spec', 'limits'] }];
  return answered.faults.map(({ message, field }) => ({ code: answered.code, message, field }));
}

/** A `min` that no pod can meet without breaking a quota. */
export interface QuotaFault {
  readonly message: string;
  readonly quota: string;
  readonly limitRange: string;
  /** Index of the quota and of the LimitRange in the lists given, and the fields in them. */
  readonly quotaIndex: number;
  readonly limitRangeIndex: number;
  readonly quotaField: FieldPath;
  readonly limitRangeField: FieldPath;
}

/** Contradictions between the LimitRanges and quotas of one namespace (assertion 3): a `min` of type Container or Pod above a quota's `hard`. */
export function quotaFaults(limitRanges: readonly JsonObject[], quotas: readonly JsonObject[]): readonly QuotaFault[] {
  return quotas
    .filter(isObject)
    .flatMap((object, quotaIndex) =>
      limitRanges
        .filter(isObject)
        .flatMap((range, limitRangeIndex) =>
          minimaAbove(range, object).map((fault) => ({ ...fault, quotaIndex, limitRangeIndex })),
        ),
    );
}

function minimaAbove(range: JsonObject, object: JsonObject): Omit<QuotaFault, 'quotaIndex' | 'limitRangeIndex'>[] {
  const quota = readResourceQuota(object);
  const limitRange = readLimitRange(range);
  return limitRange.limits.flatMap((item, index) => {
    if (item.type !== 'Container' && item.type !== 'Pod') return [];
    return sortedEntries(item.min).flatMap(([resource, min]) =>
      quotaNames(resource).flatMap((name) => {
        const hard = quota.specHard.get(name);
        if (hard === undefined || compareQuantities(min, hard) <= 0) return [];
        return [
          {
            message: `minimum ${resource} usage per ${item.type} is ${formatQuantity(min)} in LimitRange ${limitRange.name}, but ResourceQuota ${quota.name} allows ${name}=${formatQuantity(hard)}`,
            quota: quota.name,
            limitRange: limitRange.name,
            quotaField: ['spec', 'hard', name],
            limitRangeField: ['spec', 'limits', index, 'min', resource],
          },
        ];
      }),
    );
  });
}

/** The names under which a quota counts what a `min` asks for; limits of cpu and memory too, which such a quota makes every container give. */
function quotaNames(resource: string): readonly string[] {
  if (resource === 'cpu' || resource === 'memory') return [resource, `requests.${resource}`, `limits.${resource}`];
  if (isHugePages(resource) || isNativeResource(resource)) return [resource, `requests.${resource}`];
  return [`requests.${resource}`];
}
