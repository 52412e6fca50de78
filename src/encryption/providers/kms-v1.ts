import { aesCbc } from './aescbc.ts';
import { openGcm, sealGcm } from './aesgcm.ts';
import type { DataKeyRequest, KmsPlugin } from './kms-plugin.ts';
import type { Opened, ProviderUse, Transformer } from './transformer.ts';
import { failed, nonceOf } from './transformer.ts';

/** The parts of a KMS v1 value after its prefix. */
export interface EnvelopeV1 {
  readonly encryptedDEK: Uint8Array;
  readonly data: Uint8Array;
}

/** Splits length(2, big endian), wrapped data key and data; `undefined` where the length leads beyond the end. */
export function splitEnvelopeV1(value: Uint8Array): EnvelopeV1 | undefined {
  if (value.byteLength < 2) return undefined;
  const length = ((value[0] ?? 0) << 8) | (value[1] ?? 0);
  if (value.byteLength < 2 + length) return undefined;
  return { encryptedDEK: value.subarray(2, 2 + length), data: value.subarray(2 + length) };
}

/** What the plug-in has to be asked to open a value. */
export function dataKeyRequestV1(kmsName: string, { encryptedDEK }: EnvelopeV1): DataKeyRequest {
  return { kmsName, version: 'v1', ciphertext: encryptedDEK, keyID: '', annotations: [] };
}

/**
 * KMS v1: a data key for each value, wrapped by the plug-in; the data is AES-GCM since 1.25 and AES-CBC before, which still is read and
 * then stale. Rule source: k8s.io/apiserver pkg/storage/value/encrypt/envelope/envelope.go and `unionTransformers` of
 * pkg/server/options/encryptionconfig/config.go.
 */
export function kmsV1(kmsName: string, plugin: KmsPlugin | undefined): Transformer {
  const use: ProviderUse = { provider: 'kms', kmsName, kmsVersion: 'v1' };
  return {
    read(value, authenticatedData) {
      const envelope = splitEnvelopeV1(value);
      if (envelope === undefined)
        return failed('invalid data encountered by envelope transformer: failed to read uint16 length prefixed data');
      if (plugin === undefined) return { kind: 'unknown', why: `the KMS plug-in ${kmsName} was not asked` };
      if (!plugin.running)
        return {
          kind: 'unknown',
          why: `nothing listens at the socket of the KMS plug-in ${kmsName}: the error is the network's`,
        };
      const answer = plugin.decrypt(dataKeyRequestV1(kmsName, envelope));
      if (answer.kind === 'not-asked') return { kind: 'unknown', why: `the KMS plug-in ${kmsName} was not asked` };
      if (answer.kind === 'error') return failed(answer.message);
      if (![16, 24, 32].includes(answer.key.byteLength)) return failed(`crypto/aes: invalid key size ${answer.key.byteLength}`);
      return openEither(answer.key, envelope.data, authenticatedData, use);
    },
    write(plaintext, authenticatedData, random) {
      const { kms } = random;
      if (kms?.version !== 'v1') throw new RangeError(`the data key of KMS provider ${kmsName} is wanted`);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(kms.encryptedDEK.byteLength);
      const sealed = sealGcm(kms.dataEncryptionKey, nonceOf(random, 12), plaintext, authenticatedData);
      return Buffer.concat([length, kms.encryptedDEK, sealed]);
    },
  };
}

function openEither(key: Uint8Array, data: Uint8Array, authenticatedData: Uint8Array, use: ProviderUse): Opened {
  const gcm = openGcm(key, data, authenticatedData, use);
  if (gcm.kind !== 'error') return gcm;
  const cbc = aesCbc(key, use).read(data, authenticatedData);
  if (cbc.kind === 'opened') return { ...cbc, stale: true };
  if (cbc.kind !== 'error') return cbc;
  return { kind: 'error', messages: [...new Set([...gcm.messages, ...cbc.messages])] };
}
