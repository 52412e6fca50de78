import { type JsonObject, listAt, objectAt, stringAt } from '../../cluster/json.ts';
import {
  type Quantity,
  addQuantities,
  compareQuantities,
  roundQuantityUp,
  wholeQuantity,
  zeroQuantity,
} from '../../cluster/quantity.ts';
import type { ResourceGates } from '../resource-gates.ts';
import { type ResourceList, readResourceList } from '../resource-list.ts';
import type { MeasureContext, QuotaEvaluator, QuotaRequest } from './evaluator.ts';
import { type ScopeRequirement, meetsRequirement } from './quota.ts';

const classInfix = '.storageclass.storage.k8s.io/';
const devicesSuffix = '.deviceclass.resource.k8s.io/devices';
/** Devices that a request for "all" is charged with, the most a claim can have (K: AllocationResultsMaxSize). */
const allDevices = 32;

/** The evaluator of PersistentVolumeClaims (K: pkg/quota/v1/evaluator/core/persistent_volume_claims.go). */
export function volumeClaimEvaluator({ gates }: MeasureContext): QuotaEvaluator {
  return {
    handles: (request) => handlesClaim(request, gates),
    matchesResource: matchesClaimResource,
    matchesScope: (requirement, claim) => gates.volumeAttributesClass && claimMatchesScope(requirement, claim.json),
    limitsScopes: gates.volumeAttributesClass,
    missing: () => undefined,
    usage: (claim) => claimUsage(claim.json, gates),
  };
}

function handlesClaim(request: QuotaRequest, gates: ResourceGates): boolean {
  if (request.subresource === '') return true;
  if (request.subresource !== 'status' || request.oldObject === undefined || !gates.resizeSubresource) return false;
  // The server compares addresses of freshly built quantities here: with the gate on, every status update counts.
  return gates.allocatedStorage;
}

function matchesClaimResource(name: string): boolean {
  return (
    ['count/persistentvolumeclaims', 'persistentvolumeclaims', 'requests.storage'].includes(name) ||
    name.endsWith(`${classInfix}persistentvolumeclaims`) ||
    name.endsWith(`${classInfix}requests.storage`)
  );
}

/** The storage class a claim names: the old annotation first. */
export function storageClassOf(claim: JsonObject): string {
  const annotation = stringAt(objectAt(objectAt(claim['metadata'])['annotations'])['volume.beta.kubernetes.io/storage-class']);
  return annotation ?? stringAt(objectAt(claim['spec'])['storageClassName']) ?? '';
}

function claimUsage(claim: JsonObject, gates: ResourceGates): ResourceList {
  const one = wholeQuantity(1);
  const usage = new Map<string, Quantity>([
    ['persistentvolumeclaims', one],
    ['count/persistentvolumeclaims', one],
  ]);
  const storageClass = storageClassOf(claim);
  if (storageClass !== '') usage.set(`${storageClass}${classInfix}persistentvolumeclaims`, one);
  const storage = requestedStorage(claim, gates);
  if (storage === undefined) return usage;
  usage.set('requests.storage', storage);
  if (storageClass !== '') usage.set(`${storageClass}${classInfix}requests.storage`, storage);
  return usage;
}

function requestedStorage(claim: JsonObject, gates: ResourceGates): Quantity | undefined {
  const asked = readResourceList(objectAt(objectAt(claim['spec'])['resources'])['requests'])?.get('storage');
  if (asked === undefined) return undefined;
  const allocated = gates.allocatedStorage
    ? readResourceList(objectAt(claim['status'])['allocatedResources'])?.get('storage')
    : undefined;
  return roundQuantityUp(allocated !== undefined && compareQuantities(allocated, asked) > 0 ? allocated : asked, 0);
}

function claimMatchesScope(requirement: ScopeRequirement, claim: JsonObject): boolean {
  if (requirement.scopeName !== 'VolumeAttributesClass') return false;
  const status = objectAt(claim['status']);
  const names = [
    stringAt(objectAt(claim['spec'])['volumeAttributesClassName']),
    stringAt(status['currentVolumeAttributesClassName']),
    stringAt(objectAt(status['modifyVolumeStatus'])['targetVolumeAttributesClassName']),
  ].filter((name) => name !== undefined && name !== '');
  if (names.length === 0) return requirement.operator !== 'Exists' && meetsRequirement(requirement, undefined);
  return names.some((name) => meetsRequirement(requirement, name));
}

/** The evaluator of ResourceClaims (K: pkg/quota/v1/evaluator/core/resource_claims.go): devices by class. */
export function deviceClaimEvaluator(): QuotaEvaluator {
  return {
    handles: (request) => request.subresource === '',
    matchesResource: (name) => name === 'count/resourceclaims.resource.k8s.io' || name.endsWith(devicesSuffix),
    matchesScope: () => false,
    limitsScopes: false,
    missing: () => undefined,
    usage: (claim) => deviceUsage(claim.json),
  };
}

function deviceUsage(claim: JsonObject): ResourceList {
  const usage = new Map<string, Quantity>([['count/resourceclaims.resource.k8s.io', wholeQuantity(1)]]);
  for (const value of listAt(objectAt(objectAt(claim['spec'])['devices'])['requests'])) {
    const request = objectAt(value);
    const alternatives = listAt(request['firstAvailable']).map(objectAt);
    // v1beta1 writes the request's fields flat, later versions under `exactly`.
    const asked = alternatives.length > 0 ? alternatives : [objectAt(request['exactly'] ?? value)];
    for (const [name, count] of worstByClass(asked)) {
      usage.set(name, addQuantities(usage.get(name) ?? zeroQuantity, wholeQuantity(count)));
    }
  }
  return usage;
}

function worstByClass(requests: readonly JsonObject[]): ReadonlyMap<string, number> {
  const worst = new Map<string, number>();
  for (const request of requests) {
    const name = `${stringAt(request['deviceClassName']) ?? ''}${devicesSuffix}`;
    const count = request['count'];
    const devices = request['allocationMode'] === 'All' ? allDevices : typeof count === 'number' ? count : 1;
    worst.set(name, Math.max(worst.get(name) ?? 0, devices));
  }
  return worst;
}
