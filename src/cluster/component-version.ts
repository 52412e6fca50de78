import type { Cluster } from './cluster.ts';
import type { Component, ComponentName } from './component.ts';
import { isObject, objectAt, stringAt, valueAt } from './json.ts';
import type { ClusterObject } from './objects.ts';
import { annotationsOf, labelsOf } from './objects.ts';
import type { KubernetesVersion } from './version.ts';
import { parseVersion } from './version.ts';

/** Who made the cluster, where its objects or files show it. */
export type Distribution =
  'eks' | 'gke' | 'aks' | 'openshift' | 'k3s' | 'rke2' | 'microk8s' | 'minikube' | 'kind' | 'kubeadm' | 'talos';

/** Components that a control-plane upgrade moves together with the API server. */
const followsServer: ReadonlySet<ComponentName> = new Set(['kube-apiserver', 'kube-controller-manager', 'kube-scheduler']);

/**
 * Finds the version of one component: the API server's is `/version`'s answer, else its image tag, else kubeadm's kubernetesVersion;
 * the kubelet's is its image or binary, else its Node object. etcd has a version of its own. `undefined` where nothing tells.
 * Source: essential.md 0.3.
 */
export function versionOf(cluster: Cluster, component: Component): KubernetesVersion | undefined {
  const own = component.version === undefined ? undefined : parseVersion(component.version.text);
  if (component.name === 'etcd') return own;
  if (component.name === 'kube-apiserver') return serverVersion(cluster) ?? own ?? kubeadmVersion(cluster);
  if (component.name === 'kubelet') return own ?? nodeVersion(cluster, component.host);
  return own ?? (followsServer.has(component.name) ? clusterVersion(cluster) : undefined);
}

/** The cluster's version: `/version`, else the oldest API server that was seen, else kubeadm's kubernetesVersion. */
export function clusterVersion(cluster: Cluster): KubernetesVersion | undefined {
  const server = serverVersion(cluster);
  if (server !== undefined) return server;
  const versions = cluster.components
    .filter((component) => component.name === 'kube-apiserver')
    .flatMap((component) => (component.version === undefined ? [] : [parseVersion(component.version.text)]))
    .filter((version) => version !== undefined)
    .sort((a, b) => a.major - b.major || a.minor - b.minor || (a.patch ?? 0) - (b.patch ?? 0));
  return versions[0] ?? kubeadmVersion(cluster);
}

function serverVersion(cluster: Cluster): KubernetesVersion | undefined {
  return cluster.gitVersion === undefined ? undefined : parseVersion(cluster.gitVersion.text);
}

function kubeadmVersion(cluster: Cluster): KubernetesVersion | undefined {
  for (const { value } of cluster.configurations) {
    if (!isObject(value) || value['kind'] !== 'ClusterConfiguration') continue;
    const text = stringAt(value['kubernetesVersion']);
    const version = text === undefined ? undefined : parseVersion(text);
    if (version !== undefined) return version;
  }
  return undefined;
}

function nodeVersion(cluster: Cluster, host: string): KubernetesVersion | undefined {
  const node = cluster.objects.get('Node', undefined, host);
  const text = node === undefined ? undefined : stringAt(valueAt(node.manifest, ['status', 'nodeInfo', 'kubeletVersion']));
  return text === undefined ? undefined : parseVersion(text);
}

/**
 * Recognizes who made the cluster by the version's suffix, the nodes, objects that only that distribution has, and the places of the
 * files. A distribution that is built with kubeadm (minikube, kind) is named by its own name. `undefined`: nothing tells.
 */
export function distributionOf(cluster: Cluster): Distribution | undefined {
  return (
    byVersion(cluster) ??
    byNodes(cluster) ??
    byObjects(cluster) ??
    byFiles(cluster) ??
    (isKubeadm(cluster) ? 'kubeadm' : undefined)
  );
}

const suffixes: readonly (readonly [RegExp, Distribution])[] = [
  [/-eks-/, 'eks'],
  [/-gke\./, 'gke'],
  [/\+k3s/, 'k3s'],
  [/\+rke2/, 'rke2'],
];

function byVersion(cluster: Cluster): Distribution | undefined {
  const texts = [
    cluster.gitVersion?.text,
    ...cluster.components.map((component) => component.version?.text),
    ...cluster.objects.ofKind('Node').map((node) => stringAt(valueAt(node.manifest, ['status', 'nodeInfo', 'kubeletVersion']))),
  ];
  return suffixes.find(([pattern]) => texts.some((text) => text !== undefined && pattern.test(text)))?.[1];
}

const nodeLabels: readonly (readonly [string, Distribution])[] = [
  ['eks.amazonaws.com/nodegroup', 'eks'],
  ['cloud.google.com/gke-nodepool', 'gke'],
  ['kubernetes.azure.com/cluster', 'aks'],
  ['node.openshift.io/os_id', 'openshift'],
  ['microk8s.io/cluster', 'microk8s'],
  ['minikube.k8s.io/version', 'minikube'],
  ['minikube.k8s.io/name', 'minikube'],
];

function byNodes(cluster: Cluster): Distribution | undefined {
  for (const node of cluster.objects.ofKind('Node')) {
    const found = ofNode(node);
    if (found !== undefined) return found;
  }
  return undefined;
}

function ofNode(node: ClusterObject): Distribution | undefined {
  const labels = labelsOf(node);
  const label = nodeLabels.find(([name]) => name in labels);
  if (label !== undefined) return label[1];
  if (stringAt(objectAt(node.manifest['spec'])['providerID'])?.startsWith('kind://') === true) return 'kind';
  const image = stringAt(valueAt(node.manifest, ['status', 'nodeInfo', 'osImage'])) ?? '';
  if (image.startsWith('Talos')) return 'talos';
  return 'talos.dev/owned-labels' in annotationsOf(node) ? 'talos' : undefined;
}

function byObjects(cluster: Cluster): Distribution | undefined {
  if (cluster.objects.ofKind('ClusterVersion.config.openshift.io').length > 0) return 'openshift';
  if (cluster.objects.get('Namespace', undefined, 'openshift-kube-apiserver') !== undefined) return 'openshift';
  return undefined;
}

const folders: readonly (readonly [RegExp, Distribution])[] = [
  [/(?:^|\/)var\/snap\/microk8s\//, 'microk8s'],
  [/(?:^|\/)(?:etc|var\/lib)\/rancher\/rke2\//, 'rke2'],
  [/(?:^|\/)(?:etc|var\/lib)\/rancher\/k3s\//, 'k3s'],
  [/(?:^|\/)var\/lib\/minikube\//, 'minikube'],
];

/** Files of the command lines' documents and of the flags: kubeadm's minikube keeps its certificates in its own folder. */
function byFiles(cluster: Cluster): Distribution | undefined {
  const paths = [
    ...cluster.components.flatMap((component) => [component.document.source, ...component.files.keys()]),
    ...cluster.configurations.map((document) => document.source),
  ];
  return folders.find(([pattern]) => paths.some((path) => pattern.test(path)))?.[1];
}

function isKubeadm(cluster: Cluster): boolean {
  if (cluster.objects.get('ConfigMap', 'kube-system', 'kubeadm-config') !== undefined) return true;
  if (
    cluster.configurations.some(
      ({ value }) => isObject(value) && stringAt(value['apiVersion'])?.startsWith('kubeadm.k8s.io/') === true,
    )
  )
    return true;
  return cluster.components.some(
    (component) => component.name === 'kube-apiserver' && component.files.has('/etc/kubernetes/pki/apiserver.crt'),
  );
}
