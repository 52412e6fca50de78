import { KubeConfig } from '@kubernetes/client-node';
import type { JsonObject } from '../../cluster/json.ts';
import { objectAt, stringAt } from '../../cluster/json.ts';
import type { UserEntry } from './connection.ts';
import { LiveFault } from './live-fault.ts';

/**
 * Asks an auth provider of a kubeconfig (oidc; gcp and azure of old) for the Authorization header: an ID token that is still valid, or
 * one refreshed at the issuer that the kubeconfig names. Loaded lazily: the client library takes a third of a second to start.
 * Throws LiveFault; the library's own message may hold a token and is not passed on.
 */
export async function authProviderHeader(user: JsonObject, entry: UserEntry): Promise<string> {
  const provider = objectAt(user['auth-provider']);
  const name = stringAt(provider['name']) ?? '';
  const fault = (reason: string): LiveFault =>
    new LiveFault('credential', {
      source: entry.place,
      reason: `auth provider ${name}: ${reason}`,
      hint: 'log in again with the tool that wrote the kubeconfig, or use an exec plug-in',
    });
  try {
    const config = new KubeConfig();
    config.loadFromOptions({
      clusters: [{ name: 'cluster', server: 'https://localhost', skipTLSVerify: false }],
      users: [{ name: 'user', authProvider: provider }],
      contexts: [{ name: 'context', cluster: 'cluster', user: 'user' }],
      currentContext: 'context',
    });
    const options: { headers?: Record<string, string | string[]> } = { headers: {} };
    await config.applyToHTTPSOptions(options);
    const header = Object.entries(options.headers ?? {}).find(([key]) => key.toLowerCase() === 'authorization')?.[1];
    if (typeof header === 'string' && header !== '') return header;
  } catch {
    throw fault('no token could be had');
  }
  throw fault('it gave no token');
}
