import { type Json, type JsonObject, isObject, listAt, objectAt, stringAt } from '../cluster/json.ts';
import { type Quantity, isQuantityError, quantityFromJson } from '../cluster/quantity.ts';
import type { ResourceGates } from './resource-gates.ts';
import {
  type ResourceList,
  maxResources,
  noResources,
  overrideResources,
  readResourceList,
  resourceListError,
  sumResources,
} from './resource-list.ts';
import { isHugePages, isOvercommitAllowed, isPodLevelResource } from './resource-names.ts';

/** Requests and limits as they stand; an absent list is `undefined`. */
export interface Requirements {
  readonly requests?: ResourceList;
  readonly limits?: ResourceList;
}

/** What admission reads of a container. */
export interface ContainerResources extends Requirements {
  readonly name: string;
  /** An init container that keeps running (`restartPolicy: Always`). */
  readonly sidecar: boolean;
}

/** What admission reads of a container's status. */
interface ContainerStatus {
  readonly name: string;
  readonly allocated?: ResourceList;
  readonly actual?: Requirements;
}

/** What LimitRanger and ResourceQuota read of a pod. */
export interface PodResources {
  readonly containers: readonly ContainerResources[];
  readonly initContainers: readonly ContainerResources[];
  /** `spec.resources`, where the version knows it. */
  readonly podLevel?: Requirements & { readonly claims: boolean };
  readonly overhead?: ResourceList;
  readonly statuses: readonly ContainerStatus[];
  readonly resizeInfeasible: boolean;
}

/** Returns the server's word on the first malformed quantity of a pod (HTTP 400), in the order of its fields. */
export function podQuantityError(value: Json | undefined): string | undefined {
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) {
      const error = podQuantityError(item);
      if (error !== undefined) return error;
    }
    return undefined;
  }
  if (!isObject(value)) return undefined;
  for (const [name, member] of Object.entries(value)) {
    const error = memberError(name, member);
    if (error !== undefined) return error;
  }
  return undefined;
}

const textMaps = new Set(['labels', 'annotations', 'nodeSelector', 'matchLabels']);

function memberError(name: string, member: Json | undefined): string | undefined {
  if (textMaps.has(name)) return undefined;
  if (name === 'requests' || name === 'limits' || name === 'overhead') return resourceListError(member);
  if ((name === 'sizeLimit' || name === 'divisor') && member !== undefined) {
    const quantity = quantityFromJson(member);
    return isQuantityError(quantity) ? quantity.error : undefined;
  }
  return podQuantityError(member);
}

/** Reads the resources of a pod. Limits without request become the request where `create` asks for the defaults of a new pod (K: SetDefaults_Pod). */
export function readPodResources(pod: JsonObject, gates: ResourceGates, defaults: boolean): PodResources {
  const spec = objectAt(pod['spec']);
  const status = objectAt(pod['status']);
  const podLevel = gates.podLevelResources && isObject(spec['resources']) ? spec['resources'] : undefined;
  const overhead = readResourceList(spec['overhead']);
  const read: PodResources = {
    containers: listAt(spec['containers']).map((container) => readContainer(container, gates, defaults)),
    initContainers: listAt(spec['initContainers']).map((container) => readContainer(container, gates, defaults)),
    ...(podLevel === undefined
      ? {}
      : { podLevel: { ...readRequirements(podLevel), claims: isObjectOrList(podLevel['claims']) } }),
    ...(overhead === undefined ? {} : { overhead }),
    statuses: [...listAt(status['containerStatuses']), ...listAt(status['initContainerStatuses'])].map(readStatus),
    resizeInfeasible: isResizeInfeasible(status),
  };
  return defaults && !gates.podLevelDefaultsLate ? defaultPodLevel(read, false) : read;
}

function isObjectOrList(value: Json | undefined): boolean {
  return isObject(value) || Array.isArray(value);
}

function readRequirements(value: Json | undefined): Requirements {
  const resources = objectAt(value);
  const requests = readResourceList(resources['requests']);
  const limits = readResourceList(resources['limits']);
  return { ...(requests === undefined ? {} : { requests }), ...(limits === undefined ? {} : { limits }) };
}

function readContainer(value: Json, gates: ResourceGates, defaults: boolean): ContainerResources {
  const container = objectAt(value);
  const { requests, limits } = readRequirements(container['resources']);
  const filled = defaults && limits !== undefined ? new Map([...limits, ...(requests ?? noResources)]) : requests;
  return {
    name: stringAt(container['name']) ?? '',
    sidecar: gates.sidecars && container['restartPolicy'] === 'Always',
    ...(filled === undefined ? {} : { requests: filled }),
    ...(limits === undefined ? {} : { limits }),
  };
}

function readStatus(value: Json): ContainerStatus {
  const status = objectAt(value);
  const allocated = readResourceList(status['allocatedResources']);
  return {
    name: stringAt(status['name']) ?? '',
    ...(allocated === undefined ? {} : { allocated }),
    ...(isObject(status['resources']) ? { actual: readRequirements(status['resources']) } : {}),
  };
}

function isResizeInfeasible(status: JsonObject): boolean {
  const pending = listAt(status['conditions']).find((condition) => objectAt(condition)['type'] === 'PodResizePending');
  return objectAt(pending)['reason'] === 'Infeasible';
}

/** Sums containers as the scheduler does: the greater of all that run together and each step of initialisation (K: component-helpers/resource). */
export function aggregateContainers(
  pod: PodResources,
  pick: (container: ContainerResources) => ResourceList | undefined,
): ResourceList {
  let together = sumResources(...pod.containers.map(pick));
  let sidecars: ResourceList = noResources;
  let initial: ResourceList = noResources;
  for (const container of pod.initContainers) {
    const wanted = pick(container);
    if (container.sidecar) {
      together = sumResources(together, wanted);
      sidecars = sumResources(sidecars, wanted);
      initial = maxResources(initial, sidecars);
    } else {
      initial = maxResources(initial, sumResources(wanted, sidecars));
    }
  }
  return maxResources(together, initial);
}

/** Fills in `spec.resources` of a pod that sets part of it (K: defaultPodRequests up to 1.36; `late`: DefaultPodLevelResources of 1.37). */
export function defaultPodLevel(pod: PodResources, late: boolean): PodResources {
  const level = pod.podLevel;
  if (level === undefined || (sizeOf(level.requests) === 0 && sizeOf(level.limits) === 0)) return pod;
  let limits = defaultHugePageLimits(pod, level);
  let requests = level.requests;
  if (late || sizeOf(limits) > 0) requests = defaultPodLevelRequests(pod, requests, limits);
  if (late) limits = defaultPodLevelLimits(pod, requests, limits);
  return {
    ...pod,
    podLevel: {
      claims: level.claims,
      ...(requests === undefined || (requests.size === 0 && level.requests === undefined) ? {} : { requests }),
      ...(limits === undefined || (limits.size === 0 && level.limits === undefined) ? {} : { limits }),
    },
  };
}

function sizeOf(list: ResourceList | undefined): number {
  return list?.size ?? 0;
}

function defaultHugePageLimits(pod: PodResources, level: Requirements): ResourceList | undefined {
  const limits = new Map(level.limits);
  for (const [name, quantity] of aggregateContainers(pod, (container) => container.limits)) {
    if (isHugePages(name) && level.requests?.has(name) !== true && !limits.has(name)) limits.set(name, quantity);
  }
  return limits.size === 0 ? level.limits : limits;
}

function defaultPodLevelRequests(
  pod: PodResources,
  present: ResourceList | undefined,
  limits: ResourceList | undefined,
): ResourceList {
  const requests = new Map(present);
  for (const [name, quantity] of aggregateContainers(pod, (container) => container.requests)) {
    if (!requests.has(name) && isPodLevelResource(name) && isOvercommitAllowed(name)) requests.set(name, quantity);
  }
  for (const [name, quantity] of limits ?? noResources) {
    if (!requests.has(name) && isPodLevelResource(name)) requests.set(name, quantity);
  }
  return requests;
}

function defaultPodLevelLimits(
  pod: PodResources,
  requests: ResourceList | undefined,
  present: ResourceList | undefined,
): ResourceList | undefined {
  const everyContainer = [...pod.containers, ...pod.initContainers];
  const limits = new Map(present);
  const aggregate = aggregateContainers(pod, (container) => container.limits);
  for (const [name, request] of requests ?? noResources) {
    const limit = aggregate.get(name);
    if (limits.has(name) || !isPodLevelResource(name) || limit === undefined) continue;
    if (!everyContainer.every((container) => container.limits?.has(name) === true)) continue;
    limits.set(name, maxResources(new Map([[name, limit]]), new Map([[name, request]])).get(name) as Quantity);
  }
  return limits.size === 0 ? present : limits;
}

/** Whether `spec.resources` names a resource that a pod may have as a whole. */
export function hasPodLevel(pod: PodResources): boolean {
  const names = [...(pod.podLevel?.requests?.keys() ?? []), ...(pod.podLevel?.limits?.keys() ?? [])];
  return names.some(isPodLevelResource);
}

/** The requests of a pod as LimitRanger counts them: without overhead, pod-level cpu and memory in place of the sum. */
export function limitRangerRequests(pod: PodResources): ResourceList {
  const sum = aggregateContainers(pod, (container) => container.requests);
  return overrideResources(sum, pod.podLevel?.requests, (name) => name === 'cpu' || name === 'memory');
}

/** The limits of a pod as LimitRanger counts them. */
export function limitRangerLimits(pod: PodResources): ResourceList {
  const sum = aggregateContainers(pod, (container) => container.limits);
  return overrideResources(sum, pod.podLevel?.limits, (name) => name === 'cpu' || name === 'memory');
}

/** The requests of a pod as quota counts them: with overhead, and with what the status says was allocated (K: component-helpers PodRequests). */
export function quotaRequests(pod: PodResources, gates: ResourceGates): ResourceList {
  let requests = aggregateContainers(pod, (container) => container.requests);
  if (gates.statusResources && pod.statuses.length > 0) {
    const statusOf = (container: ContainerResources) => pod.statuses.find((status) => status.name === container.name);
    const spec = (container: ContainerResources) => (pod.resizeInfeasible ? undefined : container.requests);
    const allocated = aggregateContainers(pod, (container) => statusOf(container)?.allocated ?? spec(container));
    const actual = aggregateContainers(pod, (container) => {
      const status = statusOf(container);
      return status?.actual?.requests ?? status?.allocated ?? spec(container);
    });
    requests = pod.resizeInfeasible ? maxResources(actual, allocated) : maxResources(requests, actual, allocated);
  }
  if (hasPodLevel(pod)) requests = overrideResources(requests, pod.podLevel?.requests, isPodLevelResource);
  return sumResources(requests, pod.overhead);
}

/** The limits of a pod as quota counts them: overhead is added to limits that are not zero. */
export function quotaLimits(pod: PodResources, gates: ResourceGates): ResourceList {
  let limits = aggregateContainers(pod, (container) => container.limits);
  if (gates.statusResources && pod.statuses.length > 0) {
    const actual = aggregateContainers(pod, (container) => {
      const status = pod.statuses.find((candidate) => candidate.name === container.name);
      return status?.actual?.limits ?? (pod.resizeInfeasible ? undefined : container.limits);
    });
    limits = pod.resizeInfeasible ? actual : maxResources(limits, actual);
  }
  if (hasPodLevel(pod)) limits = overrideResources(limits, pod.podLevel?.limits, isPodLevelResource);
  const overhead = new Map([...(pod.overhead ?? noResources)].filter(([name]) => isLimited(limits.get(name))));
  return sumResources(limits, overhead);
}

function isLimited(limit: Quantity | undefined): boolean {
  return limit !== undefined && (limit.amount.kind === 'int64' ? limit.amount.value : limit.amount.unscaled) !== 0n;
}
