import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EncryptionConfiguration, ProviderConfiguration } from './provider.ts';
import type { KmsPlugin } from './providers/kms-plugin.ts';
import type { KmsWriteState, WriteRandom } from './providers/transformer.ts';
import { readStoredObject } from './stored-object.ts';
import { compileTransformers, dataKeyRequests, openValue, sealValue } from './transformers.ts';

const none = { aesgcm: null, aescbc: null, secretbox: null, identity: null, kms: null };
const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

/** A provider, and what the server draws when it writes. */
interface Drawn {
  readonly provider: ProviderConfiguration;
  readonly random: WriteRandom;
  readonly plugin?: KmsPlugin;
}

function keyed(name: 'aesgcm' | 'aescbc' | 'secretbox', sizes: readonly number[], nonce: number): fc.Arbitrary<Drawn> {
  const key = fc.constantFrom(...sizes).chain(bytesOf);
  const keys = fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'a:b', 'my key', 'ключ'), key }), {
    minLength: 1,
    maxLength: 3,
  });
  return fc.record({ keys, nonce: bytesOf(nonce) }).map((drawn) => ({
    provider: {
      ...none,
      [name]: { keys: drawn.keys.map((one) => ({ name: one.name, secret: Buffer.from(one.key).toString('base64') })) },
    },
    random: { nonce: drawn.nonce },
  }));
}

function kms(version: 'v1' | 'v2', type: 0 | 1): fc.Arbitrary<Drawn> {
  const text = fc.constantFrom('kek-1', 'projects/x/keys/1');
  const annotation = fc.tuple(fc.constantFrom('a.example.com', 'b.example.com'), bytesOf(3));
  return fc
    .record({
      key: bytesOf(32),
      wrapped: bytesOf(60),
      info: bytesOf(32),
      nonce: bytesOf(12),
      keyID: text,
      annotations: fc.array(annotation),
    })
    .map(({ key, wrapped, info, nonce, keyID, annotations }) => {
      const source = type === 0 ? { type, dataEncryptionKey: key } : { type, seed: key, info };
      const state: KmsWriteState =
        version === 'v1'
          ? { version, dataEncryptionKey: key, encryptedDEK: wrapped }
          : { version, keyID, encryptedDEKSource: wrapped, annotations, source };
      return {
        provider: {
          ...none,
          kms: { apiVersion: version, name: 'plug', cachesize: null, endpoint: 'unix:///x', timeout: 3_000_000_000n },
        },
        random: { nonce, kms: state },
        plugin: { running: true, currentKeyID: keyID, decrypt: () => ({ kind: 'key', key }) },
      };
    });
}

const anyProvider = fc.oneof(
  keyed('aesgcm', [16, 24, 32], 12),
  keyed('aescbc', [16, 24, 32], 16),
  keyed('secretbox', [32], 24),
  kms('v1', 0),
  kms('v2', 0),
  kms('v2', 1),
);

function configurationOf(providers: readonly ProviderConfiguration[]): EncryptionConfiguration {
  return { resources: [{ resources: ['secrets'], providers }] };
}

test('what is sealed opens again, by whichever provider and key wrote it, and is stale where another one writes now', () => {
  fc.assert(
    fc.property(anyProvider, fc.uint8Array({ maxLength: 100 }), fc.string(), ({ provider, random, plugin }, plaintext, name) => {
      const plugins = new Map(plugin === undefined ? [] : [['plug', plugin]]);
      const key = `/registry/secrets/default/${name}`;
      const written = sealValue(compileTransformers(configurationOf([provider]), plugins, 31), 'secrets', key, plaintext, random);
      const first = openValue(compileTransformers(configurationOf([provider]), plugins, 31), 'secrets', key, written);
      expect(first).toMatchObject({ kind: 'opened' });
      if (first.kind === 'opened') {
        expect(Buffer.from(first.plaintext)).toEqual(Buffer.from(plaintext));
        expect(first.stale).toBe(random.kms?.version === 'v2' && random.kms.source.type === 0);
      }
      const later = configurationOf([{ ...none, identity: {} }, provider]);
      expect(openValue(compileTransformers(later, plugins, 31), 'secrets', key, written)).toMatchObject({
        kind: 'opened',
        stale: true,
      });
      const without = openValue(
        compileTransformers(configurationOf([{ ...none, identity: {} }]), plugins, 31),
        'secrets',
        key,
        written,
      );
      expect(without).toEqual({ kind: 'error', messages: ['no matching prefix found'] });
      expect(dataKeyRequests(configurationOf([provider]), 'secrets', written, 31)).toHaveLength(plugin === undefined ? 0 : 1);
    }),
  );
});

test('a value that is bound to its key opens nowhere else', () => {
  fc.assert(
    fc.property(fc.oneof(keyed('aesgcm', [32], 12), kms('v2', 1)), bytesOf(20), ({ provider, random, plugin }, plaintext) => {
      const plugins = new Map(plugin === undefined ? [] : [['plug', plugin]]);
      const transformers = compileTransformers(configurationOf([provider]), plugins, 31);
      const written = sealValue(transformers, 'secrets', '/registry/secrets/a/b', plaintext, random);
      const moved = openValue(transformers, 'secrets', '/registry/secrets/a/c', written);
      expect(moved).toMatchObject({ kind: 'error' });
    }),
  );
});

test('bytes of any kind, cut and changed anywhere, are answered and never throw', () => {
  const damage = fc.record({ cut: fc.nat(200), flips: fc.array(fc.nat(300), { maxLength: 4 }) });
  fc.assert(
    fc.property(
      anyProvider,
      fc.uint8Array({ maxLength: 80 }),
      damage,
      ({ provider, random, plugin }, plaintext, { cut, flips }) => {
        const plugins = new Map(plugin === undefined ? [] : [['plug', plugin]]);
        const transformers = compileTransformers(configurationOf([provider, { ...none, identity: {} }]), plugins, 31);
        const body = Buffer.concat([Buffer.from('k8s\0'), plaintext]);
        const value = Uint8Array.from(sealValue(transformers, 'secrets', '/registry/secrets/a/b', body, random));
        for (const flip of flips) if (flip < value.byteLength) value[flip] = (value[flip] ?? 0) ^ 0x5a;
        const opened = openValue(transformers, 'secrets', '/registry/secrets/a/b', value.subarray(0, value.byteLength - cut));
        expect(['opened', 'error', 'crash']).toContain(opened.kind);
        if (opened.kind === 'opened') expect(typeof readStoredObject(opened.plaintext, 'secrets').readable).toBe('boolean');
      },
    ),
    { numRuns: 500 },
  );
});

test('a plug-in that nobody asked leaves the value unknown, never readable', () => {
  fc.assert(
    fc.property(fc.oneof(kms('v1', 0), kms('v2', 1)), ({ provider, random }) => {
      const transformers = compileTransformers(configurationOf([provider]), new Map(), 31);
      const written = sealValue(transformers, 'secrets', '/registry/secrets/a/b', new Uint8Array(5), random);
      expect(openValue(transformers, 'secrets', '/registry/secrets/a/b', written).kind).toBe('unknown');
    }),
  );
});

test('a value of the IV alone ends the server', () => {
  const provider = { ...none, aescbc: { keys: [{ name: 'k', secret: Buffer.alloc(32).toString('base64') }] } };
  const value = Buffer.concat([Buffer.from('k8s:enc:aescbc:v1:k:'), Buffer.alloc(16)]);
  const transformers = compileTransformers(configurationOf([provider]), new Map(), 31);
  expect(openValue(transformers, 'secrets', '/registry/secrets/a/b', value).kind).toBe('crash');
});
