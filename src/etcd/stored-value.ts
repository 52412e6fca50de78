import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** What the head of a stored value says of how it is kept. */
export interface StoredPrefix {
  /** `k8s:enc:aescbc:v1:key1:`, `k8s:enc:kms:v2:name:`, else `plaintext`, or `unknown` for bytes of no known form. */
  readonly prefix: string;
  /** Which plaintext: protobuf, JSON or CBOR. */
  readonly form?: 'protobuf' | 'json' | 'cbor';
  /** Key that KMS v2 used, as the plug-in names it. */
  readonly keyId?: string;
}

const longestHead = 512;

/**
 * Tells from a value as it lies in etcd by which provider and key it is encrypted. Total: any bytes give an answer. Looks at the head
 * alone, but for the keyID of KMS v2. Source: k8s.io/apiserver pkg/server/options/encryptionconfig/config.go (prefixes),
 * pkg/storage/value/encrypt/envelope/kmsv2/v2/api.proto (EncryptedObject).
 */
export function storedPrefixOf(value: Uint8Array): StoredPrefix {
  const head = Buffer.from(value.buffer, value.byteOffset, Math.min(value.byteLength, longestHead)).toString('latin1');
  const local = /^k8s:enc:(?:aescbc|aesgcm|secretbox):v1:[^:]*:/.exec(head)?.[0];
  if (local !== undefined) return { prefix: local };
  const kms = /^k8s:enc:kms:v([12]):[^:]*:/.exec(head);
  if (kms !== null) {
    const keyId = kms[1] === '2' ? keyIdOf(value.subarray(kms[0].length)) : undefined;
    return { prefix: kms[0], ...(keyId === undefined ? {} : { keyId }) };
  }
  if (head.startsWith('k8s\0')) return { prefix: 'plaintext', form: 'protobuf' };
  if (/^\s*\{/.test(head)) return { prefix: 'plaintext', form: 'json' };
  if (head.startsWith('\xd9\xd9\xf7')) return { prefix: 'plaintext', form: 'cbor' };
  return { prefix: 'unknown' };
}

/** Field 2 of EncryptedObject; `undefined` where the bytes are no such message. */
function keyIdOf(bytes: Uint8Array): string | undefined {
  try {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [field, type] = reader.tag();
      if (field === 2 && type === WireType.LengthDelimited) return printable(reader.string());
      reader.skip(type);
    }
  } catch {
    // Cut off or of another form: the prefix alone is known.
  }
  return undefined;
}

function printable(text: string): string {
  // A plug-in's name for a key is not secret, but it must not write on a terminal.
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 256);
}
