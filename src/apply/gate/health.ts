import type { Json, JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../../cluster/json.ts';
import type { ApiClient } from '../../collect/live/api-client.ts';
import { whoAmI } from '../../collect/live/who-am-i.ts';
import type { Right } from '../rights.ts';
import { rightText } from '../rights.ts';

/** How well the cluster is: what may not get worse. `null`: it could not be asked. */
export interface Health {
  readonly user: string | null;
  readonly readyNodes: readonly string[] | null;
  /** Pods of kube-system that are ready. */
  readonly readyPods: readonly string[] | null;
}

/** Asks who the credential is, and which nodes and system pods are ready. Throws LiveFault where the server does not answer. */
export async function healthOf(client: ApiClient): Promise<Health> {
  const self = await whoAmI(client);
  return {
    user: self?.username ?? null,
    readyNodes: await readyNames(client, '/api/v1/nodes'),
    readyPods: await readyNames(client, '/api/v1/namespaces/kube-system/pods'),
  };
}

async function readyNames(client: ApiClient, path: string): Promise<readonly string[] | null> {
  const { status, body } = await client.get(path, { retries: 0 });
  if (status !== 200) return null;
  return listAt(objectAt(body)['items']).flatMap((item) =>
    isReady(item) ? (stringAt(objectAt(objectAt(item)['metadata'])['name']) ?? []) : [],
  );
}

function isReady(item: Json): boolean {
  return listAt(objectAt(objectAt(item)['status'])['conditions']).some(
    (condition) => objectAt(condition)['type'] === 'Ready' && objectAt(condition)['status'] === 'True',
  );
}

/** What is worse than before. A pod that is gone was replaced or scaled down: that is no fault. */
export async function worseThan(client: ApiClient, before: Health): Promise<readonly string[]> {
  const now = await healthOf(client);
  const faults: string[] = [];
  if (before.user !== null && now.user !== before.user)
    faults.push(
      now.user === null
        ? 'the server no longer says who the own credential is'
        : `the own credential is now ${now.user}, not ${before.user}`,
    );
  for (const node of before.readyNodes ?? [])
    if (now.readyNodes !== null && !now.readyNodes.includes(node)) faults.push(`node ${node} is not ready`);
  if (before.readyNodes !== null && now.readyNodes === null) faults.push('nodes may no longer be listed');
  const gone = (before.readyPods ?? []).filter((pod) => now.readyPods !== null && !now.readyPods.includes(pod));
  if (gone.length === 0) return faults;
  const { body } = await client.get('/api/v1/namespaces/kube-system/pods', { retries: 0 });
  const present = listAt(objectAt(body)['items']).flatMap((item) => stringAt(objectAt(objectAt(item)['metadata'])['name']) ?? []);
  return [...faults, ...gone.filter((pod) => present.includes(pod)).map((pod) => `pod kube-system/${pod} is not ready`)];
}

/**
 * The rights that the own credential does not have. Whoever may do something with all objects of a resource is not asked for each of them.
 * Throws LiveFault where the server does not answer.
 */
export async function missingRights(client: ApiClient, rights: readonly Right[]): Promise<readonly string[]> {
  const missing: string[] = [];
  const wide = new Map<string, boolean>();
  for (const right of rights) {
    if ('path' in right) {
      const attributes = { nonResourceAttributes: { path: right.path, verb: right.verb } };
      if (!(await isAllowed(client, attributes))) missing.push(rightText(right));
      continue;
    }
    const { verb, group, resource } = right;
    const key = `${verb} ${group} ${resource}`;
    if (!wide.has(key)) wide.set(key, await isAllowed(client, { resourceAttributes: { verb, group, resource } }));
    if (wide.get(key) === true) continue;
    const narrow = right.name !== undefined || right.namespace !== undefined;
    if (!narrow || !(await isAllowed(client, { resourceAttributes: attributesOf(right) }))) missing.push(rightText(right));
  }
  return missing;
}

/** What the server says of one right; where it does not say, nothing is missing. */
async function isAllowed(client: ApiClient, spec: JsonObject): Promise<boolean> {
  const { status, body } = await client.review('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec,
  });
  return status !== 200 || (isObject(body) && objectAt(body['status'])['allowed'] === true);
}

function attributesOf(right: Extract<Right, { resource: string }>): Readonly<Record<string, string>> {
  const { verb, group, resource, name, namespace } = right;
  return {
    verb,
    group,
    resource,
    ...(name === undefined ? {} : { name }),
    ...(namespace === undefined ? {} : { namespace }),
  };
}
