import type { Cluster } from './cluster.ts';
import type { FieldPath, JsonObject } from './json.ts';
import { isObject, listAt, objectAt, stringAt, valueAt } from './json.ts';
import { isBeingDeleted } from './listing.ts';
import type { ClusterObject, KindKey, ObjectIndex } from './objects.ts';
import { annotationsOf } from './objects.ts';

/** A workload: a Pod, or an object with a pod template. */
export interface Workload {
  readonly object: ClusterObject;
  readonly namespace: string;
  /** Where the pod's `metadata` and `spec` stand in the object: empty for a Pod. */
  readonly templatePath: FieldPath;
  /** The pod (template); `undefined` where the object has no readable template. */
  readonly template: { readonly metadata: JsonObject; readonly spec: JsonObject } | undefined;
}

/** Where each kind keeps its pod template. */
export const templatePaths: ReadonlyMap<KindKey, FieldPath> = new Map<KindKey, FieldPath>([
  ['Pod', []],
  ['PodTemplate', ['template']],
  ['ReplicationController', ['spec', 'template']],
  ['ReplicaSet.apps', ['spec', 'template']],
  ['Deployment.apps', ['spec', 'template']],
  ['StatefulSet.apps', ['spec', 'template']],
  ['DaemonSet.apps', ['spec', 'template']],
  ['Job.batch', ['spec', 'template']],
  ['CronJob.batch', ['spec', 'jobTemplate', 'spec', 'template']],
  // Groups that these kinds had in older clusters and that old manifests still name.
  ['Deployment.extensions', ['spec', 'template']],
  ['DaemonSet.extensions', ['spec', 'template']],
  ['ReplicaSet.extensions', ['spec', 'template']],
]);

/** Kinds whose owner's template is judged in their place. */
const ownedKinds: ReadonlySet<KindKey> = new Set(['Pod', 'ReplicaSet.apps', 'ReplicaSet.extensions', 'Job.batch']);

/**
 * Lists the workloads that controls judge, in a stable order (namespace, kind, name).
 *
 * Left out: system namespaces, finished Pods, mirror and static pods, objects whose owner was seen, objects in a namespace that
 * is being deleted. Source: essential.md 0.2 (6) and 0.7.
 */
export function judgedWorkloads(cluster: Cluster, isSystemNamespace: (name: string) => boolean): readonly Workload[] {
  const workloads: Workload[] = [];
  for (const [kind, path] of templatePaths) {
    for (const object of cluster.objects.ofKind(kind)) {
      const namespace = object.namespace ?? 'default';
      if (isSystemNamespace(namespace) || isFinished(object) || isStatic(object)) continue;
      const own = cluster.objects.get('Namespace', undefined, namespace);
      if ((own !== undefined && isBeingDeleted(own.manifest)) || hasSeenOwner(object, cluster.objects)) continue;
      workloads.push({ object, namespace, templatePath: path, template: templateOf(object, path) });
    }
  }
  return workloads.sort(byName);
}

function byName(a: Workload, b: Workload): number {
  const x = `${a.namespace}/${a.object.kind}/${a.object.name}`;
  const y = `${b.namespace}/${b.object.kind}/${b.object.name}`;
  return x < y ? -1 : x > y ? 1 : 0;
}

function templateOf(object: ClusterObject, path: FieldPath): Workload['template'] {
  const template = valueAt(object.manifest, path);
  if (!isObject(template) || !isObject(template['spec'])) return undefined;
  return { metadata: objectAt(template['metadata']), spec: template['spec'] };
}

function isFinished(object: ClusterObject): boolean {
  if (object.kindKey !== 'Pod') return false;
  const phase = stringAt(objectAt(object.manifest['status'])['phase']);
  return phase === 'Succeeded' || phase === 'Failed';
}

/** A mirror pod carries the annotation that the kubelet sets, or is owned by its Node. */
function isStatic(object: ClusterObject): boolean {
  if (object.kindKey !== 'Pod') return false;
  const annotations = annotationsOf(object);
  if ('kubernetes.io/config.mirror' in annotations) return true;
  return ownersOf(object).some((owner) => owner['kind'] === 'Node');
}

function ownersOf(object: ClusterObject): readonly JsonObject[] {
  return listAt(objectAt(object.manifest['metadata'])['ownerReferences']).filter((owner) => isObject(owner));
}

function hasSeenOwner(object: ClusterObject, objects: ObjectIndex): boolean {
  if (!ownedKinds.has(object.kindKey)) return false;
  return ownersOf(object).some((owner) => {
    const apiVersion = stringAt(owner['apiVersion']) ?? '';
    const kind = stringAt(owner['kind']) ?? '';
    const slash = apiVersion.indexOf('/');
    const key = slash < 0 ? kind : `${kind}.${apiVersion.slice(0, slash)}`;
    return templatePaths.has(key) && objects.get(key, object.namespace, stringAt(owner['name']) ?? '') !== undefined;
  });
}

/** The container lists of a pod, in the order in which the server names them. */
export const containerLists = ['initContainers', 'containers', 'ephemeralContainers'] as const;

/** All containers of a pod spec with their path inside the spec. Members that are not mappings are left out. */
export function containersOf(
  spec: JsonObject,
): readonly { readonly path: FieldPath; readonly container: JsonObject; readonly name: string }[] {
  return containerLists.flatMap((list) =>
    listAt(spec[list]).flatMap((container, index) =>
      isObject(container) ? [{ path: [list, index], container, name: stringAt(container['name']) ?? '' }] : [],
    ),
  );
}
