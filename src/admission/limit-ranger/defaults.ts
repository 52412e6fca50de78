import type { ContainerResources, PodResources } from '../pod-resources.ts';
import { type ResourceList, noResources } from '../resource-list.ts';
import type { LimitRange } from './limit-range.ts';

/** A pod after one or more LimitRanges filled in what it left out. */
export interface DefaultedPod {
  readonly pod: PodResources;
  /** Text of the annotation `kubernetes.io/limit-ranger`; the last LimitRange that set something writes it. */
  readonly annotation?: string;
}

/** Fills in requests and limits from the defaults of one LimitRange (K: limitranger PodMutateLimitFunc). */
export function applyDefaults(pod: PodResources, limitRange: LimitRange): DefaultedPod {
  const { defaultLimits: limits, defaultRequests: requests } = limitRange;
  if (limits.size === 0 && requests.size === 0) return { pod };
  const notes: string[] = [];
  const fill = (container: ContainerResources, what: string) => fillContainer(container, requests, limits, what, notes);
  const containers = pod.containers.map((container) => fill(container, 'container'));
  const initContainers = pod.initContainers.map((container) => fill(container, 'init container'));
  const filled = { ...pod, containers, initContainers };
  return notes.length === 0 ? { pod: filled } : { pod: filled, annotation: `LimitRanger plugin set: ${notes.join('; ')}` };
}

function fillContainer(
  container: ContainerResources,
  requests: ResourceList,
  limits: ResourceList,
  what: string,
  notes: string[],
): ContainerResources {
  const setRequests = missing(container.requests, requests);
  const setLimits = missing(container.limits, limits);
  if (setRequests.length > 0) notes.push(`${setRequests.join(', ')} request for ${what} ${container.name}`);
  if (setLimits.length > 0) notes.push(`${setLimits.join(', ')} limit for ${what} ${container.name}`);
  if (setRequests.length === 0 && setLimits.length === 0) return container;
  return {
    ...container,
    requests: new Map([...requests, ...(container.requests ?? noResources)]),
    limits: new Map([...limits, ...(container.limits ?? noResources)]),
  };
}

function missing(present: ResourceList | undefined, defaults: ResourceList): string[] {
  return [...defaults.keys()].filter((name) => present?.has(name) !== true).sort();
}
