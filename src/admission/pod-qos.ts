import { type Quantity, compareQuantities, quantitySign, zeroQuantity } from '../cluster/quantity.ts';
import { type PodResources, type Requirements, hasPodLevel } from './pod-resources.ts';
import type { ResourceGates } from './resource-gates.ts';

/** The quality-of-service class of a pod. */
export type PodQosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/**
 * Computes the class that the server writes into a new pod's status (K: pkg/apis/core/helper/qos). Pod-level resources
 * decide alone; before 1.37 even an empty `spec.resources` did.
 */
export function podQosClass(pod: PodResources, gates: ResourceGates): PodQosClass {
  if (pod.podLevel !== undefined && (!gates.podLevelDefaultsLate || hasPodLevel(pod))) return requirementsClass(pod.podLevel);
  const classes = new Set([...pod.initContainers, ...pod.containers].map(requirementsClass));
  if (classes.size > 1) return 'Burstable';
  return [...classes][0] ?? 'BestEffort';
}

function requirementsClass(requirements: Requirements): PodQosClass {
  const cpu = resourceClass(requirements.requests?.get('cpu'), requirements.limits?.get('cpu'));
  const memory = resourceClass(requirements.requests?.get('memory'), requirements.limits?.get('memory'));
  return cpu === memory ? cpu : 'Burstable';
}

function resourceClass(request: Quantity | undefined, limit: Quantity | undefined): PodQosClass {
  if (compareQuantities(request ?? zeroQuantity, limit ?? zeroQuantity) !== 0) return 'Burstable';
  return quantitySign(request ?? zeroQuantity) === 0 ? 'BestEffort' : 'Guaranteed';
}
