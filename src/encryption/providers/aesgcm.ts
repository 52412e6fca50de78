import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { CipherGCMTypes } from 'node:crypto';
import type { Opened, ProviderUse, Transformer } from './transformer.ts';
import { failed, nonceOf } from './transformer.ts';

const nonceSize = 12;
const tagSize = 16;

function cipherOf(key: Uint8Array): CipherGCMTypes {
  if (key.byteLength === 16) return 'aes-128-gcm';
  return key.byteLength === 24 ? 'aes-192-gcm' : 'aes-256-gcm';
}

/**
 * AES-GCM: nonce(12), ciphertext, tag(16); the etcd key is authenticated too, so a value that was moved does not open. Keys of 16, 24 and
 * 32 bytes. Rule source: k8s.io/apiserver pkg/storage/value/encrypt/aes/aes.go `gcm`.
 */
export function aesGcm(key: Uint8Array, use: ProviderUse): Transformer {
  return {
    read: (data, authenticatedData) => openGcm(key, data, authenticatedData, use),
    write: (plaintext, authenticatedData, random) => sealGcm(key, nonceOf(random, nonceSize), plaintext, authenticatedData),
  };
}

/** Opens nonce, ciphertext and tag, in the server's words where it fails. */
export function openGcm(key: Uint8Array, data: Uint8Array, authenticatedData: Uint8Array, use: ProviderUse): Opened {
  if (data.byteLength < nonceSize) return failed('the stored data was shorter than the required size');
  const end = data.byteLength - tagSize;
  const refused = failed('cipher: message authentication failed');
  if (end < nonceSize) return refused;
  const opening = createDecipheriv(cipherOf(key), key, data.subarray(0, nonceSize), { authTagLength: tagSize });
  opening.setAAD(authenticatedData).setAuthTag(data.subarray(end));
  try {
    const plaintext = Buffer.concat([opening.update(data.subarray(nonceSize, end)), opening.final()]);
    return { kind: 'opened', plaintext, stale: false, use };
  } catch {
    return refused;
  }
}

/** Seals into nonce, ciphertext and tag. */
export function sealGcm(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, authenticatedData: Uint8Array): Uint8Array {
  const sealing = createCipheriv(cipherOf(key), key, nonce, { authTagLength: tagSize }).setAAD(authenticatedData);
  return Buffer.concat([nonce, sealing.update(plaintext), sealing.final(), sealing.getAuthTag()]);
}
