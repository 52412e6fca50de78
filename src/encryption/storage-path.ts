import { knownKinds } from '../cluster/kinds.ts';

/** What an etcd key names. */
export interface StoragePath {
  /** As an EncryptionConfiguration names it: `secrets`, `deployments.apps`. */
  readonly resource: string;
  readonly namespace?: string;
  readonly name: string;
  /** Kept as JSON, never as protobuf: custom resources, their definitions, and APIServices. */
  readonly json: boolean;
  /** False for the server's own records (address ranges, leases of servers), which no provider ever touches. */
  readonly encryptable: boolean;
}

/** Groups that kube-apiserver serves itself and stores without naming the group in the key. */
const builtInGroups: ReadonlySet<string> = new Set([
  '',
  'admissionregistration.k8s.io',
  'apps',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'internal.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
  'storagemigration.k8s.io',
]);

/** Keys of names that changed since. Source: K:pkg/kubeapiserver/default_storage_factory_builder.go. */
const historic: Readonly<Record<string, string>> = {
  controllers: 'replicationcontrollers',
  minions: 'nodes',
  ingress: 'ingresses.networking.k8s.io',
};
const historicPairs: Readonly<Record<string, string>> = { 'services/specs': 'services', 'services/endpoints': 'endpoints' };

const ownRecords: ReadonlySet<string> = new Set(['ranges', 'masterleases', 'peerserverleases']);

const builtIn: ReadonlyMap<string, { readonly resource: string; readonly namespaced: boolean }> = new Map(
  knownKinds
    .filter(({ group }) => builtInGroups.has(group))
    .map(({ group, plural, namespaced }) => [plural, { resource: group === '' ? plural : `${plural}.${group}`, namespaced }]),
);

/**
 * Tells from an etcd key which resource and object it holds; `undefined` where it is below another prefix, or names nothing known.
 *
 * Resources that kube-apiserver serves itself are kept below their plural, with some historic names; those of CustomResourceDefinitions and
 * of the aggregator below their group. Source: K:pkg/kubeapiserver/default_storage_factory_builder.go, recordings of real servers.
 *
 * @param prefix of `--etcd-prefix`, `/registry` unless given
 */
export function storagePathOf(key: string, prefix = '/registry'): StoragePath | undefined {
  const root = prefix.endsWith('/') ? prefix : `${prefix}/`;
  if (!key.startsWith(root)) return undefined;
  const [first = '', ...rest] = key.slice(root.length).split('/');
  if (ownRecords.has(first)) return { resource: first, name: rest.join('/'), json: false, encryptable: false };
  if (first.includes('.')) {
    const [plural = '', ...names] = rest;
    const named = namesOf(names, names.length > 1);
    return plural === '' || named === undefined
      ? undefined
      : { resource: `${plural}.${first}`, ...named, json: true, encryptable: true };
  }
  const pair = historicPairs[`${first}/${rest[0] ?? ''}`];
  if (pair !== undefined) return builtInPath(pair, rest.slice(1));
  return builtInPath(historic[first] ?? first, rest);
}

function builtInPath(plural: string, names: readonly string[]): StoragePath | undefined {
  const known = builtIn.get(plural.split('.')[0] ?? '');
  const named = known === undefined ? undefined : namesOf(names, known.namespaced);
  return known === undefined || named === undefined
    ? undefined
    : { resource: known.resource, ...named, json: false, encryptable: true };
}

function namesOf(names: readonly string[], namespaced: boolean): Pick<StoragePath, 'namespace' | 'name'> | undefined {
  const [first = '', ...rest] = names;
  if (first === '') return undefined;
  if (!namespaced) return { name: names.join('/') };
  return rest.length === 0 ? undefined : { namespace: first, name: rest.join('/') };
}
