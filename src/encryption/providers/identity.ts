import type { PrefixTransformer } from './transformer.ts';
import { failed } from './transformer.ts';

const encryptedPrefix = Buffer.from('k8s:enc:');

/** Plaintext: takes any value but those that are marked as encrypted (k8s.io/apiserver pkg/storage/value/encrypt/identity). */
export const identityTransformer: PrefixTransformer = {
  prefix: new Uint8Array(),
  transformer: {
    read: (data) =>
      Buffer.from(data.buffer, data.byteOffset, Math.min(data.byteLength, encryptedPrefix.byteLength)).equals(encryptedPrefix)
        ? failed('identity transformer tried to read encrypted data')
        : { kind: 'opened', plaintext: data, stale: false, use: { provider: 'identity' } },
    write: (plaintext) => plaintext,
  },
};
