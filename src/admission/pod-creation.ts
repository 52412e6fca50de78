import { goQuote } from '../cluster/go-quote.ts';
import { type JsonObject, isObject, objectAt, stringAt } from '../cluster/json.ts';
import { type FieldError, aggregateMessages, invalid, invalidObject, rootPath } from './field-errors.ts';
import { type LimitViolation, podLimitViolations } from './limit-ranger/constraints.ts';
import { applyDefaults } from './limit-ranger/defaults.ts';
import type { LimitRange } from './limit-ranger/limit-range.ts';
import { type PodQosClass, podQosClass } from './pod-qos.ts';
import { podResourceFaults } from './pod-resource-validation.ts';
import { type PodResources, defaultPodLevel, podQuantityError, readPodResources } from './pod-resources.ts';
import { type AdmissionWorld, applyPriority, applyRuntimeClass, overheadFault, serviceAccountFault } from './pod-world.ts';
import { resourceGates } from './resource-gates.ts';
import { type QuotaRefusal, quotaRefusals } from './resource-quota/check.ts';
import type { LimitedResource } from './resource-quota/configuration.ts';
import type { ResourceQuota } from './resource-quota/quota.ts';

/** What a namespace and the cluster hold that decides about new pods. */
export interface NamespaceLimits {
  readonly namespace: string;
  /** In the order in which the server is taken to see them. */
  readonly limitRanges: readonly LimitRange[];
  readonly quotas: readonly ResourceQuota[];
  readonly limitedResources: readonly LimitedResource[];
  /** The other objects of the cluster; absent: priority and runtime classes and service accounts are not looked up. */
  readonly world?: AdmissionWorld;
}

/** Who refused a pod, with what it found. */
export type RefusalSource =
  | { readonly by: 'decoding' | 'another-plugin' }
  | { readonly by: 'validation'; readonly faults: readonly FieldError[] }
  | { readonly by: 'limit-ranger'; readonly limitRange: string; readonly violations: readonly LimitViolation[] }
  | { readonly by: 'resource-quota'; readonly refusal: QuotaRefusal };

/** The server's answer to the creation of a pod. */
export type PodAnswer =
  | { readonly admitted: true; readonly pod: PodResources; readonly annotation?: string; readonly qosClass: PodQosClass }
  | {
      readonly admitted: false;
      readonly code: number;
      readonly reason?: string;
      readonly message: string;
      readonly source: RefusalSource;
    };

type Refused = Extract<PodAnswer, { readonly admitted: false }>;

/** The message of HTTP 400 for an object that cannot be read. */
export function unreadable(kind: string, version: string, error: string): string {
  return `${kind} in version ${goQuote(version)} cannot be handled as a ${kind}: ${error}`;
}

/** The message of HTTP 403: `pods "x" is forbidden: …`. */
export function forbiddenMessage(resource: string, name: string, message: string): string {
  return `${resource} ${goQuote(name)} is forbidden: ${message}`;
}

/** The name by which the server speaks of a new object: while a name is still to be generated, its start. */
export function nameInMessages(object: JsonObject, generated: boolean): string {
  const metadata = objectAt(object['metadata']);
  const name = stringAt(metadata['name']) ?? '';
  if (name !== '') return name;
  const start = stringAt(metadata['generateName']) ?? '';
  if (start === '') return generated ? '' : 'Unknown';
  return generated ? `${start}<random>` : start;
}

/**
 * Decides the creation of a pod in the server's order: decoding and defaults, LimitRanger's defaults, service account,
 * priority and runtime class, validation of the pod, LimitRanger's bounds, quota. For Kubernetes 1.`minor`; other plug-ins
 * are taken to agree.
 */
export function answerPodCreation(pod: JsonObject, limits: NamespaceLimits, minor: number): PodAnswer {
  const gates = resourceGates(minor);
  const error = podQuantityError(readablePart(pod, gates.podLevelResources || minor >= 32));
  if (error !== undefined) {
    return refused(400, 'BadRequest', unreadable('Pod', 'v1', error), { by: 'decoding' });
  }
  let resources = readPodResources(pod, gates, true);
  let annotation: string | undefined;
  for (const limitRange of limits.limitRanges) {
    const defaulted = applyDefaults(resources, limitRange);
    resources = defaulted.pod;
    annotation = defaulted.annotation ?? annotation;
  }
  const mutated = applyOtherPlugins(pod, resources, limits);
  if ('admitted' in mutated) return mutated;
  resources = gates.podLevelDefaultsLate ? defaultPodLevel(mutated.resources, true) : mutated.resources;
  const qosClass = podQosClass(resources, gates);
  const json = { ...mutated.json, status: { phase: 'Pending', qosClass } };
  const refusal = validatePod(json, resources, minor) ?? admitValidated(json, resources, limits, minor);
  return refusal ?? { admitted: true, pod: resources, qosClass, ...(annotation === undefined ? {} : { annotation }) };
}

/** Fields that the version does not know are dropped before anything reads them. */
function readablePart(pod: JsonObject, knowsPodLevel: boolean): JsonObject {
  const spec = pod['spec'];
  if (knowsPodLevel || !isObject(spec)) return pod;
  return { ...pod, spec: Object.fromEntries(Object.entries(spec).filter(([name]) => name !== 'resources')) };
}

function refused(code: number, reason: string | undefined, message: string, source: RefusalSource): Refused {
  return { admitted: false, code, ...(reason === undefined ? {} : { reason }), message, source };
}

function forbiddenPod(pod: JsonObject, generated: boolean, message: string, source: RefusalSource): Refused {
  return refused(403, 'Forbidden', forbiddenMessage('pods', nameInMessages(pod, generated), message), source);
}

function applyOtherPlugins(
  pod: JsonObject,
  resources: PodResources,
  limits: NamespaceLimits,
): Refused | { readonly json: JsonObject; readonly resources: PodResources } {
  const { world, namespace } = limits;
  if (world === undefined) return { json: pod, resources };
  const refuse = (message: string) => forbiddenPod(pod, false, message, { by: 'another-plugin' });
  const account = serviceAccountFault(pod, namespace, world);
  if (account !== undefined) return refuse(account);
  const prioritised = applyPriority(pod, world);
  if ('fault' in prioritised) return refuse(prioritised.fault);
  const run = applyRuntimeClass(prioritised.pod, resources, world);
  return 'fault' in run ? refuse(run.fault) : { json: prioritised.pod, resources: run.resources };
}

/** The pod's own validation, as far as resources and quota scopes go. */
function validatePod(pod: JsonObject, resources: PodResources, minor: number): Refused | undefined {
  const spec = objectAt(pod['spec']);
  const faults = podResourceFaults(resources, minor, objectAt(spec['os'])['name'] === 'windows');
  const deadline = spec['activeDeadlineSeconds'];
  if (typeof deadline === 'number' && (deadline < 1 || deadline > 2_147_483_647)) {
    const path = { text: 'spec.activeDeadlineSeconds', field: [...rootPath('spec').field, 'activeDeadlineSeconds'] };
    faults.push(invalid(path, String(deadline), 'must be between 1 and 2147483647, inclusive'));
  }
  if (faults.length === 0) return undefined;
  return refused(422, 'Invalid', invalidObject('Pod', nameInMessages(pod, true), faults), { by: 'validation', faults });
}

function admitValidated(pod: JsonObject, resources: PodResources, limits: NamespaceLimits, minor: number): Refused | undefined {
  for (const limitRange of limits.limitRanges) {
    const violations = podLimitViolations(limitRange, resources);
    if (violations.length === 0) continue;
    const message = aggregateMessages(violations.map((violation) => violation.message));
    return forbiddenPod(pod, true, message, { by: 'limit-ranger', limitRange: limitRange.name, violations });
  }
  const overhead = limits.world === undefined ? undefined : overheadFault(pod, limits.world);
  if (overhead !== undefined) return forbiddenPod(pod, true, overhead, { by: 'another-plugin' });
  const request = {
    operation: 'CREATE' as const,
    groupResource: { group: '', resource: 'pods' },
    subresource: '',
    object: { json: pod, pod: resources },
  };
  const refusal = quotaRefusals(request, limits.quotas, limits.limitedResources, { gates: resourceGates(minor) })[0];
  if (refusal === undefined) return undefined;
  const source: RefusalSource = { by: 'resource-quota', refusal };
  return refusal.plain ? refused(500, undefined, refusal.message, source) : forbiddenPod(pod, true, refusal.message, source);
}
