import type { User } from '../../src/authentication/user.ts';
import { impliedGroups } from '../../src/authentication/user.ts';
import type { JsonObject } from '../../src/cluster/json.ts';
import { listAt, objectAt, stringAt } from '../../src/cluster/json.ts';
import type { Client } from './many-requests.ts';
import { each } from './many-requests.ts';
import type { Random } from './random-cases.ts';

export const rbacPath = '/apis/rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';

/** Words out of which rules and requests are made: those that rules are known for, and some that only look so. */
export const words = {
  namespaces: ['blue', 'green', 'red'],
  verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection', 'use', 'Get', '*'],
  groups: ['', 'apps', 'batch', apiGroup, '*', '*.k8s.io', 'Apps'],
  resources: [
    'pods',
    'secrets',
    'deployments',
    'nodes',
    'roles',
    'clusterroles',
    'pods/log',
    'pods/exec',
    'pods/exec/x',
    'deployments/scale',
    'pods/*',
    '*/log',
    '*/scale',
    '*',
    '*/*',
    '*/',
    '/log',
    'Pods',
    'pods*',
  ],
  names: ['a', 'b', 'web-1', '', '*', 'a*', 'we"ird', 'é'],
  paths: ['*', '/', '/*', '/healthz', '/healthz/*', '/healthz*', '/x/*', '/x/**', '/api*/v1', '/metrics', 'plain', '/X', '**'],
  users: [
    'ann',
    'bob',
    'Ann',
    'system:anonymous',
    '*',
    'o"brien',
    'tab\tby',
    'zoë',
    '\u{1f600}\u200b',
    'a<b>&c',
    'back\\slash\u00a0\n',
    '100% %2f',
  ],
  userGroups: [
    'devs',
    'ops',
    'system:authenticated',
    'system:unauthenticated',
    'system:serviceaccounts',
    '*',
    'system:serviceaccounts:blue',
    'system:nodes',
    'Devs',
    'we"ird\u007f',
  ],
  accounts: ['default', 'robot'],
  roleNames: ['view', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'system:x', 'we"ird', 'ü<1>', 'gone', 'also gone'],
} as const;

/** Names that some binding refers to and no role has. */
const never: readonly string[] = ['gone', 'also gone'];

/** A cluster-wide role or binding. */
export function rbacObject(kind: string, name: string, more: JsonObject): JsonObject {
  return { apiVersion: `${apiGroup}/v1`, kind, metadata: { name }, ...more };
}

/** Binds a cluster role to one user or group everywhere. */
export function boundTo(name: string, role: string, subject: JsonObject): JsonObject {
  const roleRef = { apiGroup, kind: 'ClusterRole', name: role };
  return rbacObject('ClusterRoleBinding', name, { roleRef, subjects: [{ apiGroup, ...subject }] });
}

/** A refusal with its lists in order: the server tells missing rules and roles in none. */
export function sortedMessage(message: string): string {
  return message
    .replace(/\[([^\][]*)\]/g, (_, list: string) => `[${list.split(', ').sort().join(', ')}]`)
    .split('\n')
    .sort()
    .join('\n');
}

/** A rule that the server takes. */
export function randomRule(random: Random, paths: boolean): JsonObject {
  const verbs = [...random.some(words.verbs, 1, 3)];
  if (paths && random.chance(0.3)) return { verbs, nonResourceURLs: [...random.some(words.paths, 1, 3)] };
  return {
    verbs,
    apiGroups: [...random.some(words.groups, 1, 3)],
    resources: [...random.some(words.resources, 1, 4)],
    ...(random.chance(0.35) ? { resourceNames: [...random.some(words.names, 1, 3)] } : {}),
  };
}

export function randomSubject(random: Random, clusterWide: boolean): JsonObject {
  const kind = random.pick(['User', 'User', 'Group', 'Group', 'ServiceAccount']);
  if (kind === 'User') return { kind, apiGroup, name: random.pick(words.users) };
  if (kind === 'Group') return { kind, apiGroup, name: random.pick(words.userGroups) };
  const namespace = random.pick([...words.namespaces, ...(clusterWide ? [] : [''])]);
  return { kind, name: random.pick(words.accounts), ...(namespace === '' ? {} : { namespace }) };
}

/** Roles and bindings of a random cluster, each once. Some bindings refer to nothing; some cluster roles would be filled by a controller. */
export function randomWorld(random: Random): readonly JsonObject[] {
  const objects: JsonObject[] = [];
  const rules = (paths: boolean) => Array.from({ length: random.below(4) }, () => randomRule(random, paths));
  const named = (kind: string, name: string, namespace?: string): JsonObject => ({
    apiVersion: `${apiGroup}/v1`,
    kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  });
  for (const name of words.roleNames) {
    if (never.includes(name) || name === 'view') continue;
    const aggregates = random.chance(0.2)
      ? { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { sort: random.pick(['one', 'two']) } }] } }
      : {};
    const role = named('ClusterRole', name);
    const labels = { sort: random.pick(['one', 'two']) };
    objects.push({ ...role, metadata: { ...objectAt(role['metadata']), labels }, ...aggregates, rules: rules(true) });
    for (const namespace of words.namespaces)
      if (random.chance(0.6)) objects.push({ ...named('Role', name, namespace), rules: rules(false) });
  }
  for (let index = 0; index < 45; index++) {
    const subjects = () => Array.from({ length: random.below(4) }, () => randomSubject(random, index < 15));
    const roleRef = (kinds: readonly string[]) => ({ apiGroup, kind: random.pick(kinds), name: random.pick(words.roleNames) });
    const name = random.chance(0.1) ? `b"${index}<é>` : `b${index}`;
    if (index < 15)
      objects.push({ ...named('ClusterRoleBinding', name), roleRef: roleRef(['ClusterRole']), subjects: subjects() });
    else {
      const binding = named('RoleBinding', name, random.pick(words.namespaces));
      objects.push({ ...binding, roleRef: roleRef(['ClusterRole', 'Role']), subjects: subjects() });
    }
  }
  return objects;
}

/** Where an object of the world is made. */
export function collectionOf(object: JsonObject): string {
  const namespace = stringAt(objectAt(object['metadata'])['namespace']);
  const resource = `${(stringAt(object['kind']) ?? '').toLowerCase()}s`;
  return namespace === undefined ? `${rbacPath}/${resource}` : `${rbacPath}/namespaces/${namespace}/${resource}`;
}

/** Makes the objects, and waits until the authorizer sees them: four watches, each of which sees its own last object after the others. */
export async function makeWorld(client: Client, objects: readonly JsonObject[]): Promise<void> {
  for (const name of words.namespaces) await client.made('POST', '/api/v1/namespaces', { metadata: { name } });
  await each(objects, (object) => client.made('POST', collectionOf(object), object));
  const marker = (kind: string, more: JsonObject): JsonObject => ({
    apiVersion: `${apiGroup}/v1`,
    kind,
    metadata: { name: 'last-of-all', ...(kind.startsWith('Cluster') ? {} : { namespace: 'blue' }) },
    ...more,
  });
  for (const prefix of ['', 'Cluster']) {
    const kind = `${prefix}Role`;
    const verbs = [`see-${kind}`];
    const subjects = [{ kind: 'User', apiGroup, name: 'last-of-all' }];
    for (const object of [
      marker(kind, { rules: [{ verbs, apiGroups: [''], resources: ['markers'] }] }),
      marker(`${kind}Binding`, { roleRef: { apiGroup, kind, name: 'last-of-all' }, subjects }),
    ])
      await client.made('POST', collectionOf(object), object);
    const attributes = { verb: verbs[0] ?? '', resource: 'markers', ...(prefix === '' ? { namespace: 'blue' } : {}) };
    await client.until(async () => (await review(client, { user: 'last-of-all', resourceAttributes: attributes })).allowed);
  }
}

/** What the server's authorizers say. */
export interface Review {
  readonly allowed: boolean;
  readonly reason: string;
  readonly error: string;
}

export async function review(client: Client, spec: JsonObject): Promise<Review> {
  const object = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec };
  const status = objectAt(
    objectAt(await client.made('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', object))['status'],
  );
  return {
    allowed: status['allowed'] === true,
    reason: stringAt(status['reason']) ?? '',
    error: stringAt(status['evaluationError']) ?? '',
  };
}

/** All roles and bindings as the server holds them, its own among them. */
export async function storedWorld(client: Client): Promise<readonly JsonObject[]> {
  const lists = await each(['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'], async (kind) => {
    const list = objectAt(await client.made('GET', `${rbacPath}/${kind.toLowerCase()}s`));
    return listAt(list['items']).map((item) => ({ ...objectAt(item), kind, apiVersion: `${apiGroup}/v1` }));
  });
  return lists.flat();
}

/** Somebody with the groups that authentication gives, or with others. */
export function randomUser(random: Random): User {
  const account = `system:serviceaccount:${random.pick(words.namespaces)}:${random.pick(words.accounts)}`;
  const username = random.chance(0.25) ? account : random.pick(words.users);
  const groups = random.some(words.userGroups, 0, 3);
  return { username, groups: random.chance(0.5) ? [...new Set([...groups, ...impliedGroups(username)])] : groups };
}
