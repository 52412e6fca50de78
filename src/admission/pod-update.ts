import { type JsonObject, objectAt, stringAt } from '../cluster/json.ts';
import { type FieldError, aggregateMessages, forbidden, invalidObject, rootPath } from './field-errors.ts';
import { podLimitViolations } from './limit-ranger/constraints.ts';
import { applyDefaults } from './limit-ranger/defaults.ts';
import { type NamespaceLimits, type PodAnswer, forbiddenMessage, nameInMessages, unreadable } from './pod-creation.ts';
import { type PodQosClass, podQosClass } from './pod-qos.ts';
import { resizeFaults } from './pod-resize.ts';
import { type PodResources, type Requirements, defaultPodLevel, podQuantityError, readPodResources } from './pod-resources.ts';
import { type ResourceGates, resourceGates } from './resource-gates.ts';
import { sameResourceList } from './resource-list.ts';
import { quotaRefusals } from './resource-quota/check.ts';

/** An update of a pod, or of its subresource, as the object it results in. */
export interface PodUpdate {
  readonly pod: JsonObject;
  readonly old: JsonObject;
  readonly subresource: string;
}

const immutable =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/**
 * Decides an update of a pod. LimitRanger looks at `resize` alone (from 1.32), quota at `resize` and, from 1.33, at a change
 * of `activeDeadlineSeconds` that moves the pod between the scopes Terminating and NotTerminating.
 */
export function answerPodUpdate(update: PodUpdate, limits: NamespaceLimits, minor: number): PodAnswer {
  const gates = resourceGates(minor);
  const error = podQuantityError(objectAt(update.pod['spec']));
  if (error !== undefined) {
    return {
      admitted: false,
      code: 400,
      reason: 'BadRequest',
      message: unreadable('Pod', 'v1', error),
      source: { by: 'decoding' },
    };
  }
  if (update.subresource === 'resize') return answerResize(update, limits, minor);
  const pod = readPodResources(update.pod, gates, true);
  const old = readPodResources(update.old, gates, true);
  const qosClass = qosOf(update.old, old, gates);
  const admitted: PodAnswer = { admitted: true, pod, qosClass, ...annotationOf(update.pod) };
  if (update.subresource !== '') return admitted;
  if (!sameContainers(pod, old)) return invalidPod(update, [forbidden(rootPath('spec'), immutable)]);
  return quotaAnswer(update, pod, old, limits, minor) ?? admitted;
}

function annotationOf(pod: JsonObject): { readonly annotation?: string } {
  const annotation = stringAt(objectAt(objectAt(pod['metadata'])['annotations'])['kubernetes.io/limit-ranger']);
  return annotation === undefined ? {} : { annotation };
}

function qosOf(json: JsonObject, pod: PodResources, gates: ResourceGates): PodQosClass {
  const known = stringAt(objectAt(json['status'])['qosClass']);
  return known === 'Guaranteed' || known === 'Burstable' || known === 'BestEffort' ? known : podQosClass(pod, gates);
}

function invalidPod(update: PodUpdate, faults: readonly FieldError[]): PodAnswer {
  const message = invalidObject('Pod', nameInMessages(update.pod, true), faults);
  return { admitted: false, code: 422, reason: 'Invalid', message, source: { by: 'validation', faults } };
}

function sameRequirements(a: Requirements | undefined, b: Requirements | undefined): boolean {
  return sameResourceList(a?.requests, b?.requests) && sameResourceList(a?.limits, b?.limits);
}

function sameContainers(pod: PodResources, old: PodResources): boolean {
  return (['containers', 'initContainers'] as const).every(
    (list) =>
      pod[list].length === old[list].length &&
      pod[list].every(
        (container, index) => container.name === old[list][index]?.name && sameRequirements(container, old[list][index]),
      ),
  );
}

function quotaAnswer(
  update: PodUpdate,
  pod: PodResources,
  old: PodResources,
  limits: NamespaceLimits,
  minor: number,
): PodAnswer | undefined {
  const request = {
    operation: 'UPDATE' as const,
    groupResource: { group: '', resource: 'pods' },
    subresource: update.subresource,
    object: { json: { ...update.pod, status: update.old['status'] }, pod },
    oldObject: { json: update.old, pod: old },
  };
  const refusal = quotaRefusals(request, limits.quotas, limits.limitedResources, { gates: resourceGates(minor) })[0];
  if (refusal === undefined) return undefined;
  const source = { by: 'resource-quota' as const, refusal };
  if (refusal.plain) return { admitted: false, code: 500, message: refusal.message, source };
  const message = forbiddenMessage('pods', nameInMessages(update.pod, true), refusal.message);
  return { admitted: false, code: 403, reason: 'Forbidden', message, source };
}

function answerResize(update: PodUpdate, limits: NamespaceLimits, minor: number): PodAnswer {
  const gates = resourceGates(minor);
  if (!gates.statusResources) {
    const message = 'the server could not find the requested resource';
    return { admitted: false, code: 404, reason: 'NotFound', message, source: { by: 'another-plugin' } };
  }
  const old = readPodResources(update.old, gates, false);
  let pod: PodResources = {
    ...readPodResources(update.pod, gates, true),
    statuses: old.statuses,
    resizeInfeasible: old.resizeInfeasible,
  };
  for (const limitRange of limits.limitRanges) pod = applyDefaults(pod, limitRange).pod;
  if (gates.podLevelDefaultsLate) pod = defaultPodLevel(pod, true);
  const before = qosOf(update.old, old, gates);
  const faults = resizeFaults({ pod, old, podJson: update.pod, oldJson: update.old, qosClass: before }, minor);
  if (faults.length > 0) return invalidPod(update, faults);
  for (const limitRange of limits.limitRanges) {
    const violations = podLimitViolations(limitRange, pod);
    if (violations.length === 0) continue;
    const text = aggregateMessages(violations.map((violation) => violation.message));
    const message = forbiddenMessage('pods', nameInMessages(update.pod, true), text);
    const source = { by: 'limit-ranger' as const, limitRange: limitRange.name, violations };
    return { admitted: false, code: 403, reason: 'Forbidden', message, source };
  }
  return quotaAnswer(update, pod, old, limits, minor) ?? { admitted: true, pod, qosClass: before, ...annotationOf(update.old) };
}
