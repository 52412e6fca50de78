import {
  claimFaults,
  claimQuantityError,
  claimRequests,
  claimResizeFault,
  claimShrinkFaults,
  defaultStorageClass,
} from '../admission/claim-admission.ts';
import { aggregateMessages, invalidObject } from '../admission/field-errors.ts';
import { claimLimitViolations } from '../admission/limit-ranger/constraints.ts';
import { readLimitRange } from '../admission/limit-ranger/limit-range.ts';
import {
  type NamespaceLimits,
  type PodAnswer,
  answerPodCreation,
  forbiddenMessage,
  nameInMessages,
  unreadable,
} from '../admission/pod-creation.ts';
import { answerPodUpdate } from '../admission/pod-update.ts';
import { resourceGates } from '../admission/resource-gates.ts';
import { readResourceList, resourceListToJson } from '../admission/resource-list.ts';
import { type ResourcePath, parseResourcePath } from '../admission/resource-path.ts';
import { type QuotaRefusal, quotaRefusals } from '../admission/resource-quota/check.ts';
import { limitedResourcesOf } from '../admission/resource-quota/configuration.ts';
import { formatGroupResource } from '../admission/resource-quota/evaluator.ts';
import { readResourceQuota } from '../admission/resource-quota/quota.ts';
import { type JsonObject, isObject, listAt, objectAt, stringAt } from '../cluster/json.ts';
import type { EvalAnswer, EvalEngine } from './engine.ts';

interface LimitsRequest {
  readonly operation: 'CREATE' | 'UPDATE';
  readonly path: ResourcePath;
  readonly object: JsonObject;
  readonly oldObject?: JsonObject;
  readonly limits: NamespaceLimits;
  readonly minor: number;
}

/** Engine `limits`: what LimitRanger and ResourceQuota do to a request (shapes: docs/limits.md). */
export const answer: EvalEngine = (input, minor) => {
  const operation = input['operation'];
  const path = parseResourcePath(stringAt(input['path']) ?? '');
  const object = input['object'];
  if (path === undefined) return { error: { message: 'is no path of the API', path: 'input.path' } };
  if (operation === 'DELETE') return { result: { allowed: true } };
  if (operation !== 'CREATE' && operation !== 'UPDATE') {
    return { error: { message: 'must be CREATE, UPDATE or DELETE', path: 'input.operation' } };
  }
  if (!isObject(object)) return { error: { message: 'must be an object', path: 'input.object' } };
  const oldObject = isObject(input['oldObject']) ? input['oldObject'] : undefined;
  if (operation === 'UPDATE' && oldObject === undefined) {
    return { unknown: 'an update is charged by what the object used before: input.oldObject is missing' };
  }
  const limits = readLimits(input, path);
  const request = { operation, path, object, ...(oldObject === undefined ? {} : { oldObject }), limits, minor } as const;
  return answerRequest(request);
};

function readLimits(input: JsonObject, path: ResourcePath): NamespaceLimits {
  const setup = objectAt(input['setup']);
  const world = input['world'];
  const configuration = stringAt(input['configuration']);
  return {
    namespace: stringAt(input['namespace']) ?? path.namespace,
    limitRanges: listAt(setup['limitRanges']).filter(isObject).map(readLimitRange),
    quotas: listAt(setup['resourceQuotas']).filter(isObject).map(readResourceQuota),
    limitedResources: configuration === undefined ? [] : limitedResourcesOf(configuration),
    ...(isObject(world) ? { world: { objects: listAt(world['items']).filter(isObject) } } : {}),
  };
}

function answerRequest(request: LimitsRequest): EvalAnswer {
  const { path, operation } = request;
  const kind = formatGroupResource(path);
  if (path.namespace === '') return { result: { allowed: true } };
  if (kind === 'pods' && path.subresource === '' && operation === 'CREATE') {
    return { result: podResult(answerPodCreation(request.object, request.limits, request.minor)) };
  }
  if (kind === 'pods' && operation === 'UPDATE' && request.oldObject !== undefined) {
    const update = { pod: request.object, old: request.oldObject, subresource: path.subresource };
    return { result: podResult(answerPodUpdate(update, request.limits, request.minor)) };
  }
  if (kind === 'persistentvolumeclaims') return { result: answerClaim(request) };
  return { result: refusalResult(request, quotaOf(request, request.object)) ?? { allowed: true } };
}

function podResult(answered: PodAnswer): JsonObject {
  if (!answered.admitted) {
    const { code, reason, message } = answered;
    return { allowed: false, code, ...(reason === undefined ? {} : { reason }), message };
  }
  const { pod } = answered;
  const requirements = (item: {
    readonly limits?: ReturnType<typeof readResourceList>;
    readonly requests?: ReturnType<typeof readResourceList>;
  }) => withoutAbsent({ limits: resourceListToJson(item.limits), requests: resourceListToJson(item.requests) });
  return {
    allowed: true,
    resources: withoutAbsent({
      annotation: answered.annotation,
      containers: pod.containers.map(requirements),
      initContainers: pod.initContainers.length === 0 ? undefined : pod.initContainers.map(requirements),
      pod: pod.podLevel === undefined ? undefined : requirements(pod.podLevel),
      overhead: resourceListToJson(pod.overhead),
      qosClass: answered.qosClass,
    }),
  };
}

function withoutAbsent(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

function quotaOf(request: LimitsRequest, object: JsonObject): QuotaRefusal | undefined {
  const { path, operation, oldObject, limits, minor } = request;
  const quotaRequest = {
    operation,
    groupResource: { group: path.group, resource: path.resource },
    subresource: path.subresource,
    object: { json: object },
    ...(oldObject === undefined ? {} : { oldObject: { json: oldObject } }),
  };
  return quotaRefusals(quotaRequest, limits.quotas, limits.limitedResources, { gates: resourceGates(minor) })[0];
}

function refusalResult(request: LimitsRequest, refusal: QuotaRefusal | undefined): JsonObject | undefined {
  if (refusal === undefined) return undefined;
  if (refusal.plain) return { allowed: false, code: 500, message: refusal.message };
  return forbiddenResult(request, refusal.message);
}

function forbiddenResult(request: LimitsRequest, message: string): JsonObject {
  const name = request.path.name === '' ? nameInMessages(request.object, true) : request.path.name;
  const resource = formatGroupResource(request.path);
  return { allowed: false, code: 403, reason: 'Forbidden', message: forbiddenMessage(resource, name, message) };
}

function answerClaim(request: LimitsRequest): JsonObject {
  const error = claimQuantityError(request.object);
  const kind = 'PersistentVolumeClaim';
  if (error !== undefined) return { allowed: false, code: 400, reason: 'BadRequest', message: unreadable(kind, 'v1', error) };
  const { world } = request.limits;
  const claim = world === undefined ? request.object : defaultStorageClass(request.object, world);
  if (request.path.subresource === '') {
    const { oldObject, minor } = request;
    const shrinking = oldObject === undefined ? [] : claimShrinkFaults(claim, oldObject, resourceGates(minor));
    const faults = [...claimFaults(claim), ...shrinking];
    if (faults.length > 0) {
      const message = invalidObject(kind, nameInMessages(claim, true), faults);
      return { allowed: false, code: 422, reason: 'Invalid', message };
    }
    const forbidden = claimForbidden(request, claim);
    if (forbidden !== undefined) return forbiddenResult(request, forbidden);
  }
  const refusal = refusalResult(request, quotaOf(request, claim));
  if (refusal !== undefined) return refusal;
  const resources = objectAt(objectAt(claim['spec'])['resources']);
  const read = (name: string) => resourceListToJson(readResourceList(resources[name]));
  return { allowed: true, resources: { claim: withoutAbsent({ limits: read('limits'), requests: read('requests') }) } };
}

function claimForbidden(request: LimitsRequest, claim: JsonObject): string | undefined {
  for (const limitRange of request.limits.limitRanges) {
    const violations = claimLimitViolations(limitRange, claimRequests(claim));
    if (violations.length > 0) return aggregateMessages(violations.map((violation) => violation.message));
  }
  const { world } = request.limits;
  if (request.oldObject === undefined || world === undefined) return undefined;
  return claimResizeFault(claim, request.oldObject, world);
}
