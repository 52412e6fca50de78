import { createHmac } from 'node:crypto';
import { openGcm, sealGcm } from './aesgcm.ts';
import type { EncryptedObject } from './encrypted-object.ts';
import { encryptedObjectFault, readEncryptedObject, writeEncryptedObject } from './encrypted-object.ts';
import type { DataKeyRequest, KmsPlugin } from './kms-plugin.ts';
import type { KmsWriteState, Opened, ProviderUse, Transformer } from './transformer.ts';
import { failed, nonceOf } from './transformer.ts';

const infoSize = 32;
const seedSize = 32;

/** The first minor that writes with a seed (type 1); before, the data key itself is wrapped (type 0). */
const seedSince = 29;

/** What the plug-in has to be asked to open a value. */
export function dataKeyRequestV2(kmsName: string, object: EncryptedObject): DataKeyRequest {
  const { encryptedDEKSource: ciphertext, keyID } = object;
  return { kmsName, version: 'v2', ciphertext, keyID, annotations: [...new Map(object.annotations)] };
}

/**
 * KMS v2: one data key or seed for many values, wrapped by the plug-in and kept beside each; the data is AES-GCM and bound to the etcd key.
 *
 * A value is stale where its key id is not the one in use, or its kind of source not the one that this minor writes. Rule source:
 * k8s.io/apiserver pkg/storage/value/encrypt/envelope/kmsv2/envelope.go, pkg/storage/value/encrypt/aes/aes_extended_nonce.go.
 */
export function kmsV2(kmsName: string, plugin: KmsPlugin | undefined, minor: number): Transformer {
  return {
    read(value, authenticatedData) {
      const object = readEncryptedObject(value, minor);
      if ('error' in object) return failed(object.error);
      const fault = encryptedObjectFault(object);
      if (fault !== undefined) return failed(fault);
      if (plugin === undefined) return { kind: 'unknown', why: `the KMS plug-in ${kmsName} was not asked` };
      // The state of a plug-in that never answered has no transformer.
      if (!plugin.running) return failed('got unexpected nil transformer');
      const answer = plugin.decrypt(dataKeyRequestV2(kmsName, object));
      if (answer.kind === 'not-asked') return { kind: 'unknown', why: `the KMS plug-in ${kmsName} was not asked` };
      if (answer.kind === 'error') return failed(`failed to decrypt DEK, error: ${answer.message}`);
      const use: ProviderUse = { provider: 'kms', kmsName, kmsVersion: 'v2', keyID: object.keyID };
      const opened = openWith(answer.key, object, authenticatedData, use);
      if (opened.kind !== 'opened') return opened;
      const writes = minor >= seedSince ? 1 : 0;
      const stale = plugin.currentKeyID !== object.keyID || object.encryptedDEKSourceType !== writes;
      return { ...opened, stale };
    },
    write(plaintext, authenticatedData, random) {
      const { kms } = random;
      if (kms?.version !== 'v2') throw new RangeError(`the data key of KMS provider ${kmsName} is wanted`);
      const { keyID, encryptedDEKSource, annotations, source } = kms;
      const encryptedData = sealWith(source, nonceOf(random, 12), plaintext, authenticatedData);
      return writeEncryptedObject({ encryptedData, keyID, encryptedDEKSource, annotations, encryptedDEKSourceType: source.type });
    },
  };
}

function openWith(key: Uint8Array, object: EncryptedObject, authenticatedData: Uint8Array, use: ProviderUse): Opened {
  const data = object.encryptedData;
  if (object.encryptedDEKSourceType === 0) {
    if (![16, 24, 32].includes(key.byteLength)) return failed(`crypto/aes: invalid key size ${key.byteLength}`);
    return openGcm(key, data, authenticatedData, use);
  }
  if (key.byteLength < seedSize) return failed(`invalid seed length ${key.byteLength} used for key generation`);
  if (data.byteLength < infoSize) return failed('the stored data was shorter than the required size');
  return openGcm(derivedKey(key, data.subarray(0, infoSize)), data.subarray(infoSize), authenticatedData, use);
}

type Source = Extract<KmsWriteState, { version: 'v2' }>['source'];

function sealWith(source: Source, nonce: Uint8Array, plaintext: Uint8Array, authenticatedData: Uint8Array): Uint8Array {
  if (source.type === 0) return sealGcm(source.dataEncryptionKey, nonce, plaintext, authenticatedData);
  if (source.info.byteLength !== infoSize) throw new RangeError(`an info of ${infoSize} bytes is wanted`);
  return Buffer.concat([source.info, sealGcm(derivedKey(source.seed, source.info), nonce, plaintext, authenticatedData)]);
}

/** HKDF-Expand with SHA-256 for 32 bytes, which is its first block alone (RFC 5869 section 2.3); node:crypto offers it only after Extract. */
function derivedKey(seed: Uint8Array, info: Uint8Array): Uint8Array {
  return createHmac('sha256', seed).update(info).update(Uint8Array.of(1)).digest();
}
