import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';

const pageSize = 4096;
const flags = { branch: 1, leaf: 2, meta: 4 } as const;
const noFreelist = 0xffffffffffffffffn;

interface Element {
  readonly key: Buffer;
  readonly value: Buffer;
  /** Whether the value is a bucket. */
  readonly bucket?: true;
}

/** Writes a snapshot as etcd saves one: a bbolt file with the buckets `key` and `meta`, pages that are free, and the checksum at its end. */
export function writeSnapshot(path: string, wantedBytes: number): { readonly bytes: number; readonly revisions: number } {
  const file = openSync(path, 'w');
  let written = 0;
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  const flush = (): void => {
    const bytes = Buffer.concat(pending);
    writeSync(file, bytes);
    pending = [];
    pendingBytes = 0;
  };
  /** @returns the page's number */
  const put = (pages: Buffer): number => {
    const id = written / pageSize;
    pages.writeBigUInt64LE(BigInt(id), 0);
    pending.push(pages);
    pendingBytes += pages.byteLength;
    written += pages.byteLength;
    if (pendingBytes > 8 << 20) flush();
    return id;
  };
  const stale = leafPage([element(revisionKey(1), keyValue('/registry/secrets/gone/gone', 1, plainSecret(1)))]);

  // The meta pages lead to the root, which comes last: their place is kept, and the checksum made over what stands there in the end.
  const root = { id: 0 };
  const metaAt = (id: bigint): Buffer => metaPage(id, root.id, (written + pageSize) / pageSize);
  written = 2 * pageSize;
  const leaves: { readonly key: Buffer; readonly id: number }[] = [];
  let revision = 1;
  let elements: Element[] = [];
  let size = 0;
  pending.push(Buffer.alloc(2 * pageSize));
  const isFull = (): boolean => written >= wantedBytes;
  while (!isFull()) {
    revision++;
    const one = element(revisionKey(revision), keyValue(keyOf(revision), revision, valueOf(revision)));
    const more = 16 + one.key.byteLength + one.value.byteLength;
    if (elements.length > 0 && 16 + size + more > pageSize) {
      leaves.push({ key: elements[0]?.key ?? Buffer.alloc(0), id: put(leafPage(elements)) });
      elements = [];
      size = 0;
      // One page in twenty is free, with what stood there before.
      if (leaves.length % 20 === 0) put(Buffer.from(stale));
    }
    elements.push(one);
    size += more;
  }
  leaves.push({ key: elements[0]?.key ?? Buffer.alloc(0), id: put(leafPage(elements)) });
  let level: readonly { readonly key: Buffer; readonly id: number }[] = leaves;
  while (level.length > 1) {
    const above: { readonly key: Buffer; readonly id: number }[] = [];
    for (let at = 0; at < level.length; at += 100) {
      const children = level.slice(at, at + 100);
      above.push({ key: children[0]?.key ?? Buffer.alloc(0), id: put(branchPage(children)) });
    }
    level = above;
  }
  const bucket = Buffer.alloc(16);
  bucket.writeBigUInt64LE(BigInt(level[0]?.id ?? 0), 0);
  const inline = Buffer.concat([Buffer.alloc(16), inlineLeaf()]);
  root.id = put(
    leafPage([
      { key: Buffer.from('key'), value: bucket, bucket: true },
      { key: Buffer.from('meta'), value: inline, bucket: true },
    ]),
  );
  flush();
  const metas = Buffer.concat([metaAt(0n), metaAt(1n)]);
  writeSync(file, metas, 0, metas.byteLength, 0);
  closeSync(file);
  const sum = checksumOf(path);
  const again = openSync(path, 'a');
  writeSync(again, sum);
  closeSync(again);
  return { bytes: written + sum.byteLength, revisions: revision - 1 };
}

function checksumOf(path: string): Buffer {
  const hash = createHash('sha256');
  const file = openSync(path, 'r');
  const block = Buffer.alloc(8 << 20);
  for (let read = readSync(file, block); read > 0; read = readSync(file, block)) hash.update(block.subarray(0, read));
  closeSync(file);
  return hash.digest();
}

function element(key: Buffer, value: Buffer): Element {
  return { key, value };
}

function revisionKey(main: number): Buffer {
  const key = Buffer.alloc(17);
  key.writeBigUInt64BE(BigInt(main), 0);
  key[8] = 0x5f;
  return key;
}

const kinds = ['secrets', 'secrets', 'configmaps', 'pods', 'events', 'leases'] as const;

function keyOf(revision: number): string {
  // Leases and pods are written again and again.
  const again = revision % 3 === 0 ? revision % 2000 : revision;
  return `/registry/${kinds[revision % kinds.length] ?? 'pods'}/team-${again % 300}/object-${again}`;
}

const noise = createHash('sha512').update('bulwark').digest();
const ciphertext = Buffer.concat(Array.from({ length: 64 }, () => noise));

function valueOf(revision: number): Buffer {
  const size = 300 + ((revision * 7919) % 1800);
  if (revision % kinds.length < 2)
    return Buffer.concat([Buffer.from(`k8s:enc:secretbox:v1:key-${revision % 2}:`), ciphertext.subarray(0, size)]);
  return Buffer.concat([Buffer.from('k8s\0\n\u000c\n\u0002v1\u0012\u0006Secret\u0012'), Buffer.alloc(size, 0x2e)]);
}

function plainSecret(revision: number): Buffer {
  return Buffer.concat([
    Buffer.from('k8s\0\n\u000c\n\u0002v1\u0012\u0006Secret\u0012'),
    Buffer.alloc(200 + (revision % 7), 0x2e),
  ]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ;) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
}

/** mvccpb.KeyValue. */
function keyValue(key: string, revision: number, value: Buffer): Buffer {
  const name = Buffer.from(key);
  return Buffer.concat([
    Buffer.of(0x0a),
    varint(name.byteLength),
    name,
    Buffer.of(0x10),
    varint(revision),
    Buffer.of(0x18),
    varint(revision),
    Buffer.of(0x20, 0x01, 0x2a),
    varint(value.byteLength),
    value,
  ]);
}

function leafPage(elements: readonly Element[]): Buffer {
  const data = elements.reduce((sum, { key, value }) => sum + 16 + key.byteLength + value.byteLength, 16);
  const pages = Math.ceil(data / pageSize);
  const page = Buffer.alloc(pages * pageSize);
  page.writeUInt16LE(flags.leaf, 8);
  page.writeUInt16LE(elements.length, 10);
  page.writeUInt32LE(pages - 1, 12);
  let at = 16 + elements.length * 16;
  for (const [index, { key, value, bucket }] of elements.entries()) {
    const place = 16 + index * 16;
    page.writeUInt32LE(bucket === true ? 1 : 0, place);
    page.writeUInt32LE(at - place, place + 4);
    page.writeUInt32LE(key.byteLength, place + 8);
    page.writeUInt32LE(value.byteLength, place + 12);
    at += key.copy(page, at);
    at += value.copy(page, at);
  }
  return page;
}

/** The page of a bucket that stands in its parent: a leaf without elements. */
function inlineLeaf(): Buffer {
  const page = Buffer.alloc(16);
  page.writeUInt16LE(flags.leaf, 8);
  return page;
}

function branchPage(children: readonly { readonly key: Buffer; readonly id: number }[]): Buffer {
  const page = Buffer.alloc(pageSize);
  page.writeUInt16LE(flags.branch, 8);
  page.writeUInt16LE(children.length, 10);
  let at = 16 + children.length * 16;
  for (const [index, { key, id }] of children.entries()) {
    const place = 16 + index * 16;
    page.writeUInt32LE(at - place, place);
    page.writeUInt32LE(key.byteLength, place + 4);
    page.writeBigUInt64LE(BigInt(id), place + 8);
    at += key.copy(page, at);
  }
  return page;
}

function metaPage(id: bigint, root: number, pages: number): Buffer {
  const page = Buffer.alloc(pageSize);
  page.writeBigUInt64LE(id, 0);
  page.writeUInt16LE(flags.meta, 8);
  page.writeUInt32LE(0xed0cdaed, 16);
  page.writeUInt32LE(2, 20);
  page.writeUInt32LE(pageSize, 24);
  page.writeBigUInt64LE(BigInt(root), 32);
  page.writeBigUInt64LE(noFreelist, 48);
  page.writeBigUInt64LE(BigInt(pages - 1), 56);
  page.writeBigUInt64LE(id + 1n, 64);
  let sum = 0xcbf29ce484222325n;
  for (const byte of page.subarray(16, 72)) sum = BigInt.asUintN(64, (sum ^ BigInt(byte)) * 0x100000001b3n);
  page.writeBigUInt64LE(sum, 72);
  return page;
}
