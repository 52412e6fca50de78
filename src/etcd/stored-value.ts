import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** What the head of a stored value says of how it is kept. */
export interface StoredPrefix {
  /** `k8s:enc:aescbc:v1:key1:`, `k8s:enc:kms:v2:name:`, else `plaintext`, or `unknown` for bytes of no known form. */
  readonly prefix: string;
  /** Key that KMS v2 used, as the plug-in names it. */
  readonly keyId?: string;
}

const longestHead = 512;
const colon = 0x3a;
const blanks: readonly number[] = [0x20, 0x09, 0x0a, 0x0d];

/**
 * Tells from a value as it lies in etcd by which provider and key it is encrypted. Total: any bytes give an answer. Looks at the head
 * alone, but for the keyID of KMS v2: it is asked of millions of values. Source: k8s.io/apiserver
 * pkg/server/options/encryptionconfig/config.go (prefixes), pkg/storage/value/encrypt/envelope/kmsv2/v2/api.proto (EncryptedObject).
 */
export function storedPrefixOf(bytes: Uint8Array): StoredPrefix {
  const value = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = value.byteLength < 4 ? 0 : value.readUInt32BE(0);
  if (magic === 0x6b387300) return { prefix: 'plaintext' };
  if (magic === 0x6b38733a) {
    const prefix = encryptedHead(value);
    const keyId = prefix?.startsWith('k8s:enc:kms:v2:') === true ? keyIdOf(value.subarray(prefix.length)) : undefined;
    return { prefix: prefix ?? 'unknown', ...(keyId === undefined ? {} : { keyId }) };
  }
  let at = 0;
  while (at < longestHead && blanks.includes(value[at] ?? 0)) at++;
  // JSON, or CBOR by its own tag.
  const plain = value[at] === 0x7b || (value.byteLength >= 3 && value.readUIntBE(0, 3) === 0xd9d9f7);
  return { prefix: plain ? 'plaintext' : 'unknown' };
}

/** Up to the fifth colon, where it is a prefix that the server writes. */
function encryptedHead(value: Buffer): string | undefined {
  let colons = 0;
  const limit = Math.min(value.byteLength, longestHead);
  for (let at = 0; at < limit; at++) {
    if (value[at] !== colon || ++colons < 5) continue;
    const head = printable(value.toString('latin1', 0, at + 1));
    return /^k8s:enc:(?:(?:aescbc|aesgcm|secretbox):v1|kms:v[12]):/.test(head) ? head : undefined;
  }
  return undefined;
}

/** Field 2 of EncryptedObject; `undefined` where the bytes are no such message. */
function keyIdOf(bytes: Uint8Array): string | undefined {
  try {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [field, type] = reader.tag();
      if (field === 2 && type === WireType.LengthDelimited) return printable(reader.string()).slice(0, 256);
      reader.skip(type);
    }
  } catch {
    // Cut off or of another form: the prefix alone is known.
  }
  return undefined;
}

function printable(text: string): string {
  // Names of keys are not secret, but they must not write on a terminal.
  return text.replace(/[^\x20-\x7e]/g, '?');
}
