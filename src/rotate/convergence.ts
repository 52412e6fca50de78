import { randomBytes } from 'node:crypto';
import { isObject, objectAt, stringAt } from '../cluster/json.ts';
import type { ApiClient } from '../collect/live/api-client.ts';
import type { EtcdClient } from '../etcd/client.ts';
import { storedPrefixOf } from '../etcd/stored-value.ts';
import { samplesOf } from '../verify/metrics.ts';

/** One API server, asked directly. */
export interface AskedServer {
  readonly url: string;
  readonly client: ApiClient;
}

const controller = 'apiserver_encryption_config_controller_';

/** What a server shows of the configuration it has loaded. */
interface LoadSight {
  /** SHA-256 of the files that it has loaded, hex; empty where it does not show it (before 1.34). */
  readonly hashes: readonly string[];
  /** Another text after each start and each reload. */
  readonly mark: string;
}

/** @returns a text where it cannot be seen */
async function sightOf(server: AskedServer): Promise<LoadSight | string> {
  const { status, text } = await server.client.text('/metrics');
  if (status !== 200) return `/metrics answers ${status}: its configuration cannot be seen`;
  const reloads = samplesOf(text, `${controller}automatic_reload_last_timestamp_seconds`)
    .filter(({ labels }) => labels['status'] === 'success')
    .map(({ value }) => value);
  const starts = samplesOf(text, 'process_start_time_seconds').map(({ value }) => value);
  if (starts.length === 0) return '/metrics shows no start of the process: its configuration cannot be seen';
  return {
    hashes: samplesOf(text, `${controller}last_config_info`).flatMap(
      ({ labels }) => labels['hash']?.replace(/^sha256:/, '') ?? [],
    ),
    mark: `start ${starts.join(' ')} reload ${reloads.join(' ')}`,
  };
}

/** What a server shows of its start and its last reload. Throws LiveFault, and Error where it shows nothing. */
export async function markOf(server: AskedServer): Promise<string> {
  const sight = await sightOf(server);
  if (typeof sight === 'string') throw new Error(`${server.url}: ${sight}`);
  return sight.mark;
}

/**
 * Whether a server has loaded a configuration: `undefined` where it has, else what was seen.
 *
 * From 1.34 on a server shows the hash of its file. Before, it must have started, or reloaded, since its mark was taken; times are not compared,
 * as that of a start is off by up to a second. Source: k8s.io/apiserver pkg/server/options/encryptionconfig/metrics.
 *
 * @param sha256 of the file, hex; `mark` of the server before it was given the file
 */
export async function loadedBy(server: AskedServer, sha256: string, mark: string): Promise<string | undefined> {
  const sight = await sightOf(server);
  if (typeof sight === 'string') return sight;
  if (sight.hashes.length > 0) return sight.hashes.includes(sha256) ? undefined : 'it has another configuration loaded';
  return sight.mark === mark ? 'it has not loaded its file since: it was neither restarted nor did it reload' : undefined;
}

/**
 * Writes a ConfigMap or Secret through each server, reads it through every other, and looks at it in etcd: `undefined` where all is well,
 * else what was seen. The canary is removed again.
 *
 * @param keyOf the etcd key of an object; `prefix` how its value must begin
 */
export async function canary(
  servers: readonly AskedServer[],
  etcd: EtcdClient,
  resource: 'secrets' | 'configmaps',
  keyOf: (namespace: string, name: string) => string,
  prefix: string,
): Promise<string | undefined> {
  const namespace = 'kube-system';
  const path = `/api/v1/namespaces/${namespace}/${resource}`;
  for (const writer of servers) {
    const name = `bulwark-canary-${randomBytes(5).toString('hex')}`;
    const body = { apiVersion: 'v1', kind: resource === 'secrets' ? 'Secret' : 'ConfigMap', metadata: { name } };
    const made = await writer.client.write({ method: 'POST', path, body });
    if (made.status >= 300) return `${writer.url}: a canary in ${namespace} was refused: ${made.status}`;
    try {
      for (const reader of servers) {
        const { status, text } = await reader.client.text(`${path}/${name}`);
        if (status !== 200 || !isNamed(text, name)) return `${reader.url} does not read what ${writer.url} wrote: ${status}`;
      }
      const [stored] = (await etcd.range({ key: Buffer.from(keyOf(namespace, name)) })).kvs;
      const seen = stored === undefined ? 'nothing' : storedPrefixOf(stored.value).prefix;
      if (seen !== prefix) return `${writer.url} writes ${seen}, expected ${prefix}`;
    } finally {
      await writer.client.write({ method: 'DELETE', path: `${path}/${name}` });
    }
  }
  return undefined;
}

function isNamed(text: string, name: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && stringAt(objectAt(value['metadata'])['name']) === name;
  } catch {
    return false;
  }
}
