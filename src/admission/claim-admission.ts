import { goQuote } from '../cluster/go-quote.ts';
import { type JsonObject, isObject, objectAt, stringAt, stringsAt } from '../cluster/json.ts';
import { type Quantity, compareQuantities, formatQuantity, quantitySign, zeroQuantity } from '../cluster/quantity.ts';
import { type FieldError, childPath, forbidden, invalid, keyPath, required, rootPath, unsupported } from './field-errors.ts';
import { type AdmissionWorld, worldObject, worldObjects } from './pod-world.ts';
import type { ResourceGates } from './resource-gates.ts';
import { type ResourceList, noResources, readResourceList, resourceListError } from './resource-list.ts';
import { storageClassOf } from './resource-quota/claims.ts';

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

/** The requests of a PersistentVolumeClaim. */
export function claimRequests(claim: JsonObject): ResourceList {
  return readResourceList(objectAt(objectAt(claim['spec'])['resources'])['requests']) ?? noResources;
}

/** The first malformed quantity of a claim, in the server's words. */
export function claimQuantityError(claim: JsonObject): string | undefined {
  const resources = objectAt(objectAt(claim['spec'])['resources']);
  for (const name of Object.keys(resources)) {
    const error = name === 'limits' || name === 'requests' ? resourceListError(resources[name]) : undefined;
    if (error !== undefined) return error;
  }
  return undefined;
}

/** Gives a claim that names no storage class the cluster's default one (K: plugin/pkg/admission/storage/storageclass/setdefault). */
export function defaultStorageClass(claim: JsonObject, world: AdmissionWorld): JsonObject {
  const annotations = objectAt(objectAt(claim['metadata'])['annotations']);
  const spec = objectAt(claim['spec']);
  if (annotations['volume.beta.kubernetes.io/storage-class'] !== undefined || typeof spec['storageClassName'] === 'string')
    return claim;
  const defaults = worldObjects(world, 'StorageClass')
    .map((object) => objectAt(object['metadata']))
    .filter((metadata) => {
      const marks = objectAt(metadata['annotations']);
      return ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'].some(
        (name) => marks[name] === 'true',
      );
    })
    .map((metadata) => ({ name: stringAt(metadata['name']) ?? '', created: stringAt(metadata['creationTimestamp']) ?? '' }))
    .sort((a, b) => (a.created !== b.created ? (a.created > b.created ? -1 : 1) : a.name < b.name ? -1 : 1));
  const chosen = defaults[0];
  return chosen === undefined ? claim : { ...claim, spec: { ...spec, storageClassName: chosen.name } };
}

/** Faults of a new claim, as far as access modes and storage go (K: ValidatePersistentVolumeClaimSpec). */
export function claimFaults(claim: JsonObject): FieldError[] {
  const path = rootPath('spec');
  const spec = objectAt(claim['spec']);
  const errors: FieldError[] = [];
  const modes = stringsAt(spec['accessModes']);
  const modesPath = childPath(path, 'accessModes');
  if (modes.length === 0) errors.push(required(modesPath, 'at least 1 access mode is required'));
  for (const mode of modes) {
    if (!accessModes.includes(mode)) errors.push(unsupported(modesPath, goQuote(mode), accessModes));
  }
  if (modes.includes('ReadWriteOncePod') && modes.some((mode) => mode !== 'ReadWriteOncePod' && accessModes.includes(mode))) {
    errors.push(forbidden(modesPath, 'may not use ReadWriteOncePod with other access modes'));
  }
  const storage = claimRequests(claim).get('storage');
  const storagePath = keyPath(childPath(path, 'resources'), 'storage');
  if (storage === undefined) errors.push(required(storagePath, ''));
  else if (quantitySign(storage) <= 0)
    errors.push(invalid(storagePath, goQuote(formatQuantity(storage)), 'must be greater than zero'));
  return errors;
}

/**
 * Faults of a bound claim that shrinks: a failed expansion may be taken back from 1.32 (RecoverVolumeExpansionFailure), but not to
 * what the volume has already (K: ValidatePersistentVolumeClaimUpdate).
 */
export function claimShrinkFaults(claim: JsonObject, old: JsonObject, gates: ResourceGates): FieldError[] {
  const oldStatus = objectAt(old['status']);
  const size = claimRequests(claim).get('storage') ?? zeroQuantity;
  if (oldStatus['phase'] !== 'Bound' || compareQuantities(size, claimRequests(old).get('storage') ?? zeroQuantity) >= 0)
    return [];
  const path = childPath(childPath(childPath(rootPath('spec'), 'resources'), 'requests'), 'storage');
  if (!gates.allocatedStorage) return [forbidden(path, 'field can not be less than previous value')];
  const capacity = readResourceList(oldStatus['capacity'])?.get('storage') ?? zeroQuantity;
  return compareQuantities(size, capacity) > 0 ? [] : [forbidden(path, 'field can not be less than status.capacity')];
}

/** What the PersistentVolumeClaimResize plug-in says to a claim that grows. */
export function claimResizeFault(claim: JsonObject, old: JsonObject, world: AdmissionWorld): string | undefined {
  const size = (object: JsonObject): Quantity => claimRequests(object).get('storage') ?? zeroQuantity;
  if (compareQuantities(size(claim), size(old)) <= 0) return undefined;
  if (objectAt(old['status'])['phase'] !== 'Bound') return 'Only bound persistent volume claims can be expanded';
  const storageClass = storageClassOf(claim);
  const found = storageClass === storageClassOf(old) ? worldObject(world, 'StorageClass', storageClass) : undefined;
  if (isObject(found) && found['allowVolumeExpansion'] === true) return undefined;
  return 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize';
}
