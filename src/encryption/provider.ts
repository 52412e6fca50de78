import type { FieldPath } from '../cluster/json.ts';

/** A named key; `secret` is key material, as Base64: it must never be printed. */
export interface EncryptionKey {
  readonly name: string;
  readonly secret: string;
}

export interface KmsConfiguration {
  /** `v1` where the file names none. */
  readonly apiVersion: string;
  readonly name: string;
  /** Only of v1; 1000 where the file names none. */
  readonly cachesize: number | null;
  readonly endpoint: string;
  /** Nanoseconds; 3 s where the file names none. */
  readonly timeout: bigint;
}

/** One element of `providers`: exactly one member is set in an accepted file. */
export interface ProviderConfiguration {
  readonly aesgcm: { readonly keys: readonly EncryptionKey[] } | null;
  readonly aescbc: { readonly keys: readonly EncryptionKey[] } | null;
  readonly secretbox: { readonly keys: readonly EncryptionKey[] } | null;
  readonly identity: object | null;
  readonly kms: KmsConfiguration | null;
}

export interface ResourceConfiguration {
  readonly resources: readonly string[];
  readonly providers: readonly ProviderConfiguration[];
}

/** An EncryptionConfiguration with defaults filled in. */
export interface EncryptionConfiguration {
  readonly resources: readonly ResourceConfiguration[];
}

export type ProviderName = 'identity' | 'aescbc' | 'aesgcm' | 'secretbox' | 'kms';

/** A provider that serves a resource, and where it stands in the file. */
export interface Provider {
  readonly provider: ProviderName;
  readonly kmsVersion?: 'v1' | 'v2';
  /** The name of a KMS provider. */
  readonly kmsName?: string;
  readonly path: FieldPath;
  /** The first key, which writes. */
  readonly keyName?: string;
  /** All keys by name, in order. */
  readonly keyNames: readonly string[];
}

interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

/** Splits `deployments.apps` at its first dot; without a dot the group is the core group (schema.ParseGroupResource). */
export function parseGroupResource(text: string): GroupResource {
  const dot = text.indexOf('.');
  return dot < 0 ? { resource: text, group: '' } : { resource: text.slice(0, dot), group: text.slice(dot + 1) };
}

/** One text for a group and resource, whatever way it was written: `secrets` and `secrets.` are the same. */
export function groupResourceKey({ group, resource }: GroupResource): string {
  return `${resource}.${group}`;
}

function describe(provider: ProviderConfiguration, path: FieldPath): Provider {
  const local = (name: 'aesgcm' | 'aescbc' | 'secretbox', keys: readonly EncryptionKey[]): Provider => {
    const keyNames = keys.map((key) => key.name);
    const [keyName] = keyNames;
    return { provider: name, path, keyNames, ...(keyName === undefined ? {} : { keyName }) };
  };
  // The server looks in this order, should a file name several (it refuses such a file).
  if (provider.aesgcm !== null) return local('aesgcm', provider.aesgcm.keys);
  if (provider.aescbc !== null) return local('aescbc', provider.aescbc.keys);
  if (provider.secretbox !== null) return local('secretbox', provider.secretbox.keys);
  if (provider.kms !== null) {
    return {
      provider: 'kms',
      kmsVersion: provider.kms.apiVersion === 'v2' ? 'v2' : 'v1',
      kmsName: provider.kms.name,
      path,
      keyNames: [],
    };
  }
  return { provider: 'identity', path, keyNames: [] };
}

/**
 * The entries that serve a resource (`secrets`, `deployments.apps`), in the order of the file; `undefined`: none fits, so it is stored as
 * plaintext.
 *
 * The most specific name decides: the resource itself, then `*.group`, then `*.*`; several entries with that name join their providers.
 * Source: apiserver pkg/server/options/encryptionconfig (transformerFromOverrides).
 */
export function entriesFor(
  configuration: EncryptionConfiguration,
  resource: string,
): readonly (ResourceConfiguration & { readonly index: number })[] | undefined {
  const asked = parseGroupResource(resource);
  // Events are stored once, in the core group, by whichever API they came.
  const wanted = asked.resource === 'events' && asked.group === 'events.k8s.io' ? { resource: 'events', group: '' } : asked;
  for (const candidate of [wanted, { group: wanted.group, resource: '*' }, { group: '*', resource: '*' }]) {
    const key = groupResourceKey(candidate);
    const entries = configuration.resources.flatMap((entry, index) =>
      entry.resources.some((text) => groupResourceKey(parseGroupResource(text)) === key) ? [{ ...entry, index }] : [],
    );
    if (entries.length > 0) return entries;
  }
  return undefined;
}

/** The providers that serve a resource, in order: the first one writes, all of them read; `undefined` as `entriesFor`. */
export function providersOf(configuration: EncryptionConfiguration, resource: string): readonly Provider[] | undefined {
  return entriesFor(configuration, resource)?.flatMap(({ providers, index }) =>
    providers.map((provider, position) => describe(provider, ['resources', index, 'providers', position])),
  );
}

/** The provider that writes a resource; `undefined` where no entry names it (plaintext). */
export function writeProvider(configuration: EncryptionConfiguration, resource: string): Provider | undefined {
  return providersOf(configuration, resource)?.[0];
}

/** The prefix of a value that this provider writes, as it stands in etcd; `plaintext` for identity and for none. */
export function storedPrefix(provider: Provider | undefined): string {
  if (provider === undefined || provider.provider === 'identity') return 'plaintext';
  if (provider.provider === 'kms') return `k8s:enc:kms:${provider.kmsVersion ?? 'v1'}:${provider.kmsName ?? ''}:`;
  return `k8s:enc:${provider.provider}:v1:${provider.keyName ?? ''}:`;
}
