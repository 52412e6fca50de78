import type { Json, JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../../cluster/json.ts';

/** Kinds of objects that a node may reach by what its pods refer to. */
export type ReachedKind =
  | 'secrets'
  | 'configmaps'
  | 'persistentvolumeclaims'
  | 'persistentvolumes'
  | 'serviceaccounts'
  | 'resourceclaims'
  | 'volumeattachments'
  | 'resourceslices'
  | 'podcertificaterequests'
  | 'pods';

/** Objects of a cluster that tie nodes to others, as manifests. */
export interface NodeObjects {
  readonly pods: readonly JsonObject[];
  readonly persistentVolumes: readonly JsonObject[];
  readonly volumeAttachments: readonly JsonObject[];
  readonly resourceSlices: readonly JsonObject[];
  /** `undefined`: they were not collected. */
  readonly podCertificateRequests: readonly JsonObject[] | undefined;
}

/** Which nodes reach an object. */
export interface NodeGraph {
  /** Whether what ties nodes to objects of a kind was collected. */
  knows(kind: ReachedKind): boolean;
  reaches(node: string, kind: ReachedKind, namespace: string, name: string): boolean;
}

/**
 * Ties nodes to what the pods that are bound to them refer to: secrets, config maps, claims, their volumes and the volumes' secrets, service
 * accounts, resource claims; to their volume attachments, resource slices and pod certificate requests. A mirror pod ties its node to itself alone.
 *
 * Rule source: K:plugin/pkg/auth/authorizer/node/graph.go, K:pkg/api/v1/pod `VisitPodSecretNames`, K:pkg/api/v1/persistentvolume
 * `VisitPVSecretNames`.
 */
export function nodeGraph(objects: NodeObjects): NodeGraph {
  const nodes = new Map<string, Set<string>>();
  const tie = (node: string, kind: ReachedKind, namespace: string, name: string) => {
    if (node === '' || name === '') return;
    const key = `${kind} ${namespace}/${name}`;
    const known = nodes.get(key);
    if (known === undefined) nodes.set(key, new Set([node]));
    else known.add(node);
  };
  const volumes = new Map<string, JsonObject[]>();
  for (const volume of objects.persistentVolumes) {
    const claim = objectAt(objectAt(volume['spec'])['claimRef']);
    const key = `${text(claim, 'namespace')}/${text(claim, 'name')}`;
    volumes.set(key, [...(volumes.get(key) ?? []), volume]);
  }
  for (const pod of objects.pods) tiePod(pod, volumes, tie);
  for (const attachment of objects.volumeAttachments)
    tie(text(objectAt(attachment['spec']), 'nodeName'), 'volumeattachments', '', nameOf(attachment));
  for (const slice of objects.resourceSlices) tie(text(objectAt(slice['spec']), 'nodeName'), 'resourceslices', '', nameOf(slice));
  const requests = objects.podCertificateRequests;
  for (const request of requests ?? []) {
    const namespace = text(objectAt(request['metadata']), 'namespace');
    tie(text(objectAt(request['spec']), 'nodeName'), 'podcertificaterequests', namespace, nameOf(request));
  }
  const knows = (kind: ReachedKind) => kind !== 'podcertificaterequests' || requests !== undefined;
  return { knows, reaches: (node, kind, namespace, name) => nodes.get(`${kind} ${namespace}/${name}`)?.has(node) ?? false };
}

type Tie = (node: string, kind: ReachedKind, namespace: string, name: string) => void;

function text(object: JsonObject, name: string): string {
  return stringAt(object[name]) ?? '';
}

function nameOf(object: JsonObject): string {
  return text(objectAt(object['metadata']), 'name');
}

function tiePod(pod: JsonObject, volumes: ReadonlyMap<string, readonly JsonObject[]>, tie: Tie): void {
  const metadata = objectAt(pod['metadata']);
  const spec = objectAt(pod['spec']);
  const node = text(spec, 'nodeName');
  const namespace = text(metadata, 'namespace');
  const name = text(metadata, 'name');
  tie(node, 'pods', namespace, name);
  if (isObject(metadata['annotations']) && metadata['annotations']['kubernetes.io/config.mirror'] !== undefined) return;
  tie(node, 'serviceaccounts', namespace, text(spec, 'serviceAccountName'));
  for (const secret of podSecrets(spec)) tie(node, 'secrets', namespace, secret);
  for (const map of podConfigMaps(spec)) tie(node, 'configmaps', namespace, map);
  for (const claim of podClaims(spec, name)) {
    tie(node, 'persistentvolumeclaims', namespace, claim);
    for (const volume of volumes.get(`${namespace}/${claim}`) ?? []) {
      tie(node, 'persistentvolumes', '', nameOf(volume));
      for (const secret of volumeSecrets(volume, namespace)) tie(node, 'secrets', secret.namespace, secret.name);
    }
  }
  for (const claim of listAt(spec['resourceClaims']))
    tie(node, 'resourceclaims', namespace, text(objectAt(claim), 'resourceClaimName'));
  for (const claim of listAt(objectAt(pod['status'])['resourceClaimStatuses']))
    tie(node, 'resourceclaims', namespace, text(objectAt(claim), 'resourceClaimName'));
}

const containerLists = ['initContainers', 'containers', 'ephemeralContainers'];

function environments(spec: JsonObject): readonly JsonObject[] {
  const containers = containerLists.flatMap((list) => listAt(spec[list])).map((container) => objectAt(container));
  return containers.flatMap((container) => [
    ...listAt(container['env']).map((entry) => objectAt(objectAt(entry)['valueFrom'])),
    ...listAt(container['envFrom']).map((entry) => objectAt(entry)),
  ]);
}

function* podSecrets(spec: JsonObject): Generator<string> {
  for (const secret of listAt(spec['imagePullSecrets'])) yield text(objectAt(secret), 'name');
  for (const from of environments(spec)) {
    yield text(objectAt(from['secretKeyRef']), 'name');
    yield text(objectAt(from['secretRef']), 'name');
  }
  for (const item of listAt(spec['volumes'])) {
    const volume = objectAt(item);
    yield text(objectAt(volume['secret']), 'secretName');
    yield text(objectAt(volume['azureFile']), 'secretName');
    for (const source of projected(volume)) yield text(objectAt(source['secret']), 'name');
    for (const type of ['cephfs', 'flexVolume', 'iscsi', 'rbd', 'scaleIO', 'storageos', 'cinder'])
      yield text(objectAt(objectAt(volume[type])['secretRef']), 'name');
    yield text(objectAt(objectAt(volume['csi'])['nodePublishSecretRef']), 'name');
  }
}

function* podConfigMaps(spec: JsonObject): Generator<string> {
  for (const from of environments(spec)) {
    yield text(objectAt(from['configMapKeyRef']), 'name');
    yield text(objectAt(from['configMapRef']), 'name');
  }
  for (const item of listAt(spec['volumes'])) {
    const volume = objectAt(item);
    yield text(objectAt(volume['configMap']), 'name');
    for (const source of projected(volume)) yield text(objectAt(source['configMap']), 'name');
  }
}

function projected(volume: JsonObject): readonly JsonObject[] {
  return listAt(objectAt(volume['projected'])['sources']).map((source: Json) => objectAt(source));
}

function* podClaims(spec: JsonObject, pod: string): Generator<string> {
  for (const item of listAt(spec['volumes'])) {
    const volume = objectAt(item);
    yield text(objectAt(volume['persistentVolumeClaim']), 'claimName');
    if (isObject(volume['ephemeral'])) yield `${pod}-${text(volume, 'name')}`;
  }
}

/** Secrets of a volume that kubelets read; those that only controllers use are not among them. */
function* volumeSecrets(
  volume: JsonObject,
  claimNamespace: string,
): Generator<{ readonly namespace: string; readonly name: string }> {
  const spec = objectAt(volume['spec']);
  const of = (ref: JsonObject) => ({ namespace: text(ref, 'namespace') || claimNamespace, name: text(ref, 'name') });
  const azure = objectAt(spec['azureFile']);
  yield { namespace: text(azure, 'secretNamespace') || claimNamespace, name: text(azure, 'secretName') };
  for (const type of ['cephfs', 'cinder', 'flexVolume', 'rbd', 'scaleIO', 'iscsi', 'storageos'])
    yield of(objectAt(objectAt(spec[type])['secretRef']));
  const csi = objectAt(spec['csi']);
  for (const ref of ['nodePublishSecretRef', 'nodeStageSecretRef', 'nodeExpandSecretRef']) yield of(objectAt(csi[ref]));
}
