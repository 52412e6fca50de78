import { parseGroupResource } from '../encryption/configuration.ts';

/** Resources whose place in etcd is not their name. Source: k8s.io/kubernetes pkg/kubeapiserver/default_storage_factory_builder.go and the registries. */
const places: Readonly<Record<string, string>> = {
  services: 'services/specs',
  endpoints: 'services/endpoints',
  nodes: 'minions',
  replicationcontrollers: 'controllers',
  'ingresses.networking.k8s.io': 'ingress',
};

/** Groups of Kubernetes itself whose resources lie without their group's name. */
const builtIn =
  /^(?:|apps|batch|autoscaling|policy|(?:admissionregistration|authentication|authorization|certificates|coordination|discovery|events|flowcontrol\.apiserver|internal\.apiserver|networking|node|rbac\.authorization|resource|scheduling|storage|storagemigration)\.k8s\.io)$/;

/**
 * The prefix below which etcd holds a resource's objects (`secrets`, `deployments.apps`), with a slash at its end. Custom resources and
 * those of aggregated API machinery lie below their group. Source: k8s.io/apiserver pkg/registry/generic/options.go (ResourcePrefix).
 */
export function storagePrefix(etcdPrefix: string, groupResource: string): string {
  const { group, resource } = parseGroupResource(groupResource);
  const key = group === '' ? resource : `${resource}.${group}`;
  const place = places[key] ?? (builtIn.test(group) ? resource : `${group}/${resource}`);
  return `${etcdPrefix}/${place}/`;
}
