import { goQuote } from '../cluster/go-quote.ts';
import { type JsonObject, isObject, objectAt, stringAt } from '../cluster/json.ts';
import type { PodResources } from './pod-resources.ts';
import { type ResourceList, readResourceList, sameResourceList } from './resource-list.ts';

/** The objects of a cluster that other plug-ins look up for a pod or claim. */
export interface AdmissionWorld {
  readonly objects: readonly JsonObject[];
}

const systemPriorities: ReadonlyMap<string, number> = new Map([
  ['system-node-critical', 2_000_001_000],
  ['system-cluster-critical', 2_000_000_000],
]);

function nameOf(object: JsonObject): string {
  return stringAt(objectAt(object['metadata'])['name']) ?? '';
}

/** The objects of one kind. */
export function worldObjects(world: AdmissionWorld, kind: string): readonly JsonObject[] {
  return world.objects.filter((object) => object['kind'] === kind);
}

/** Finds an object by kind and name. */
export function worldObject(world: AdmissionWorld, kind: string, name: string): JsonObject | undefined {
  return worldObjects(world, kind).find((object) => nameOf(object) === name);
}

/** What the ServiceAccount plug-in says: the account must exist; `default` always does. */
export function serviceAccountFault(pod: JsonObject, namespace: string, world: AdmissionWorld): string | undefined {
  const spec = objectAt(pod['spec']);
  const name = stringAt(spec['serviceAccountName']) ?? stringAt(spec['serviceAccount']) ?? '';
  if (name === '' || name === 'default' || worldObject(world, 'ServiceAccount', name) !== undefined) return undefined;
  return `error looking up service account ${namespace}/${name}: serviceaccount ${goQuote(name)} not found`;
}

/** What the Priority plug-in does to a new pod (K: plugin/pkg/admission/priority): the class by name, or the cluster's default. */
export function applyPriority(pod: JsonObject, world: AdmissionWorld): { readonly pod: JsonObject } | { readonly fault: string } {
  const spec = objectAt(pod['spec']);
  const asked = stringAt(spec['priorityClassName']) ?? '';
  const { name, value } = asked === '' ? defaultPriority(world) : { name: asked, value: priorityOf(asked, world) };
  if (value === undefined) return { fault: `no PriorityClass with name ${asked} was found` };
  const given = spec['priority'];
  if (typeof given === 'number' && given !== value) {
    return {
      fault: `the integer value of priority (${given}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
    };
  }
  return { pod: name === asked ? pod : { ...pod, spec: { ...spec, priorityClassName: name } } };
}

function priorityOf(name: string, world: AdmissionWorld): number | undefined {
  const found = worldObject(world, 'PriorityClass', name);
  if (found === undefined) return systemPriorities.get(name);
  return typeof found['value'] === 'number' ? found['value'] : 0;
}

function defaultPriority(world: AdmissionWorld): { readonly name: string; readonly value: number } {
  const defaults = worldObjects(world, 'PriorityClass')
    .filter((object) => object['globalDefault'] === true)
    .map((object) => ({ name: nameOf(object), value: typeof object['value'] === 'number' ? object['value'] : 0 }))
    .sort((a, b) => a.value - b.value);
  return defaults[0] ?? { name: '', value: 0 };
}

function overheadOf(runtimeClass: JsonObject | undefined): ResourceList | undefined {
  const overhead = runtimeClass?.['overhead'];
  return isObject(overhead) ? (readResourceList(overhead['podFixed']) ?? new Map()) : undefined;
}

/** What the RuntimeClass plug-in does to a new pod (K: plugin/pkg/admission/runtimeclass): the class must exist and sets the overhead. */
export function applyRuntimeClass(
  pod: JsonObject,
  resources: PodResources,
  world: AdmissionWorld,
): { readonly resources: PodResources } | { readonly fault: string } {
  const name = stringAt(objectAt(pod['spec'])['runtimeClassName']);
  if (name === undefined) return { resources };
  const runtimeClass = worldObject(world, 'RuntimeClass', name);
  if (runtimeClass === undefined) return { fault: `pod rejected: RuntimeClass ${goQuote(name)} not found` };
  const overhead = overheadOf(runtimeClass);
  if (overhead === undefined) return { resources };
  if (resources.overhead !== undefined && resources.overhead.size > 0 && !sameResourceList(overhead, resources.overhead)) {
    return { fault: "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead" };
  }
  return { resources: { ...resources, overhead } };
}

/** The RuntimeClass plug-in's second look: overhead needs a class that defines it. */
export function overheadFault(pod: JsonObject, world: AdmissionWorld): string | undefined {
  const spec = objectAt(pod['spec']);
  if (!isObject(spec['overhead'])) return undefined;
  const name = stringAt(spec['runtimeClassName']);
  const runtimeClass = name === undefined ? undefined : worldObject(world, 'RuntimeClass', name);
  if (overheadOf(runtimeClass) !== undefined) return undefined;
  return 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead';
}
