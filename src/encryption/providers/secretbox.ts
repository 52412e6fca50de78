import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import type { Opened, ProviderUse, Transformer } from './transformer.ts';
import { failed, nonceOf } from './transformer.ts';

const nonceSize = 24;
const overhead = 16;

/**
 * XSalsa20 and Poly1305: nonce(24), then the box (its tag first); not bound to the etcd key. Keys of 32 bytes. Rule source: k8s.io/apiserver
 * pkg/storage/value/encrypt/secretbox, whose words for a wrong key speak of an output array.
 */
export function secretbox(key: Uint8Array, use: ProviderUse): Transformer {
  return {
    read: (data) => open(key, data, use),
    write(plaintext, _authenticatedData, random) {
      const nonce = nonceOf(random, nonceSize);
      return Buffer.concat([nonce, xsalsa20poly1305(key, nonce).encrypt(plaintext)]);
    },
  };
}

function open(key: Uint8Array, data: Uint8Array, use: ProviderUse): Opened {
  if (data.byteLength < nonceSize + overhead) return failed('the stored data was shorter than the required size');
  try {
    const plaintext = xsalsa20poly1305(key, data.subarray(0, nonceSize)).decrypt(data.subarray(nonceSize));
    return { kind: 'opened', plaintext, stale: false, use };
  } catch {
    return failed('output array was not large enough for encryption');
  }
}
