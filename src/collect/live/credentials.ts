import type { JsonObject } from '../../cluster/json.ts';
import { isObject, stringAt } from '../../cluster/json.ts';
import { certificateSubject } from '../host/certificates.ts';
import type { CredentialSource, Secrets, UserEntry } from './connection.ts';
import type { Environment } from './environment-proxy.ts';
import { execCredential } from './exec-plugin.ts';
import { LiveFault } from './live-fault.ts';
import { dataOrFile, readNamedFile } from './named-file.ts';

/**
 * Makes the credential source of a user entry: client certificate, token, token file, user and password, exec plug-in or auth provider.
 *
 * A token file goes before a token, a token before a password; a plug-in is run only where none of them is given (client-go
 * tools/clientcmd/client_config.go, plugin/pkg/client/auth/exec). Files are read and plug-ins run when credentials are first asked
 * for, and again when fresh ones are. Nothing is kept outside this process.
 */
export function credentialSource(entry: UserEntry, environment: Environment): CredentialSource {
  let known: Secrets | undefined;
  return async (again) => {
    if (known === undefined || again) known = await read(entry, environment);
    return known;
  };
}

async function read(entry: UserEntry, environment: Environment): Promise<Secrets> {
  const { user, folder, place } = entry;
  const certificate = dataOrFile(user, 'client-certificate', folder, place);
  const key = dataOrFile(user, 'client-key', folder, place);
  const pair: Secrets = certificate === undefined ? {} : { certificate, ...(key === undefined ? {} : { key: key }) };
  if (certificate !== undefined) checkPair(certificate, key, place);
  const authorization = headerOf(user, folder, place);
  if (authorization !== undefined) return { ...pair, authorization };
  if (isObject(user['exec'])) return { ...(await execCredential(user['exec'], entry, environment)), ...pair };
  if (isObject(user['auth-provider'])) {
    const { authProviderHeader } = await import('./auth-provider.ts');
    return { ...pair, authorization: await authProviderHeader(user, entry) };
  }
  return pair;
}

function headerOf(user: JsonObject, folder: string, place: string): string | undefined {
  const tokenFile = stringAt(user['tokenFile']) ?? '';
  const token = tokenFile === '' ? (stringAt(user['token']) ?? '') : readNamedFile(tokenFile, 'tokenFile', folder, place).trim();
  if (token !== '') return `Bearer ${token}`;
  const name = stringAt(user['username']) ?? '';
  const password = stringAt(user['password']) ?? '';
  if (name === '' && password === '') return undefined;
  return `Basic ${Buffer.from(`${name}:${password}`, 'utf8').toString('base64')}`;
}

function checkPair(certificate: string, key: string | undefined, place: string): void {
  const fault = (reason: string, hint: string): LiveFault => new LiveFault('credential', { source: place, reason, hint });
  if (key === undefined) throw fault('a client certificate without a client key', 'add client-key or client-key-data');
  if (!certificate.includes('-----BEGIN CERTIFICATE-----'))
    throw fault('the client certificate is no PEM certificate', 'write the certificate anew');
  if (key.includes('ENCRYPTED'))
    throw fault('the client key is encrypted', 'decrypt it into a file that only you can read, or use an exec plug-in');
  const subject = certificateSubject(certificate);
  if (subject !== undefined && Date.parse(subject.notAfter) < Date.now())
    throw fault(
      `the client certificate of ${subject.commonName ?? 'this user'} expired at ${subject.notAfter}`,
      'renew it (kubeadm certs renew, or ask your provider for a new kubeconfig)',
    );
}
