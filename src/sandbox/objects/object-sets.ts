import type { Cluster } from '../../cluster/cluster.ts';
import type { Json, JsonObject } from '../../cluster/json.ts';
import { objectAt, stringAt } from '../../cluster/json.ts';
import { listingOf, namespacesOf } from '../../cluster/listing.ts';
import type { ClusterObject, KindKey } from '../../cluster/objects.ts';
import { objectName, placeIn } from '../../cluster/objects.ts';
import type { Place } from '../../cluster/place.ts';
import type { Workload } from '../../cluster/workloads.ts';
import { judgedWorkloads, templatePaths } from '../../cluster/workloads.ts';
import { asNew } from './prepare-object.ts';

/** An object to ask the sandbox's server about. */
export interface SandboxObject {
  /** One text for one object, the same in both worlds. */
  readonly key: string;
  /** As people name it: `Deployment web/front`, `Pod of Deployment web/front`. */
  readonly name: string;
  readonly namespace: string | undefined;
  readonly manifest: JsonObject;
  readonly place?: Place;
  /** How many of it there are to be: pods of a controller. 0: none now, still asked about. */
  readonly count: number;
  /** Not collected: the sandbox makes it so that others can be judged. */
  readonly standIn?: true;
}

/** What of a cluster is laid into the sandbox, and what of it is asked about without being stored. */
export interface ObjectSets {
  /** In the order in which they are created. */
  readonly stored: readonly SandboxObject[];
  readonly tried: readonly SandboxObject[];
  /** Kinds that are left out, and why. */
  readonly skipped: readonly { readonly kind: string; readonly count: number; readonly why: string }[];
}

/** Kinds that are stored, in their order: what others need comes first. */
const storedKinds: readonly KindKey[] = [
  'CustomResourceDefinition.apiextensions.k8s.io',
  'PriorityClass.scheduling.k8s.io',
  'RuntimeClass.node.k8s.io',
  'ServiceAccount',
  'ClusterRole.rbac.authorization.k8s.io',
  'Role.rbac.authorization.k8s.io',
  'ClusterRoleBinding.rbac.authorization.k8s.io',
  'RoleBinding.rbac.authorization.k8s.io',
  'LimitRange',
  'ResourceQuota',
  'NetworkPolicy.networking.k8s.io',
];

const skippedKinds: ReadonlyMap<KindKey, string> = new Map([
  ['Secret', 'their values are never collected'],
  ...[
    'APIService.apiregistration.k8s.io',
    'CSINode.storage.k8s.io',
    'CSIStorageCapacity.storage.k8s.io',
    'CertificateSigningRequest.certificates.k8s.io',
    'ComponentStatus',
    'ControllerRevision.apps',
    'EndpointSlice.discovery.k8s.io',
    'Endpoints',
    'Event',
    'Event.events.k8s.io',
    'IPAddress.networking.k8s.io',
    'Lease.coordination.k8s.io',
    'Node',
    'NodeMetrics.metrics.k8s.io',
    'PersistentVolume',
    'PodMetrics.metrics.k8s.io',
    'ResourceSlice.resource.k8s.io',
    'ServiceCIDR.networking.k8s.io',
    'StorageVersion.internal.apiserver.k8s.io',
    'VolumeAttachment.storage.k8s.io',
  ].map((kind) => [kind, 'components of the cluster make them, no admission rule of a plan is about them'] as const),
]);

/** Sorts a cluster's objects into what is stored, what is tried, and what is left out. Workloads are followed by the pods they would make. Pure. */
export function objectSets(cluster: Cluster): ObjectSets {
  const stored = [...namespaceObjects(cluster), ...standIns(cluster)];
  const workloads = judgedWorkloads(cluster, () => false);
  const judged = new Set(workloads.map(({ object }) => object));
  const tried: SandboxObject[] = [];
  const skipped = new Map<string, { count: number; why: string }>();
  const storedByKind = new Map<KindKey, SandboxObject[]>(storedKinds.map((kind) => [kind, []]));
  for (const object of cluster.objects.all) {
    const why = whySkipped(object, judged);
    if (why !== undefined) {
      skipped.set(object.kind, { count: (skipped.get(object.kind)?.count ?? 0) + 1, why });
      continue;
    }
    if (object.kindKey === 'Namespace') continue;
    const own = sandboxObject(object);
    const list = storedByKind.get(object.kindKey);
    if (list === undefined) tried.push(own);
    else list.push(own);
  }
  const pods = workloads.flatMap((workload) => podOf(workload, cluster));
  return {
    stored: [...stored, ...storedKinds.flatMap((kind) => sorted(storedByKind.get(kind) ?? []))],
    tried: [...sorted(tried), ...pods],
    skipped: [...skipped].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, { count, why }]) => ({ kind, count, why })),
  };
}

function whySkipped(object: ClusterObject, judged: ReadonlySet<ClusterObject>): string | undefined {
  if (templatePaths.has(object.kindKey) && object.kindKey !== 'PodTemplate' && !judged.has(object))
    return 'finished, static, being deleted, or made by another workload that is asked about';
  if (object.kindKey === 'Service' && object.namespace === 'default' && object.name === 'kubernetes')
    return 'the server makes it itself';
  return skippedKinds.get(object.kindKey);
}

function sorted(objects: readonly SandboxObject[]): readonly SandboxObject[] {
  return objects.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

function sandboxObject(object: ClusterObject): SandboxObject {
  const { kindKey, namespace, name } = object;
  return {
    key: `${kindKey} ${namespace ?? ''} ${name}`,
    name: objectName(object),
    namespace,
    manifest: asNew(withNamespace(object)),
    place: placeIn(object, []),
    count: 1,
  };
}

function withNamespace({ manifest, namespace }: ClusterObject): JsonObject {
  return namespace === undefined ? manifest : { ...manifest, metadata: { ...objectAt(manifest['metadata']), namespace } };
}

function namespaceObjects(cluster: Cluster): SandboxObject[] {
  return namespacesOf(cluster).map(({ name, object }) =>
    object === undefined ? standIn('v1', 'Namespace', name) : sandboxObject(object),
  );
}

/** Objects that others name and that nobody collected; where their kind was listed they are really lacking. */
function standIns(cluster: Cluster): SandboxObject[] {
  const made = new Map<string, SandboxObject>();
  const need = (apiVersion: string, kind: string, name: string, namespace?: string, more: JsonObject = {}): void => {
    const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0] ?? ''}` : '';
    const known = cluster.objects.get(`${kind}${group}`, namespace, name) !== undefined;
    const own = standIn(apiVersion, kind, name, namespace, more);
    if (!known) made.set(own.key, own);
  };
  const listed = (kind: KindKey): boolean => listingOf(cluster, kind, []).listed;
  for (const { name } of namespacesOf(cluster)) need('v1', 'ServiceAccount', 'default', name);
  for (const { namespace, template } of judgedWorkloads(cluster, () => false)) {
    const spec = template?.spec ?? {};
    const account = stringAt(spec['serviceAccountName']) ?? '';
    const priority = stringAt(spec['priorityClassName']) ?? '';
    const runtime = stringAt(spec['runtimeClassName']) ?? '';
    if (account !== '' && !listed('ServiceAccount')) need('v1', 'ServiceAccount', account, namespace);
    if (priority !== '' && !priority.startsWith('system-') && !listed('PriorityClass.scheduling.k8s.io'))
      need('scheduling.k8s.io/v1', 'PriorityClass', priority, undefined, { value: 0 });
    if (runtime !== '' && !listed('RuntimeClass.node.k8s.io'))
      need('node.k8s.io/v1', 'RuntimeClass', runtime, undefined, { handler: 'stand-in' });
  }
  return [...made.values()];
}

function standIn(apiVersion: string, kind: string, name: string, namespace?: string, more: JsonObject = {}): SandboxObject {
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0] ?? ''}` : '';
  return {
    key: `${kind}${group} ${namespace ?? ''} ${name}`,
    name: objectName({ kind, name, namespace }),
    namespace,
    manifest: { apiVersion, kind, metadata, ...more },
    count: 1,
    standIn: true,
  };
}

/** The pod that a workload's controller would make. */
function podOf(workload: Workload, cluster: Cluster): SandboxObject[] {
  const { object, template, templatePath, namespace } = workload;
  if (template === undefined || object.kindKey === 'Pod' || object.kindKey === 'PodTemplate') return [];
  const { labels, annotations } = template.metadata;
  const metadata: Record<string, Json> = { generateName: `${object.name}-`, namespace };
  if (labels !== undefined) metadata['labels'] = labels;
  if (annotations !== undefined) metadata['annotations'] = annotations;
  const manifest = asNew({ apiVersion: 'v1', kind: 'Pod', metadata, spec: template.spec });
  return [
    {
      key: `Pod of ${object.kindKey} ${namespace} ${object.name}`,
      name: `Pod of ${objectName(object)}`,
      namespace,
      manifest,
      place: placeIn(object, [...templatePath, 'spec']),
      count: podCount(object, cluster),
    },
  ];
}

/** How many pods a controller makes: replicas, nodes for a DaemonSet, parallelism for jobs. */
function podCount(object: ClusterObject, cluster: Cluster): number {
  const spec = objectAt(object.manifest['spec']);
  const number = (value: Json | undefined): number => (typeof value === 'number' && value >= 0 ? Math.floor(value) : 1);
  if (object.kind === 'DaemonSet') return Math.max(1, cluster.objects.ofKind('Node').length);
  if (object.kind === 'Job') return number(spec['parallelism']);
  if (object.kind === 'CronJob') return number(objectAt(objectAt(spec['jobTemplate'])['spec'])['parallelism']);
  return number(spec['replicas']);
}
