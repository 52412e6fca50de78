import { existsSync } from 'node:fs';
import type { Kubeconfig } from '../../cluster/cluster.ts';
import type { JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt, stringsAt } from '../../cluster/json.ts';
import { kubeconfigOf } from '../host/kubeconfig.ts';
import type { ReadHostFile } from '../host/file-reading.ts';
import type { Connection, ServerEntry, UserEntry } from './connection.ts';
import { credentialSource } from './credentials.ts';
import type { Environment } from './environment-proxy.ts';
import { environmentProxy } from './environment-proxy.ts';
import type { KubeconfigFile, KubeconfigFiles } from './kubeconfig-sources.ts';
import { LiveFault } from './live-fault.ts';
import { dataOrFile, readNamedFile } from './named-file.ts';

interface NamedEntry {
  readonly entry: JsonObject;
  readonly file: KubeconfigFile;
}

/**
 * Builds the connection of a context: the one named, else the first `current-context` of the files.
 *
 * The first file to name an entry decides (client-go tools/clientcmd/loader.go). Reads certificate files; runs nothing.
 * Throws LiveFault where the context, its cluster or its user is not there or cannot be used.
 */
export async function connectionOf(
  files: KubeconfigFiles,
  wanted: string | undefined,
  environment: Environment,
): Promise<Connection> {
  const where = files.files.map((file) => file.path).join(', ');
  const context = wanted ?? firstOf(files.files, (root) => stringAt(root['current-context']));
  if (context === undefined)
    throw kubeconfigFault(where, 'no current-context', `name one with --context: ${contextNames(files) || 'the file has none'}`);
  const found = find(files.files, 'contexts', context);
  if (found === undefined)
    throw kubeconfigFault(
      where,
      `there is no context ${JSON.stringify(context)}`,
      contextNames(files) === '' ? 'the kubeconfig has no contexts' : `it has: ${contextNames(files)}`,
    );
  const body = objectAt(found.entry['context']);
  const clusterName = stringAt(body['cluster']) ?? '';
  const userName = stringAt(body['user']) ?? '';
  const cluster = find(files.files, 'clusters', clusterName);
  if (cluster === undefined) throw dangling(found.file, context, 'cluster', clusterName);
  const user = userName === '' ? undefined : find(files.files, 'users', userName);
  if (user === undefined && userName !== '') throw dangling(found.file, context, 'user', userName);
  const server = serverOf(cluster, clusterName, environment);
  const entry: UserEntry = {
    name: userName,
    user: objectAt(user?.entry['user']),
    folder: user?.file.folder ?? found.file.folder,
    place: user === undefined ? `${found.file.path}: context ${context} (no user)` : `${user.file.path}: user ${userName}`,
    server,
    cluster: objectAt(cluster.entry['cluster']),
  };
  return {
    server,
    credentials: credentialSource(entry, environment),
    headers: impersonation(entry.user),
    place: { cluster: `${cluster.file.path}: cluster ${clusterName}`, user: entry.place },
    context,
    kubeconfig: await inUse(user?.file ?? cluster.file, userName, server),
  };
}

function firstOf(files: readonly KubeconfigFile[], pick: (root: JsonObject) => string | undefined): string | undefined {
  for (const file of files) {
    const value = pick(objectAt(file.document.value));
    if (value !== undefined && value !== '') return value;
  }
  return undefined;
}

function find(files: readonly KubeconfigFile[], list: string, name: string): NamedEntry | undefined {
  for (const file of files) {
    const entry = listAt(objectAt(file.document.value)[list]).find((item) => stringAt(objectAt(item)['name']) === name);
    if (isObject(entry)) return { entry, file };
  }
  return undefined;
}

function contextNames(files: KubeconfigFiles): string {
  const names = files.files.flatMap((file) =>
    listAt(objectAt(file.document.value)['contexts']).flatMap((item) => stringAt(objectAt(item)['name']) ?? []),
  );
  const unique = [...new Set(names)];
  return unique.length > 10 ? `${unique.slice(0, 10).join(', ')} and ${unique.length - 10} more` : unique.join(', ');
}

function dangling(file: KubeconfigFile, context: string, what: string, name: string): LiveFault {
  return kubeconfigFault(
    file.path,
    name === '' ? `context ${context} names no ${what}` : `context ${context} names the ${what} ${name}, which is not there`,
    `add the ${what} to the kubeconfig or choose another --context`,
  );
}

function serverOf({ entry, file }: NamedEntry, name: string, environment: Environment): ServerEntry {
  const cluster = objectAt(entry['cluster']);
  const text = stringAt(cluster['server']) ?? '';
  const place = `${file.path}: cluster ${name}`;
  let url: URL;
  try {
    url = new URL(text.includes('://') ? text : `https://${text}`);
  } catch {
    throw kubeconfigFault(place, text === '' ? 'no server' : 'the server is not a URL', 'set server: https://HOST:PORT');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw kubeconfigFault(place, `the server has the scheme ${url.protocol.slice(0, -1)}`, 'set server: https://HOST:PORT');
  url.username = '';
  url.password = '';
  const proxy = stringAt(cluster['proxy-url']) ?? '';
  const tlsServerName = stringAt(cluster['tls-server-name']) ?? '';
  const insecure = cluster['insecure-skip-tls-verify'] === true;
  return {
    url,
    authorities: dataOrFile(cluster, 'certificate-authority', file.folder, place),
    tlsServerName: tlsServerName === '' ? undefined : tlsServerName,
    insecure,
    proxy: proxy === '' ? environmentProxy(url, environment) : proxy,
  };
}

function impersonation(user: JsonObject): Connection['headers'] {
  const headers: Record<string, string | readonly string[]> = {};
  const as = stringAt(user['as']) ?? '';
  if (as === '') return headers;
  headers['impersonate-user'] = as;
  const groups = stringsAt(user['as-groups']);
  if (groups.length > 0) headers['impersonate-group'] = groups;
  const uid = stringAt(user['as-uid']) ?? '';
  if (uid !== '') headers['impersonate-uid'] = uid;
  for (const [key, values] of Object.entries(objectAt(user['as-user-extra'])))
    headers[`impersonate-extra-${encodeURIComponent(key.toLowerCase())}`] = stringsAt(values);
  return headers;
}

/** The kubeconfig as evidence: the user and the server in use alone. Certificate files are read for their subject. */
async function inUse(file: KubeconfigFile, userName: string, server: ServerEntry): Promise<Kubeconfig> {
  const readFile: ReadHostFile = (path) =>
    Promise.resolve(
      existsSync(path)
        ? { kind: 'file', path, source: path, text: readNamedFile(path, 'client-certificate', '/', file.path) }
        : { kind: 'no-such-file', path },
    );
  const whole = await kubeconfigOf(file.document, { folder: file.folder, inUse: true, readFile });
  return {
    ...whole,
    servers: [server.url.href.replace(/\/$/, '')],
    users: whole.users.filter((user) => user.name === userName).slice(0, 1),
  };
}

function kubeconfigFault(source: string, reason: string, hint: string): LiveFault {
  return new LiveFault('kubeconfig', { source, reason, hint });
}
