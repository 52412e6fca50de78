import { type JsonObject, listAt, objectAt, stringAt } from '../cluster/json.ts';
import { compareQuantities } from '../cluster/quantity.ts';
import {
  type ErrorPath,
  type FieldError,
  childPath,
  forbidden,
  indexPath,
  invalid,
  keyPath,
  printNamed,
  rootPath,
} from './field-errors.ts';
import { podQosClass } from './pod-qos.ts';
import { podResourceFaults } from './pod-resource-validation.ts';
import type { PodResources, Requirements } from './pod-resources.ts';
import { resourceGates } from './resource-gates.ts';
import { type ResourceList, noResources, sameResourceList } from './resource-list.ts';

/** A pod before and after a resize: as read, and as JSON where more than resources counts. */
export interface Resize {
  readonly pod: PodResources;
  readonly old: PodResources;
  readonly podJson: JsonObject;
  readonly oldJson: JsonObject;
  /** The class in the pod's status. */
  readonly qosClass: string;
}

/** From which minor init containers that are no sidecars may be resized (InPlacePodVerticalScalingInitContainers). */
const initContainersFrom = 36;
/** From which minor `spec.resources` may be resized (InPlacePodLevelResourcesVerticalScaling). */
const podLevelFrom = 36;
const spec = rootPath('spec');
const nowhere: ErrorPath = { text: '', field: ['spec'] };

/** Faults of a resize, as far as resources go (K: ValidatePodResize of 1.33 to 1.37). */
export function resizeFaults(resize: Resize, minor: number): FieldError[] {
  const { pod, old, oldJson } = resize;
  const annotations = objectAt(objectAt(oldJson['metadata'])['annotations']);
  if (annotations['kubernetes.io/config.mirror'] !== undefined) return [forbidden(nowhere, 'static pods cannot be resized')];
  const windows = objectAt(objectAt(oldJson['spec'])['os'])['name'] === 'windows';
  if (windows) return [forbidden(nowhere, 'windows pods cannot be resized')];
  const podLevel = hasPodLevelLists(pod) || hasPodLevelLists(old);
  if (podLevel && minor < 35) return [forbidden(nowhere, 'pods with pod-level resources cannot be resized')];
  const faults = podResourceFaults(pod, minor, false);
  if (resize.qosClass !== podQosClass(pod, resourceGates(minor))) {
    faults.push(invalid(spec, printNamed(resize.qosClass, minor), 'Pod QOS Class may not change as a result of resizing'));
  }
  if (!isSupportedByNode(oldJson)) faults.push(forbidden(spec, 'Pod running on node without support for resize'));
  if (podLevel && minor < podLevelFrom) {
    const gate = 'InPlacePodLevelResourcesVerticalScalingEnabled';
    faults.push(forbidden(nowhere, `resize of pods with pod-level resources is forbidden when ${gate} feature gate is disabled`));
    return faults;
  }
  if (podLevel) faults.push(...podLevelResizeFaults(pod, old));
  const order = orderFaults(pod, old);
  return [...faults, ...(order.length > 0 ? order : containerResizeFaults(resize, minor))];
}

function hasPodLevelLists(pod: PodResources): boolean {
  return (pod.podLevel?.requests?.size ?? 0) + (pod.podLevel?.limits?.size ?? 0) > 0;
}

function isSupportedByNode(pod: JsonObject): boolean {
  const running = listAt(objectAt(pod['status'])['containerStatuses'])
    .map(objectAt)
    .find((status) => objectAt(status['state'])['running'] !== undefined);
  return running === undefined || running['resources'] !== undefined;
}

function podLevelResizeFaults(pod: PodResources, old: PodResources): FieldError[] {
  const path = childPath(spec, 'resources');
  if (old.podLevel !== undefined && pod.podLevel === undefined) return [forbidden(path, 'pod-level resources cannot be removed')];
  const faults = (['requests', 'limits'] as const)
    .filter((kind) => isRemoved(pod.podLevel?.[kind], old.podLevel?.[kind]))
    .map((kind) => forbidden(childPath(path, kind), `pod-level resource ${kind} cannot be removed`));
  if (!sameOtherResources(pod.podLevel, old.podLevel)) {
    faults.push(forbidden(spec, 'only cpu and memory resources are mutable at pod-level'));
  }
  return faults;
}

function orderFaults(pod: PodResources, old: PodResources): FieldError[] {
  return (['containers', 'initContainers'] as const).flatMap((list) => {
    const path = childPath(spec, list);
    if (pod[list].length !== old[list].length) return [forbidden(path, `${list} may not be added or removed on resize`)];
    return old[list].flatMap((container, index) =>
      pod[list][index]?.name === container.name
        ? []
        : [forbidden(childPath(indexPath(path, index), 'name'), `${list} may not be renamed or reordered on resize`)],
    );
  });
}

function containerResizeFaults(resize: Resize, minor: number): FieldError[] {
  const { pod, old } = resize;
  const removed = (list: 'containers' | 'initContainers') =>
    old[list].flatMap((container, index) => {
      if (list === 'initContainers' && !container.sidecar && minor < initContainersFrom) return [];
      const path = childPath(indexPath(childPath(spec, list), index), 'resources');
      const now = pod[list][index] ?? {};
      return [...removalFaults(now, container, path), ...(minor < 34 ? memoryFaults(resize, list, index, path) : [])];
    });
  const other = old.containers.flatMap((container, index) =>
    sameOtherResources(pod.containers[index], container) ? [] : [forbidden(spec, 'only cpu and memory resources are mutable')],
  );
  return [...removed('initContainers'), ...removed('containers'), ...other, ...initContainerFaults(pod, old, minor)];
}

function initContainerFaults(pod: PodResources, old: PodResources, minor: number): FieldError[] {
  return old.initContainers.flatMap((container, index) => {
    const now = pod.initContainers[index];
    if (!container.sidecar && minor < initContainersFrom) {
      return sameRequirements(now, container) ? [] : [forbidden(spec, 'resources for non-sidecar init containers are immutable')];
    }
    if (sameOtherResources(now, container)) return [];
    if (minor < initContainersFrom) return [forbidden(spec, 'only cpu and memory resources for sidecar containers are mutable')];
    const path = indexPath(childPath(spec, 'initContainers'), index);
    return [forbidden(path, 'only cpu and memory resources for init or sidecar containers are mutable')];
  });
}

function removalFaults(now: Requirements, before: Requirements, path: ErrorPath): FieldError[] {
  return (['requests', 'limits'] as const)
    .filter((kind) => isRemoved(now[kind], before[kind]))
    .map((kind) => forbidden(childPath(path, kind), `resource ${kind} cannot be removed`));
}

/** In 1.33 memory limits could shrink only where the container restarts for it. */
function memoryFaults(resize: Resize, list: 'containers' | 'initContainers', index: number, path: ErrorPath): FieldError[] {
  const policies = listAt(objectAt(listAt(objectAt(resize.podJson['spec'])[list])[index])['resizePolicy']).map(objectAt);
  const policy = stringAt(policies.find((candidate) => candidate['resourceName'] === 'memory')?.['restartPolicy']) ?? '';
  const now = resize.pod[list][index]?.limits?.get('memory');
  const before = resize.old[list][index]?.limits?.get('memory');
  if (now === undefined || (policy !== '' && policy !== 'NotRequired')) return [];
  if (before !== undefined && compareQuantities(now, before) >= 0) return [];
  const verb = before === undefined ? 'added' : 'decreased';
  const at = keyPath(childPath(path, 'limits'), 'memory');
  return [forbidden(at, `memory limits cannot be ${verb} unless resizePolicy is RestartContainer`)];
}

function isRemoved(now: ResourceList | undefined, before: ResourceList | undefined): boolean {
  return [...(before?.keys() ?? [])].some((name) => now?.has(name) !== true);
}

function sameRequirements(a: Requirements | undefined, b: Requirements | undefined): boolean {
  return sameResourceList(a?.requests, b?.requests) && sameResourceList(a?.limits, b?.limits);
}

function sameOtherResources(a: Requirements | undefined, b: Requirements | undefined): boolean {
  const other = (list: ResourceList | undefined) =>
    new Map([...(list ?? noResources)].filter(([name]) => name !== 'cpu' && name !== 'memory'));
  return sameResourceList(other(a?.requests), other(b?.requests)) && sameResourceList(other(a?.limits), other(b?.limits));
}
