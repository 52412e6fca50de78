import { existsSync } from 'node:fs';
import type { Connection, ServerEntry } from './connection.ts';
import type { Environment } from './environment-proxy.ts';
import { environmentProxy } from './environment-proxy.ts';
import { readNamedFile } from './named-file.ts';

const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The connection of a pod through its service account, or `undefined` outside a pod. The token file is read again with each
 * refresh: the kubelet replaces it. Throws LiveFault where a file is there and cannot be read. Source: client-go rest.InClusterConfig.
 */
export function inClusterConnection(environment: Environment, folder: string = serviceAccountFolder): Connection | undefined {
  const host = environment['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = environment['KUBERNETES_SERVICE_PORT'] ?? '';
  if (host === '' || port === '' || !existsSync(`${folder}/token`)) return undefined;
  const url = new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`);
  const place = `${folder}: service account of this pod`;
  const server: ServerEntry = {
    url,
    authorities: existsSync(`${folder}/ca.crt`) ? readNamedFile('ca.crt', 'certificate-authority', folder, place) : undefined,
    tlsServerName: undefined,
    insecure: false,
    proxy: environmentProxy(url, environment),
  };
  return {
    server,
    credentials: () => {
      const token = readNamedFile('token', 'tokenFile', folder, place).trim();
      return Promise.resolve({ authorization: `Bearer ${token}` });
    },
    headers: {},
    place: { cluster: place, user: place },
    context: 'in-cluster',
    kubeconfig: {
      source: folder,
      inUse: true,
      servers: [url.href.replace(/\/$/, '')],
      users: [{ name: 'in-cluster', credential: 'token', place: { source: `${folder}/token` } }],
    },
  };
}
