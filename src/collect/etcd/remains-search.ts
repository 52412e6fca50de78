import { knownKinds } from '../../cluster/kinds.ts';
import { storagePathOf } from '../../encryption/storage-path.ts';
import { storedPrefixOf } from '../../etcd/stored-value.ts';

/** A value that was found in bytes that nothing refers to. */
export interface RemainingValue {
  /** Empty where neither its key nor its head tells. */
  readonly resource: string;
  readonly prefix: string;
  /** 0 where its length is overwritten. */
  readonly bytes: number;
}

const magic = Buffer.from('k8s');
const json = Buffer.from('{"');
/** A key of etcd, a key's name and a TypeMeta are shorter. */
const lookAround = 700;

/**
 * Finds values in freed pages by their heads: `k8s\0` with the kind after it, `k8s:enc:…:`, and JSON where a value of etcd begins. Bytes come
 * piece by piece; a head that is cut off by the end of one is found when the next that follows it comes.
 */
export class RemainsSearch {
  readonly #prefixes: readonly string[];
  #rest: Buffer = Buffer.alloc(0);
  #next = -1;

  constructor(prefixes: readonly string[]) {
    this.#prefixes = prefixes;
  }

  /** Searches bytes at an offset of the file. */
  *search(bytes: Buffer, offset: number): Generator<RemainingValue> {
    const before = offset === this.#next ? this.#rest : Buffer.alloc(0);
    const text = before.byteLength === 0 ? bytes : Buffer.concat([before, bytes]);
    // What lies whole in the part from before was found then.
    const from = Math.max(0, before.byteLength - magic.byteLength - 1);
    for (let at = text.indexOf(magic, from); at >= 0; at = text.indexOf(magic, at + 1)) {
      const found = this.#valueAt(text, at);
      if (found !== undefined) yield found;
    }
    for (let at = text.indexOf(json, from); at >= 0; at = text.indexOf(json, at + 1)) {
      const length = lengthBefore(text, at);
      if (length !== undefined) yield { resource: this.#resourceBefore(text, at), prefix: 'plaintext', bytes: length };
    }
    this.#rest = Buffer.from(text.subarray(Math.max(0, text.byteLength - lookAround)));
    this.#next = offset + bytes.byteLength;
  }

  #valueAt(text: Buffer, at: number): RemainingValue | undefined {
    const value = text.subarray(at, at + lookAround);
    const bytes = lengthBefore(text, at) ?? 0;
    if (value[3] === 0x3a) {
      const { prefix } = storedPrefixOf(value);
      return prefix === 'unknown' ? undefined : { resource: this.#resourceBefore(text, at), prefix, bytes };
    }
    // Four bytes alone come about by chance: the message behind them must begin, unless etcd's own field says that a value is here.
    if (value[3] !== 0 || (value[4] !== 0x0a && bytes === 0)) return undefined;
    const resource = this.#resourceBefore(text, at);
    return { resource: resource === '' ? resourceOfHead(value) : resource, prefix: 'plaintext', bytes };
  }

  /** From the key that etcd keeps before the value, where it is whole. */
  #resourceBefore(text: Buffer, at: number): string {
    const start = Math.max(0, at - lookAround);
    for (const prefix of this.#prefixes) {
      const key = text.subarray(start, at).lastIndexOf(`${prefix}/`);
      if (key < 1) continue;
      const from = start + key;
      const length = lengthBefore(text, from, 0x0a);
      // Three revisions and a length lie between key and value.
      if (length === undefined || from + length > at || at - from - length > 40) continue;
      const path = storagePathOf(text.toString('utf8', from, from + length), prefix);
      if (path !== undefined) return path.encryptable ? path.resource : '';
    }
    return '';
  }
}

/** The length that stands before bytes in an mvccpb.KeyValue, behind its tag; `undefined` where there is none. */
function lengthBefore(text: Buffer, at: number, tag = 0x2a): number | undefined {
  for (let size = 1; size <= 5 && at - size >= 1; size++) {
    if (text[at - size - 1] !== tag) continue;
    let length = 0;
    let whole = true;
    for (let index = 0; index < size; index++) {
      const byte = text[at - size + index] ?? 0;
      length += (byte & 0x7f) * 128 ** index;
      if (byte >= 0x80 === (index === size - 1)) whole = false;
    }
    if (whole && length > 0) return length;
  }
  return undefined;
}

/** From the TypeMeta at the begin of a runtime.Unknown: 0a LENGTH 0a LENGTH apiVersion 12 LENGTH kind. */
function resourceOfHead(value: Buffer): string {
  const length = value[7] ?? 0;
  const kindAt = 8 + length;
  if (value[6] !== 0x0a || value[kindAt] !== 0x12) return '';
  const apiVersion = value.toString('latin1', 8, kindAt);
  const kind = value.toString('latin1', kindAt + 2, kindAt + 2 + (value[kindAt + 1] ?? 0));
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  const known = knownKinds.find((candidate) => candidate.kind === kind && candidate.group === group);
  if (known === undefined) return '';
  return group === '' ? known.plural : `${known.plural}.${group}`;
}
