import type { JsonObject } from '../src/cluster/json.ts';

/** A request as the benches of RBAC put it, in TypeScript and in Go. */
export interface BenchRequest {
  readonly user: { readonly username: string; readonly groups: readonly string[] };
  readonly verb: string;
  readonly apiGroup: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

/** Numbers from 0 up to a bound, the same in every run. */
export function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const kinds: readonly (readonly [string, string])[] = [
  ['', 'pods'],
  ['', 'secrets'],
  ['', 'configmaps'],
  ['', 'services'],
  ['', 'endpoints'],
  ['', 'events'],
  ['', 'persistentvolumeclaims'],
  ['', 'serviceaccounts'],
  ['apps', 'deployments'],
  ['apps', 'statefulsets'],
  ['apps', 'daemonsets'],
  ['apps', 'replicasets'],
  ['batch', 'jobs'],
  ['batch', 'cronjobs'],
  ['networking.k8s.io', 'ingresses'],
  ['networking.k8s.io', 'networkpolicies'],
  ['coordination.k8s.io', 'leases'],
  ['rbac.authorization.k8s.io', 'roles'],
  ['example.com', 'widgets'],
  ['example.com', 'gadgets'],
];
const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'];
const namespaceCount = 600;

/** A large cluster: 600 namespaces with ten accounts each, roles of a few rules, and this many bindings, one in twenty for the whole cluster. */
export function rbacWorld(bindings: number): readonly JsonObject[] {
  const pick = numbers(7);
  const group = 'rbac.authorization.k8s.io';
  const manifests: JsonObject[] = [];
  const rule = (): JsonObject => {
    const [apiGroup = '', resource = ''] = kinds[pick(kinds.length)] ?? [];
    const first = pick(verbs.length);
    return {
      apiGroups: [pick(20) === 0 ? '*' : apiGroup],
      resources: pick(15) === 0 ? ['*'] : pick(5) === 0 ? [resource, `${resource}/status`] : [resource],
      verbs: pick(10) === 0 ? ['*'] : verbs.slice(first, first + 1 + pick(3)),
      ...(pick(8) === 0 ? { resourceNames: [`object-${pick(50)}`] } : {}),
    };
  };
  const rules = (): readonly JsonObject[] => Array.from({ length: 2 + pick(8) }, rule);
  for (let index = 0; index < 300; index++)
    manifests.push({ apiVersion: `${group}/v1`, kind: 'ClusterRole', metadata: { name: `cr-${index}` }, rules: [...rules()] });
  for (let namespace = 0; namespace < namespaceCount; namespace++)
    for (let index = 0; index < 5; index++)
      manifests.push({
        apiVersion: `${group}/v1`,
        kind: 'Role',
        metadata: { name: `r-${index}`, namespace: `ns-${namespace}` },
        rules: [...rules()],
      });
  const subject = (namespace: number): JsonObject => {
    const kind = pick(10);
    if (kind < 6) return { kind: 'ServiceAccount', name: `sa-${pick(10)}`, namespace: `ns-${namespace}` };
    return kind < 8
      ? { kind: 'User', name: `user-${pick(2000)}`, apiGroup: group }
      : { kind: 'Group', name: `team-${pick(400)}`, apiGroup: group };
  };
  for (let index = 0; index < bindings; index++) {
    const namespace = pick(namespaceCount);
    const isCluster = index % 20 === 0;
    const subjects = Array.from({ length: 1 + pick(3) }, () => subject(namespace));
    const ofCluster = isCluster || pick(2) === 0;
    manifests.push({
      apiVersion: `${group}/v1`,
      kind: isCluster ? 'ClusterRoleBinding' : 'RoleBinding',
      metadata: isCluster ? { name: `crb-${index}` } : { name: `rb-${index}`, namespace: `ns-${namespace}` },
      roleRef: {
        apiGroup: group,
        kind: ofCluster ? 'ClusterRole' : 'Role',
        name: ofCluster ? `cr-${pick(300)}` : `r-${pick(5)}`,
      },
      subjects,
    });
  }
  return manifests;
}

/** Requests of accounts and people of that cluster, no two alike, each caller's one after the other. */
export function rbacRequests(count: number): readonly BenchRequest[] {
  const pick = numbers(11);
  const namespaces = Array.from({ length: namespaceCount }, (_, index) => `ns-${index}`);
  const accounts = namespaces.flatMap((namespace, home) =>
    Array.from({ length: 10 }, (_, index) => ({
      home,
      username: `system:serviceaccount:${namespace}:sa-${index}`,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    })),
  );
  const people = Array.from({ length: 2000 }, (_, index) => ({
    home: pick(namespaceCount),
    username: `user-${index}`,
    groups: [`team-${pick(400)}`, `team-${pick(400)}`, 'system:authenticated'],
  }));
  const callers = [...accounts, ...people];
  const requests: BenchRequest[] = [];
  for (let index = 0; index < count; index++) {
    const { home = 0, ...user } = callers[Math.floor((index * callers.length) / count)] ?? { username: '', groups: [] };
    const [apiGroup = '', resource = ''] = kinds[pick(kinds.length)] ?? [];
    const namespace = pick(4) > 0 ? home : pick(namespaceCount);
    const former = requests.at(-1)?.user;
    requests.push({
      user: former?.username === user.username ? former : user,
      verb: verbs[pick(verbs.length)] ?? '',
      apiGroup,
      resource,
      subresource: pick(8) === 0 ? 'status' : '',
      namespace: pick(10) === 0 ? '' : (namespaces[namespace] ?? ''),
      name: `object-${index}`,
    });
  }
  return requests;
}
