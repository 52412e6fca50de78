import type { Kubeconfig } from '../../cluster/cluster.ts';
import type { Document } from '../../cluster/document.ts';
import { placeOf } from '../../cluster/document.ts';
import type { JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../../cluster/json.ts';
import type { ReadHostFile } from './file-reading.ts';
import { joinHostPath } from './file-reading.ts';
import { certificateSubject } from './certificates.ts';

type User = Kubeconfig['users'][number];

/** Reports whether a document is a kubeconfig: `kind: Config`, or a text without kind that has clusters and users. */
export function isKubeconfig(value: unknown): value is JsonObject {
  if (!isObject(value)) return false;
  const kind = value['kind'];
  const version = value['apiVersion'];
  if (kind === 'Config' && (version === 'v1' || version === undefined)) return true;
  return kind === undefined && version === undefined && Array.isArray(value['clusters']) && Array.isArray(value['users']);
}

/**
 * Says whom a kubeconfig speaks as and to which servers: the kind of each user's credential and the subject of its client
 * certificate, inline or in a file (`readFile`, relative to `folder`). Never a token, a password or a key. Users are in the file's order.
 */
export async function kubeconfigOf(
  document: Document,
  options: { readonly folder: string; readonly host?: string; readonly inUse: boolean; readonly readFile: ReadHostFile },
): Promise<Kubeconfig> {
  const root = objectAt(document.value);
  const servers = listAt(root['clusters']).flatMap((entry) => {
    const server = stringAt(objectAt(objectAt(entry)['cluster'])['server']);
    return server === undefined ? [] : [server.replace(/\/\/[^/@]*@/, '//')];
  });
  const users: User[] = [];
  for (const [index, entry] of listAt(root['users']).entries()) {
    const user = objectAt(objectAt(entry)['user']);
    const subject = certificateSubject(await certificateText(user, options.folder, options.readFile));
    users.push({
      name: stringAt(objectAt(entry)['name']) ?? '',
      credential: credentialOf(user),
      ...(subject?.commonName === undefined ? {} : { commonName: subject.commonName }),
      ...(subject === undefined ? {} : { organizations: subject.organizations, notAfter: subject.notAfter }),
      place: placeOf(document, ['users', index]),
    });
  }
  return {
    source: document.source,
    ...(options.host === undefined ? {} : { host: options.host }),
    inUse: options.inUse,
    servers,
    users,
  };
}

function credentialOf(user: JsonObject): User['credential'] {
  const has = (...names: readonly string[]): boolean => names.some((name) => (stringAt(user[name]) ?? '') !== '');
  if (has('client-certificate-data', 'client-certificate')) return 'client-certificate';
  if (has('token', 'tokenFile')) return 'token';
  if (isObject(user['exec'])) return 'exec';
  if (isObject(user['auth-provider'])) return 'auth-provider';
  return has('username', 'password') ? 'basic' : 'none';
}

async function certificateText(user: JsonObject, folder: string, readFile: ReadHostFile): Promise<string> {
  const data = stringAt(user['client-certificate-data']) ?? '';
  if (data !== '') return Buffer.from(data, 'base64').toString('latin1');
  const path = stringAt(user['client-certificate']) ?? '';
  if (path === '') return '';
  const reading = await readFile(joinHostPath(folder, path));
  return reading.kind === 'file' ? reading.text : '';
}
