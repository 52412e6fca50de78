import type { Kind } from '../../cluster/kinds.ts';
import { knownKinds } from '../../cluster/kinds.ts';
import type { KindKey } from '../../cluster/objects.ts';
import { kindKey } from '../../cluster/objects.ts';

// The kinds that controls read, by group; the longest lists first, so that they do not wait for the short ones.
const wanted: readonly (readonly [group: string, kinds: string])[] = [
  [
    '',
    'Pod Secret ServiceAccount Node Namespace Service PersistentVolumeClaim PersistentVolume ReplicationController PodTemplate',
  ],
  ['apps', 'ReplicaSet Deployment StatefulSet DaemonSet'],
  ['batch', 'Job CronJob'],
  ['rbac.authorization.k8s.io', 'RoleBinding Role ClusterRole ClusterRoleBinding'],
  ['', 'LimitRange ResourceQuota'],
  ['networking.k8s.io', 'NetworkPolicy'],
  ['apiextensions.k8s.io', 'CustomResourceDefinition'],
  [
    'admissionregistration.k8s.io',
    'MutatingWebhookConfiguration ValidatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding',
  ],
  ['policy.networking.k8s.io', 'AdminNetworkPolicy BaselineAdminNetworkPolicy ClusterNetworkPolicy'],
  ['cilium.io', 'CiliumNetworkPolicy CiliumClusterwideNetworkPolicy'],
  ['crd.projectcalico.org', 'NetworkPolicy GlobalNetworkPolicy'],
  ['projectcalico.org', 'NetworkPolicy GlobalNetworkPolicy'],
  ['config.openshift.io', 'ClusterVersion'],
];

/** The kinds that are listed whole from a live cluster, in the order in which they are asked for. */
export const listedKinds: readonly Kind[] = wanted.flatMap(([group, kinds]) =>
  kinds.split(' ').flatMap((name) => knownKinds.filter((kind) => kind.group === group && kind.kind === name)),
);

/** One object that is read by name: of its kind there may be many that nobody needs. */
export interface NamedObject {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespace: string;
  readonly name: string;
}

const configMap = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps' };

/** The objects that are read by name where they exist. */
export const namedObjects: readonly NamedObject[] = [
  { ...configMap, namespace: 'kube-system', name: 'kubeadm-config' },
  { ...configMap, namespace: 'kube-system', name: 'kubelet-config' },
  { ...configMap, namespace: 'kube-system', name: 'cilium-config' },
  {
    group: 'discovery.k8s.io',
    version: 'v1',
    kind: 'EndpointSlice',
    plural: 'endpointslices',
    namespace: 'default',
    name: 'kubernetes',
  },
];

/** The key of a kind of the table. */
export function keyOf(kind: Pick<Kind, 'group' | 'kind'>): KindKey {
  return kindKey(kind.group === '' ? 'v1' : `${kind.group}/v1`, kind.kind);
}

/** `/api/v1` or `/apis/GROUP/VERSION`. */
export function groupPath(group: string, version: string): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** `v1` or `GROUP/VERSION`. */
export function apiVersionOf(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

/** The path of a list or, with a name, of one object. */
export function resourcePath(group: string, version: string, plural: string, namespace?: string, name?: string): string {
  const within = namespace === undefined || namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${groupPath(group, version)}${within}/${plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}

/** The right that a list needs, as a hint prints it. */
export function missingRight(verb: string, plural: string, group: string): string {
  return `grant ${verb} ${plural} (${group === '' ? 'core' : group}); bulwark collect --print-rbac prints all`;
}
