import { splitEnvelopeV1, dataKeyRequestV1, kmsV1 } from './providers/kms-v1.ts';
import { dataKeyRequestV2, kmsV2 } from './providers/kms-v2.ts';
import { encryptedObjectFault, readEncryptedObject } from './providers/encrypted-object.ts';
import { aesCbc } from './providers/aescbc.ts';
import { aesGcm } from './providers/aesgcm.ts';
import { identityTransformer } from './providers/identity.ts';
import type { DataKeyRequest, KmsPlugins } from './providers/kms-plugin.ts';
import { prefixUnion } from './providers/prefix-union.ts';
import { secretbox } from './providers/secretbox.ts';
import type { Opened, PrefixTransformer, ProviderUse, Transformer, WriteRandom } from './providers/transformer.ts';
import type { EncryptionConfiguration, EncryptionKey, KmsConfiguration, ProviderConfiguration } from './provider.ts';
import { entriesFor } from './provider.ts';

const encoder = new TextEncoder();

/** How each resource is read and written under one configuration. */
export interface Transformers {
  /** @param resource as the configuration names it: `secrets`, `deployments.apps` */
  forResource(resource: string): Transformer;
}

/**
 * Makes a configuration ready to open and seal values. `undefined`: no configuration, identity alone.
 *
 * @param minor of the server: which KMS v2 source it writes, how it reads broken bytes
 * Rule source: k8s.io/apiserver pkg/server/options/encryptionconfig/config.go. Keys must be valid (`configuration.ts` refuses others).
 */
export function compileTransformers(
  configuration: EncryptionConfiguration | undefined,
  plugins: KmsPlugins,
  minor: number,
): Transformers {
  const made = new Map<string, Transformer>();
  return {
    forResource(resource) {
      let transformer = made.get(resource);
      if (transformer === undefined) {
        const providers =
          configuration === undefined ? undefined : entriesFor(configuration, resource)?.flatMap((entry) => entry.providers);
        // Identity alone stands for itself: its own error is told then.
        transformer =
          providers === undefined
            ? identityTransformer.transformer
            : prefixUnion(
                providers.map((provider) => prefixTransformer(provider, plugins, minor)),
                'no matching prefix found',
              );
        made.set(resource, transformer);
      }
      return transformer;
    },
  };
}

function prefixTransformer(provider: ProviderConfiguration, plugins: KmsPlugins, minor: number): PrefixTransformer {
  if (provider.aesgcm !== null) return keyed('aesgcm', 'AES', provider.aesgcm.keys, aesGcm);
  if (provider.aescbc !== null) return keyed('aescbc', 'AES', provider.aescbc.keys, aesCbc);
  if (provider.secretbox !== null) return keyed('secretbox', 'Secretbox', provider.secretbox.keys, secretbox);
  if (provider.kms !== null) return kms(provider.kms, plugins, minor);
  return identityTransformer;
}

function keyed(
  provider: 'aesgcm' | 'aescbc' | 'secretbox',
  called: string,
  keys: readonly EncryptionKey[],
  make: (key: Uint8Array, use: ProviderUse) => Transformer,
): PrefixTransformer {
  const transformers = keys.map(({ name, secret }) => ({
    prefix: encoder.encode(`${name}:`),
    transformer: make(Buffer.from(secret, 'base64'), { provider, keyName: name }),
  }));
  return {
    prefix: encoder.encode(`k8s:enc:${provider}:v1:`),
    transformer: prefixUnion(transformers, `no matching key was found for the provided ${called} transformer`),
  };
}

function kms({ name, apiVersion }: KmsConfiguration, plugins: KmsPlugins, minor: number): PrefixTransformer {
  const plugin = plugins.get(name);
  const version = apiVersion === 'v2' ? 'v2' : 'v1';
  return {
    prefix: encoder.encode(`k8s:enc:kms:${version}:${name}:`),
    transformer: version === 'v2' ? kmsV2(name, plugin, minor) : kmsV1(name, plugin),
  };
}

/** Opens a stored value of a resource; the etcd key is the whole one, prefix included. */
export function openValue(transformers: Transformers, resource: string, etcdKey: string, value: Uint8Array): Opened {
  return transformers.forResource(resource).read(value, encoder.encode(etcdKey));
}

/** Seals a plaintext as the server would store it. Throws RangeError where `random` lacks what the provider needs. */
export function sealValue(
  transformers: Transformers,
  resource: string,
  etcdKey: string,
  plaintext: Uint8Array,
  random: WriteRandom,
): Uint8Array {
  return transformers.forResource(resource).write(plaintext, encoder.encode(etcdKey), random);
}

/**
 * What plug-ins have to be asked before a value can be opened: one request for each KMS provider of the resource whose prefix fits and
 * whose envelope is whole. Who talks to sockets asks these first.
 */
export function dataKeyRequests(
  configuration: EncryptionConfiguration,
  resource: string,
  value: Uint8Array,
  minor: number,
): readonly DataKeyRequest[] {
  const requests: DataKeyRequest[] = [];
  for (const { kms: provider } of entriesFor(configuration, resource)?.flatMap((entry) => entry.providers) ?? []) {
    if (provider === null) continue;
    const { prefix } = kms(provider, new Map(), minor);
    if (!Buffer.from(value.buffer, value.byteOffset, Math.min(value.byteLength, prefix.byteLength)).equals(prefix)) continue;
    const body = value.subarray(prefix.byteLength);
    if (provider.apiVersion === 'v2') {
      const object = readEncryptedObject(body, minor);
      if (!('error' in object) && encryptedObjectFault(object) === undefined)
        requests.push(dataKeyRequestV2(provider.name, object));
    } else {
      const envelope = splitEnvelopeV1(body);
      if (envelope !== undefined) requests.push(dataKeyRequestV1(provider.name, envelope));
    }
  }
  return requests;
}
