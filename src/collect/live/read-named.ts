import { isObject } from '../../cluster/json.ts';
import type { ClusterObject } from '../../cluster/objects.ts';
import type { ApiClient } from './api-client.ts';
import { messageOf } from './api-client.ts';
import { LiveFault } from './live-fault.ts';
import type { NamedObject } from './live-kinds.ts';
import { missingRight, namedObjects, resourcePath } from './live-kinds.ts';
import type { LiveObjects } from './live-objects.ts';
import { liveObject } from './live-objects.ts';

/**
 * Reads the objects that are asked for by name; one that is not there is no gap. Cilium's settings are looked for beside its agents
 * too. With `namespace` only what lies in it. Throws LiveFault for a 401 alone.
 */
export async function readNamed(
  client: ApiClient,
  listed: readonly ClusterObject[],
  namespace: string | undefined,
): Promise<readonly LiveObjects[]> {
  const agents = listed.filter((object) => object.kindKey === 'DaemonSet.apps' && object.name === 'cilium');
  const homes = new Set(agents.flatMap((agent) => (agent.namespace === 'kube-system' ? [] : (agent.namespace ?? []))));
  const all = namedObjects.flatMap((named) =>
    named.name === 'cilium-config' ? [named, ...[...homes].map((home) => ({ ...named, namespace: home }))] : named,
  );
  const wanted = all.filter((named) => namespace === undefined || named.namespace === namespace);
  return Promise.all(wanted.map((named) => readOne(client, named)));
}

/** Reads the Namespace that `--namespace` names, for who may not list all of them: its labels decide on Pod Security. */
export function readNamespace(client: ApiClient, name: string): Promise<LiveObjects> {
  return readOne(client, { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespace: '', name });
}

async function readOne(client: ApiClient, named: NamedObject): Promise<LiveObjects> {
  const path = resourcePath(named.group, named.version, named.plural, named.namespace, named.name);
  const none: LiveObjects = { objects: [], listings: [], gaps: [] };
  const gap = (reason: string, hint: string): LiveObjects => ({ ...none, gaps: [{ source: path, reason, hint }] });
  try {
    const { status, body } = await client.get(path);
    if (status === 403) return gap(`403 ${messageOf(body) || 'forbidden'}`, missingRight('get', named.plural, named.group));
    // A cluster without kubeadm or Cilium has no such object.
    if (status !== 200) return none;
    const object = isObject(body) && body['kind'] === named.kind ? liveObject(body, named) : undefined;
    if (object === undefined) return gap(`broken answer: no ${named.kind}`, 'look at it with kubectl get --raw');
    return { ...none, objects: [object] };
  } catch (error) {
    if (!(error instanceof LiveFault) || error.status === 401) throw error;
    return gap(error.gap.reason, error.gap.hint ?? 'try again');
  }
}
