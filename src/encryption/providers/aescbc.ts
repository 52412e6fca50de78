import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Opened, ProviderUse, Transformer } from './transformer.ts';
import { failed, nonceOf } from './transformer.ts';

const blockSize = 16;

/**
 * AES-CBC with PKCS#7 padding, 16 bytes of IV before it, without any authentication: what was changed or opened with a wrong key is
 * noticed by the padding alone. Keys of 16, 24 and 32 bytes. Rule source: k8s.io/apiserver pkg/storage/value/encrypt/aes/aes.go `cbc`.
 */
export function aesCbc(key: Uint8Array, use: ProviderUse): Transformer {
  const cipher = `aes-${key.byteLength * 8}-cbc`;
  return {
    read: (data) => open(cipher, key, data, use),
    write(plaintext, _authenticatedData, random) {
      const iv = nonceOf(random, blockSize);
      const sealing = createCipheriv(cipher, key, iv);
      return Buffer.concat([iv, sealing.update(plaintext), sealing.final()]);
    },
  };
}

function open(cipher: string, key: Uint8Array, data: Uint8Array, use: ProviderUse): Opened {
  if (data.byteLength < blockSize) return failed('the stored data was shorter than the required size');
  const sealed = data.subarray(blockSize);
  if (sealed.byteLength % blockSize !== 0) return failed('the stored data is not a multiple of the block size');
  if (sealed.byteLength === 0) return { kind: 'crash', message: 'runtime error: index out of range [-1]' };
  const opening = createDecipheriv(cipher, key, data.subarray(0, blockSize)).setAutoPadding(false);
  const padded = Buffer.concat([opening.update(sealed), opening.final()]);
  const padding = padded[padded.byteLength - 1] ?? 0;
  if (padding === 0 || padding > padded.byteLength) return failed('invalid PKCS7 data (empty or not padded)');
  const size = padded.byteLength - padding;
  if (padded.subarray(size).some((byte) => byte !== padding)) return failed('invalid padding on input');
  return { kind: 'opened', plaintext: padded.subarray(0, size), stale: false, use };
}
