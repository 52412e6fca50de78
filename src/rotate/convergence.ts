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

/**
 * Whether a server has loaded a configuration: `undefined` where it has, else what was seen.
 *
 * From 1.34 on a server shows the hash of its file. Before, its last successful reload, or its own start, must be later than the moment at
 * which the file was given. Source: k8s.io/apiserver pkg/server/options/encryptionconfig/metrics, reference/encryption.md item 9.
 *
 * @param sha256 of the file, hex; `given` when it was given, in seconds since 1970
 */
export async function loadedBy(server: AskedServer, sha256: string, given: number): Promise<string | undefined> {
  const { status, text } = await server.client.text('/metrics');
  if (status !== 200) return `/metrics answers ${status}: its configuration cannot be seen`;
  const info = samplesOf(text, `${controller}last_config_info`);
  if (info.length > 0) {
    if (info.some(({ labels }) => labels['hash'] === `sha256:${sha256}`)) return undefined;
    return 'it has another configuration loaded';
  }
  const reloads = samplesOf(text, `${controller}automatic_reload_last_timestamp_seconds`).filter(
    ({ labels }) => labels['status'] === 'success',
  );
  const starts = samplesOf(text, 'process_start_time_seconds');
  if ([...reloads, ...starts].some(({ value }) => value > given)) return undefined;
  return reloads.length > 0 ? 'it has not loaded its file since' : 'it has not started since';
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
