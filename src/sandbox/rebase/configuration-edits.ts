import type { FieldEdit } from '../../cluster/change.ts';
import type { FieldPath, Json, JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt, valueAt } from '../../cluster/json.ts';
import type { Loopback } from './rebased.ts';
import { deadAddress } from './rebased.ts';
import { rebasedPath } from './paths.ts';

/** Edits that make a configuration file fit for loopback, and what they take away. */
export interface ConfigurationEdits {
  readonly edits: readonly FieldEdit[];
  readonly notes: readonly string[];
}

/**
 * Finds what of a configuration file names another file or leaves the machine: paths of nested files are re-based; KMS plug-ins, OIDC
 * issuers and trace collectors get stand-ins. Kinds without such fields need no edits.
 */
export function configurationEdits(value: Json, loopback: Loopback): ConfigurationEdits {
  const root = objectAt(value);
  switch (root['kind']) {
    case 'AdmissionConfiguration':
      return { edits: admissionEdits(root, loopback), notes: [] };
    case 'AuthorizationConfiguration':
      return authorizationEdits(root, loopback);
    case 'EncryptionConfiguration':
    case 'EncryptionConfig':
      return encryptionEdits(root, loopback);
    case 'AuthenticationConfiguration':
      return authenticationEdits(root);
    case 'TracingConfiguration':
      return {
        edits: [{ op: 'set', path: ['endpoint'], value: deadAddress }],
        notes: ['traces are sent nowhere: the collector was not asked'],
      };
    default:
      return { edits: pathEdits(root, [['kubeConfigFile'], ['imagePolicy', 'kubeConfigFile']], loopback), notes: [] };
  }
}

function pathEdits(root: JsonObject, paths: readonly FieldPath[], { root: folder }: Loopback): FieldEdit[] {
  return paths.flatMap((path): FieldEdit[] => {
    const value = stringAt(valueAt(root, path));
    return value?.startsWith('/') === true ? [{ op: 'set', path, value: rebasedPath(folder, value) }] : [];
  });
}

function admissionEdits(root: JsonObject, loopback: Loopback): FieldEdit[] {
  const paths = listAt(root['plugins']).flatMap((_, index): FieldPath[] => [
    ['plugins', index, 'path'],
    ['plugins', index, 'configuration', 'kubeConfigFile'],
    ['plugins', index, 'configuration', 'imagePolicy', 'kubeConfigFile'],
  ]);
  return pathEdits(root, paths, loopback);
}

function authorizationEdits(root: JsonObject, loopback: Loopback): ConfigurationEdits {
  const authorizers = listAt(root['authorizers']);
  const paths = authorizers.map((_, index): FieldPath => {
    return ['authorizers', index, 'webhook', 'connectionInfo', 'kubeConfigFile'];
  });
  const webhooks = authorizers.some((authorizer) => objectAt(authorizer)['type'] === 'Webhook');
  return { edits: pathEdits(root, paths, loopback), notes: webhooks ? ['no authorization webhook was asked'] : [] };
}

function encryptionEdits(root: JsonObject, { encryptionKey }: Loopback): ConfigurationEdits {
  const names: string[] = [];
  const edits = listAt(root['resources']).flatMap((resource, at) =>
    listAt(objectAt(resource)['providers']).flatMap((provider, index): FieldEdit[] => {
      const kms = objectAt(provider)['kms'];
      if (!isObject(kms)) return [];
      names.push(stringAt(kms['name']) ?? '');
      const value = { secretbox: { keys: [{ name: 'sandbox', secret: encryptionKey }] } };
      return [{ op: 'set', path: ['resources', at, 'providers', index], value }];
    }),
  );
  const which = [...new Set(names)].join(', ');
  return {
    edits,
    notes: names.length === 0 ? [] : [`secretbox stands in for the KMS plug-in ${which}: its socket was not asked`],
  };
}

function authenticationEdits(root: JsonObject): ConfigurationEdits {
  const standIns = new Map<string, string>();
  const edits = listAt(root['jwt']).flatMap((_, index): FieldEdit[] =>
    ['url', 'discoveryURL'].flatMap((field): FieldEdit[] => {
      const path: FieldPath = ['jwt', index, 'issuer', field];
      const url = stringAt(valueAt(root, path));
      return url?.startsWith('https://') === true ? [{ op: 'set', path, value: deadUrl(url, standIns) }] : [];
    }),
  );
  return { edits, notes: edits.length === 0 ? [] : ['no OIDC issuer was asked: their tokens are not accepted here'] };
}

/** One stand-in for each URL, so that issuers that are equal stay so; what follows the host stays, for the server checks it. */
export function deadUrl(url: string, standIns: Map<string, string>): string {
  const known = standIns.get(url);
  if (known !== undefined) return known;
  const rest = /^https:\/\/[^/?#@]*([/?#].*)?$/s.exec(url)?.[1];
  // Credentials and other shapes are left to the server, which refuses them before it asks anybody.
  if (rest === undefined && !/^https:\/\/[^/?#@]+$/.test(url)) return url;
  const standIn = `https://${deadAddress}/stand-in-${standIns.size + 1}${rest ?? ''}`;
  standIns.set(url, standIn);
  return standIn;
}
