/** bbolt's kinds of pages. Source: go.etcd.io/bbolt internal/common/page.go. */
export const pageFlags = { branch: 0x01, leaf: 0x02, meta: 0x04, freelist: 0x10 } as const;

export const pageHeaderSize = 16;
export const elementSize = 16;
const bucketFlag = 0x01;
const bucketHeaderSize = 16;

export interface PageHeader {
  readonly id: number;
  readonly flags: number;
  readonly count: number;
  /** Pages that follow and belong to this one. */
  readonly overflow: number;
}

/** A number of 64 bits; beyond 2^53 it is not exact, and no page or revision is that large. */
export function uint64(bytes: Buffer, offset: number): number {
  return bytes.readUInt32LE(offset + 4) * 0x1_0000_0000 + bytes.readUInt32LE(offset);
}

export function readHeader(bytes: Buffer, offset: number): PageHeader {
  return {
    id: uint64(bytes, offset),
    flags: bytes.readUInt16LE(offset + 8),
    count: bytes.readUInt16LE(offset + 10),
    overflow: bytes.readUInt32LE(offset + 12),
  };
}

/** What the first two pages say of a database. */
export interface Meta {
  readonly pageSize: number;
  /** Root page of the root bucket. */
  readonly root: number;
  /** Page of the list of free pages; `undefined`: it is not kept, free is what nothing refers to. */
  readonly freelist: number | undefined;
  /** The first page that was never used. */
  readonly highWater: number;
  readonly txid: number;
}

const magic = 0xed0cdaed;
const fnvOffset = 0xcbf29ce484222325n;
const fnvPrime = 0x100000001b3n;

/** Reads a meta page at an offset; a text says what is wrong with it. */
export function readMeta(bytes: Buffer, offset: number): Meta | string {
  const at = offset + pageHeaderSize;
  if (bytes.byteLength < at + 64) return 'cut off';
  if (bytes.readUInt32LE(at) !== magic) return 'not a bbolt database (no magic number)';
  const version = bytes.readUInt32LE(at + 4);
  if (version !== 2) return `version ${version} of the format, 2 is known`;
  const checksum = bytes.readBigUInt64LE(at + 56);
  if (checksum !== fnv1a(bytes.subarray(at, at + 56))) return 'its checksum is wrong';
  const pageSize = bytes.readUInt32LE(at + 8);
  if (pageSize < 512 || pageSize > 65_536 || (pageSize & (pageSize - 1)) !== 0) return `a page size of ${pageSize}`;
  const freelist = bytes.readBigUInt64LE(at + 32);
  return {
    pageSize,
    root: uint64(bytes, at + 16),
    freelist: freelist === 0xffff_ffff_ffff_ffffn ? undefined : Number(freelist),
    highWater: uint64(bytes, at + 40),
    txid: uint64(bytes, at + 48),
  };
}

function fnv1a(bytes: Uint8Array): bigint {
  let hash = fnvOffset;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * fnvPrime);
  return hash;
}

/** Where an element's key and value lie, as offsets into the bytes of its page. */
export interface LeafElement {
  readonly bucket: boolean;
  readonly keyStart: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** Reads a leaf's element; `undefined` where it leads out of its page. */
export function leafElement(page: Buffer, index: number): LeafElement | undefined {
  const at = pageHeaderSize + index * elementSize;
  if (at + elementSize > page.byteLength) return undefined;
  const keyStart = at + page.readUInt32LE(at + 4);
  const valueStart = keyStart + page.readUInt32LE(at + 8);
  const valueEnd = valueStart + page.readUInt32LE(at + 12);
  if (valueEnd > page.byteLength) return undefined;
  return { bucket: (page.readUInt32LE(at) & bucketFlag) !== 0, keyStart, valueStart, valueEnd };
}

/** The pages that a branch leads to; `undefined` in place of what leads out of the page. */
export function* branchChildren(page: Buffer, count: number): Generator<number | undefined> {
  for (let index = 0; index < count; index++) {
    const at = pageHeaderSize + index * elementSize;
    if (at + elementSize > page.byteLength) {
      yield undefined;
      return;
    }
    yield uint64(page, at + 8);
  }
}

/** The end of what a page uses; after it lies what an earlier use of the page left. */
export function usedEnd(page: Buffer, { flags, count }: PageHeader): number {
  let end = pageHeaderSize;
  if (flags === pageFlags.meta) return pageHeaderSize + 64;
  if (flags === pageFlags.freelist) return Math.min(page.byteLength, freelistEnd(page, count));
  for (let index = 0; index < count; index++) {
    const at = pageHeaderSize + index * elementSize;
    if (at + elementSize > page.byteLength) return page.byteLength;
    const last =
      flags === pageFlags.leaf
        ? at + page.readUInt32LE(at + 4) + page.readUInt32LE(at + 8) + page.readUInt32LE(at + 12)
        : at + page.readUInt32LE(at) + page.readUInt32LE(at + 4);
    end = Math.max(end, at + elementSize, last);
  }
  return Math.min(page.byteLength, end);
}

function freelistEnd(page: Buffer, count: number): number {
  // 0xFFFF: the true count stands in the first place.
  if (count !== 0xffff) return pageHeaderSize + count * 8;
  return page.byteLength < pageHeaderSize + 8 ? page.byteLength : pageHeaderSize + 8 + uint64(page, pageHeaderSize) * 8;
}

/** A bucket as its parent's leaf names it: a root page, or a page that stands in the value itself. */
export interface BucketValue {
  readonly root: number;
  readonly inline: Buffer | undefined;
}

/** Reads a bucket's value; `undefined` where it is too short. */
export function readBucket(value: Buffer): BucketValue | undefined {
  if (value.byteLength < bucketHeaderSize) return undefined;
  const root = uint64(value, 0);
  if (root !== 0) return { root, inline: undefined };
  const inline = value.subarray(bucketHeaderSize);
  return inline.byteLength < pageHeaderSize ? undefined : { root, inline };
}
