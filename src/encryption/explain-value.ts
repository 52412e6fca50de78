import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** A range of a stored value: what it is, never what a secret in it says. */
export interface ValuePart {
  /** First byte, and the first one after it. */
  readonly from: number;
  readonly to: number;
  readonly what: string;
  /** What stands there, where that is no secret. */
  readonly text?: string;
}

const magic = 'k8s\0';

/**
 * Says of each byte of a value as etcd holds it what it is: provider and key, nonces, wrapped data keys, ciphertext, tags; of plaintext the
 * envelope. The parts cover the value without a gap. Total: bytes of no known form are one part that says so.
 *
 * Rule source: k8s.io/apiserver pkg/server/options/encryptionconfig/config.go (prefixes), pkg/storage/value/encrypt (layouts),
 * k8s.io/apimachinery pkg/runtime/generated.proto (Unknown).
 */
export function explainValue(value: Uint8Array): readonly ValuePart[] {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const head = bytes.toString('latin1', 0, 600);
  const encrypted = /^k8s:enc:(?:(aescbc|aesgcm|secretbox):v1|(kms):v([12])):([^:]*):/.exec(head);
  if (encrypted !== null) {
    const start = encrypted[0].length;
    const parts = new Parts(bytes, start);
    const provider = encrypted[1] ?? `KMS v${encrypted[3] ?? ''}`;
    const named = encrypted[1] === undefined ? 'plug-in' : 'key';
    parts.first(`prefix: provider ${provider}, ${named} ${printable(encrypted[4] ?? '')}`, printable(encrypted[0]));
    if (encrypted[1] === 'aescbc')
      parts.take(16, 'initialization vector').rest('AES-CBC ciphertext, padded (PKCS#7); not authenticated');
    else if (encrypted[1] === 'secretbox')
      parts.take(24, 'nonce').take(16, 'tag (Poly1305)').rest('XSalsa20 ciphertext; not bound to the etcd key');
    else if (encrypted[1] === 'aesgcm') gcm(parts);
    else if (encrypted[3] === '1') kmsV1(parts, bytes);
    else kmsV2(parts, bytes, start);
    return parts.list;
  }
  if (head.startsWith('k8s:enc:')) return whole(bytes, 'an encrypted value, by no provider that is known');
  if (head.startsWith(magic)) return protobuf(bytes);
  if (/^\s*\{/.test(head)) return whole(bytes, 'JSON in the clear: an object that anybody who reads etcd reads');
  if (head.startsWith('\xd9\xd9\xf7')) return whole(bytes, 'CBOR in the clear: an object that anybody who reads etcd reads');
  return whole(bytes, bytes.byteLength === 0 ? 'an empty value' : 'bytes of no known form');
}

function whole(bytes: Buffer, what: string): readonly ValuePart[] {
  return [{ from: 0, to: bytes.byteLength, what }];
}

/** Cuts parts off from the begin; what is missing is said, once. */
class Parts {
  readonly list: ValuePart[] = [];
  readonly #bytes: Buffer;
  readonly #start: number;
  #at: number;
  #end: number;

  constructor(bytes: Buffer, start: number, end = bytes.byteLength) {
    this.#bytes = bytes;
    this.#start = start;
    this.#at = start;
    this.#end = end;
  }

  get left(): number {
    return this.#end - this.#at;
  }

  get at(): number {
    return this.#at;
  }

  first(what: string, text: string): this {
    this.list.push({ from: 0, to: this.#start, what, text });
    return this;
  }

  take(length: number, what: string, text?: string): this {
    const to = Math.min(this.#end, this.#at + length);
    const cut = to - this.#at < length;
    const said = cut ? `${what}, cut off: ${to - this.#at} of ${length} bytes` : what;
    if (to > this.#at || cut) this.list.push({ from: this.#at, to, what: said, ...(text === undefined ? {} : { text }) });
    this.#at = to;
    return this;
  }

  rest(what: string): this {
    return this.left > 0 ? this.take(this.left, what) : this;
  }

  /** Goes on inside a part of this length. */
  within(length: number): Parts {
    return new Parts(this.#bytes, this.#at, Math.min(this.#end, this.#at + length));
  }

  add(inner: Parts): this {
    this.list.push(...inner.list);
    this.#at = inner.at;
    return this;
  }
}

function gcm(parts: Parts, bound = 'bound to the etcd key'): Parts {
  parts.take(12, 'nonce');
  if (parts.left < 16) return parts.take(16, 'tag (GCM)');
  if (parts.left > 16) parts.take(parts.left - 16, `AES-GCM ciphertext, ${bound}`);
  return parts.take(16, 'tag (GCM)');
}

function kmsV1(parts: Parts, bytes: Buffer): void {
  const at = parts.at;
  const length = bytes.byteLength >= at + 2 ? bytes.readUInt16BE(at) : 0;
  parts.take(2, 'length of the wrapped data key', bytes.byteLength >= at + 2 ? String(length) : undefined);
  if (length > 0) parts.take(length, 'data key, wrapped by the plug-in');
  if (parts.left > 0) gcm(parts, 'bound to the etcd key (AES-CBC in values from before 1.25)');
}

const objectFields: Readonly<Record<number, string>> = {
  1: 'encryptedData',
  2: 'keyID',
  3: 'encryptedDEKSource: data key or seed, wrapped by the plug-in',
  4: 'annotation of the plug-in',
  5: 'encryptedDEKSourceType',
};

function kmsV2(parts: Parts, bytes: Buffer, start: number): void {
  const fields = fieldsOf(bytes.subarray(start), start);
  const typeField = fields?.find(({ number }) => number === 5);
  const isSeed = typeField?.value === 1;
  for (const { number, bodyAt, end, value } of fields ?? []) {
    const what = objectFields[number] ?? `field ${number}, which is not known`;
    if (number === 5)
      parts.take(
        end - parts.at,
        `${what}: ${value === 1 ? 'a seed' : value === 0 ? 'a data key' : 'of no known kind'}`,
        String(value),
      );
    else {
      parts.take(bodyAt - parts.at, `tag and length of ${what.split(':')[0] ?? what}`);
      if (number === 2) parts.take(end - bodyAt, what, printable(bytes.toString('utf8', bodyAt, end)));
      else if (number !== 1) parts.take(end - bodyAt, what);
      else {
        const inner = parts.within(end - bodyAt);
        if (isSeed) inner.take(32, 'info, from which the seed derives the key');
        parts.add(gcm(inner));
      }
    }
  }
  parts.rest(fields === undefined ? 'no EncryptedObject: the message is broken' : 'bytes after the message');
}

interface Field {
  readonly number: number;
  /** Where its content begins and ends in the value. */
  readonly bodyAt: number;
  readonly end: number;
  readonly value: number | undefined;
}

/** Fields of a protobuf message in their order; `undefined` where it is broken. */
function fieldsOf(bytes: Uint8Array, offset: number): readonly Field[] | undefined {
  const fields: Field[] = [];
  try {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [number, type] = reader.tag();
      if (type === WireType.LengthDelimited) {
        const body = reader.bytes();
        fields.push({ number, bodyAt: offset + reader.pos - body.byteLength, end: offset + reader.pos, value: undefined });
      } else {
        const bodyAt = offset + reader.pos;
        const value = type === WireType.Varint ? reader.uint32() : void reader.skip(type, number);
        fields.push({ number, bodyAt, end: offset + reader.pos, value });
      }
    }
  } catch {
    return undefined;
  }
  return fields;
}

const unknownFields: Readonly<Record<number, string>> = {
  1: 'apiVersion and kind',
  2: 'the object itself, in the clear',
  3: 'contentEncoding',
  4: 'contentType',
};

function protobuf(bytes: Buffer): readonly ValuePart[] {
  const parts = new Parts(bytes, magic.length);
  parts.first('magic of protobuf in the clear', 'k8s\\0');
  const fields = fieldsOf(bytes.subarray(magic.length), magic.length);
  for (const { number, bodyAt, end } of fields ?? []) {
    const what = unknownFields[number] ?? `field ${number}, which is not known`;
    parts.take(bodyAt - parts.at, `tag and length of ${what.split(',')[0] ?? what}`);
    parts.take(end - bodyAt, what, number === 1 ? typeMeta(bytes.subarray(bodyAt, end)) : undefined);
  }
  return parts.rest('no runtime.Unknown: the message is broken').list;
}

function typeMeta(bytes: Buffer): string {
  const texts = (fieldsOf(bytes, 0) ?? []).map(({ bodyAt, end }) => printable(bytes.toString('utf8', bodyAt, end)));
  return texts.join(' ');
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 256);
}
