import { createHash } from 'node:crypto';
import type { ByteSource } from './byte-source.ts';
import type { Meta, PageHeader } from './page.ts';
import { branchChildren, leafElement, pageFlags, pageHeaderSize, readBucket, readHeader, readMeta } from './page.ts';

/** Something in the file that cannot be right: where, and what was seen. */
export interface PageFault {
  /** Absent: the file as a whole. */
  readonly page?: number;
  readonly problem: string;
}

/** A bucket at the top of the database. */
export interface Bucket {
  readonly name: string;
  /** Heads of its leaf pages, in the order in which the tree lists them. */
  readonly leaves: readonly number[];
  /** A small bucket's page, which stands in its parent. */
  readonly inline: Buffer | undefined;
}

/** Who uses a page. */
export const pageUse = { free: 0, head: 1, overflow: 2 } as const;

/** The map of a database file: what is used, by whom; nothing of it is a value yet. */
export interface Layout {
  readonly kind: 'snapshot' | 'member-db';
  readonly checksum: 'ok' | 'absent' | 'bad';
  /** Bytes of the database, without the checksum after it. */
  readonly bytes: number;
  readonly meta: Meta;
  /** Whole pages in the file. */
  readonly filePages: number;
  /** `pageUse` of each page. */
  readonly use: Uint8Array;
  /** Pages that follow a head and belong to it. */
  readonly overflow: Uint32Array;
  /** Whether a page is a leaf of the bucket `key`. */
  readonly revisionLeaf: Uint8Array;
  readonly buckets: ReadonlyMap<string, Bucket>;
  readonly faults: readonly PageFault[];
  /** Faults beyond those that are listed. */
  readonly moreFaults: number;
}

const checksumSize = 32;
const blockSize = 8 * 1024 * 1024;
const largestFaultList = 20;
/** A page with what follows it: etcd's values stay below a few megabytes; a corrupt count must not ask for gigabytes. */
export const largestPageGroup = 256 * 1024 * 1024;

/** The file is no database of etcd; `message` says why. */
export class NotASnapshot extends Error {}

/**
 * Maps a snapshot (`etcdctl snapshot save`) or a member's `snap/db`: checksum, meta pages, the tree of pages from the root. Reads the file
 * once from end to end and its branches again; memory grows with the number of pages, 6 bytes each.
 *
 * Throws NotASnapshot where neither meta page can be used; every other fault is listed with its page, and what is whole is mapped.
 *
 * @param progress told the bytes that were read
 */
export function readLayout(source: ByteSource, progress?: (bytes: number) => void): Layout {
  const hasChecksum = source.size % 512 === checksumSize;
  const bytes = hasChecksum ? source.size - checksumSize : source.size;
  const faults = new Faults();
  const meta = newestMeta(source, faults);
  const { pageSize, highWater } = meta;
  const filePages = Math.floor(bytes / pageSize);
  if (bytes % pageSize !== 0)
    faults.add(undefined, `${bytes} bytes are no whole number of pages of ${pageSize} bytes: the file is cut off`);
  if (highWater > filePages) faults.add(undefined, `the database has ${highWater} pages, the file ${filePages}: it is cut off`);
  const checksum = hasChecksum ? (matchesChecksum(source, bytes, progress) ? 'ok' : 'bad') : 'absent';
  const walk = new TreeWalk(source, meta, Math.min(filePages, highWater), filePages, faults);
  walk.metaPages();
  const buckets = walk.buckets();
  return {
    kind: hasChecksum ? 'snapshot' : 'member-db',
    checksum,
    bytes,
    meta,
    filePages,
    use: walk.use,
    overflow: walk.overflow,
    revisionLeaf: walk.revisionLeaf,
    buckets,
    faults: faults.listed,
    moreFaults: faults.more,
  };
}

class Faults {
  readonly listed: PageFault[] = [];
  more = 0;

  add(page: number | undefined, problem: string): void {
    if (this.listed.length >= largestFaultList) this.more++;
    else this.listed.push(page === undefined ? { problem } : { page, problem });
  }
}

/** The valid one with the highest transaction; the second lies one page on, whose size the first tells, or is tried for. */
function newestMeta(source: ByteSource, faults: Faults): Meta {
  const head = source.read(0, 2 * 65_536);
  const first = readMeta(head, 0);
  const sizes = typeof first === 'string' ? [4096, 8192, 16_384, 32_768, 65_536, 512, 1024, 2048] : [first.pageSize];
  let second: Meta | string = 'cut off';
  for (const size of sizes) {
    const tried = readMeta(head, size);
    if (typeof tried === 'string') {
      if (typeof first !== 'string') second = tried;
      continue;
    }
    second = tried;
    break;
  }
  if (typeof first === 'string' && typeof second === 'string')
    throw new NotASnapshot(`page 0: ${first}; page 1: ${second}: neither meta page can be used`);
  if (typeof first === 'string') faults.add(0, `the meta page cannot be used: ${first}`);
  else if (typeof second === 'string') faults.add(1, `the meta page cannot be used: ${second}`);
  if (typeof first === 'string') return second as Meta;
  if (typeof second === 'string') return first;
  return second.txid > first.txid ? second : first;
}

function matchesChecksum(source: ByteSource, bytes: number, progress?: (bytes: number) => void): boolean {
  const hash = createHash('sha256');
  for (let offset = 0; offset < bytes; offset += blockSize) {
    const block = source.read(offset, Math.min(blockSize, bytes - offset));
    hash.update(block);
    progress?.(offset + block.byteLength);
    if (block.byteLength === 0) return false;
  }
  return hash.digest().equals(source.read(bytes, checksumSize));
}

class TreeWalk {
  readonly use: Uint8Array;
  readonly overflow: Uint32Array;
  readonly revisionLeaf: Uint8Array;
  readonly #source: ByteSource;
  readonly #meta: Meta;
  readonly #limit: number;
  readonly #faults: Faults;

  constructor(source: ByteSource, meta: Meta, limit: number, filePages: number, faults: Faults) {
    this.#source = source;
    this.#meta = meta;
    this.#limit = limit;
    this.#faults = faults;
    this.use = new Uint8Array(filePages);
    this.overflow = new Uint32Array(filePages);
    this.revisionLeaf = new Uint8Array(filePages);
  }

  /** The two meta pages and the list of free pages are in use. */
  metaPages(): void {
    for (const page of [0, 1]) if (page < this.use.length) this.use[page] = pageUse.head;
    const { freelist } = this.#meta;
    if (freelist === undefined) return;
    const header = this.#take(freelist, 'the meta page');
    if (header !== undefined && header.flags !== pageFlags.freelist)
      this.#faults.add(freelist, `flags 0x${header.flags.toString(16)}, a list of free pages was expected`);
  }

  buckets(): ReadonlyMap<string, Bucket> {
    const buckets = new Map<string, Bucket>();
    for (const leaf of this.#leavesOf(this.#meta.root, false)) {
      const page = this.#group(leaf);
      for (let index = 0; index < readHeader(page, 0).count; index++) {
        const element = leafElement(page, index);
        if (element === undefined) {
          this.#faults.add(leaf, `element ${index} leads out of the page`);
          break;
        }
        if (!element.bucket) continue;
        const name = page.toString('latin1', element.keyStart, element.valueStart);
        const value = readBucket(page.subarray(element.valueStart, element.valueEnd));
        if (value === undefined) this.#faults.add(leaf, `the bucket in element ${index} is cut off`);
        else if (value.inline !== undefined) buckets.set(name, { name, leaves: [], inline: Buffer.from(value.inline) });
        else buckets.set(name, { name, leaves: this.#leavesOf(value.root, name === 'key'), inline: undefined });
      }
    }
    return buckets;
  }

  /** Heads of the leaf pages below a page. Each page is taken once: a circle or a second reference is a fault, and ends there. */
  #leavesOf(root: number, revisions: boolean): readonly number[] {
    const leaves: number[] = [];
    const waiting: { readonly page: number; readonly parent: string }[] = [{ page: root, parent: 'its bucket' }];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const header = this.#take(next.page, next.parent);
      if (header === undefined) continue;
      if (header.flags === pageFlags.leaf) {
        leaves.push(next.page);
        if (revisions) this.revisionLeaf[next.page] = 1;
      } else if (header.flags === pageFlags.branch) {
        const children: number[] = [];
        for (const child of branchChildren(this.#group(next.page), header.count)) {
          if (child === undefined) this.#faults.add(next.page, `${header.count} elements do not fit into the page`);
          else children.push(child);
        }
        // The first child first.
        for (const child of children.toReversed()) waiting.push({ page: child, parent: `page ${next.page}` });
      } else this.#faults.add(next.page, `flags 0x${header.flags.toString(16)}, a branch or a leaf was expected`);
    }
    return leaves;
  }

  /** Marks a page and its overflow as used; `undefined`, with a fault, where that cannot be right. */
  #take(page: number, parent: string): PageHeader | undefined {
    if (page < 2 || page >= this.#limit) {
      this.#faults.add(page, `${parent} leads to it, and the file has the pages 2 to ${this.#limit - 1}`);
      return undefined;
    }
    if (this.use[page] !== pageUse.free) {
      this.#faults.add(page, `${parent} leads to it, and it is in use already`);
      return undefined;
    }
    const header = readHeader(this.#source.read(page * this.#meta.pageSize, pageHeaderSize), 0);
    if (header.id !== page) {
      this.#faults.add(page, `it calls itself page ${header.id}`);
      return undefined;
    }
    const last = page + header.overflow;
    if (last >= this.#limit || (header.overflow + 1) * this.#meta.pageSize > largestPageGroup) {
      this.#faults.add(page, `it claims ${header.overflow} further pages, of ${this.#limit - 1 - page} that follow`);
      return undefined;
    }
    for (let used = page + 1; used <= last; used++) {
      if (this.use[used] === pageUse.free) continue;
      this.#faults.add(page, `it claims page ${used}, which is in use already`);
      return undefined;
    }
    this.use[page] = pageUse.head;
    this.use.fill(pageUse.overflow, page + 1, last + 1);
    this.overflow[page] = header.overflow;
    return header;
  }

  #group(page: number): Buffer {
    const { pageSize } = this.#meta;
    return this.#source.read(page * pageSize, ((this.overflow[page] ?? 0) + 1) * pageSize);
  }
}

/** Reads the elements of a bucket that is small (`meta`): name and value, up to `most` of them. */
export function smallBucket(source: ByteSource, layout: Layout, name: string, most = 1000): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>();
  const bucket = layout.buckets.get(name);
  const { pageSize } = layout.meta;
  const pages =
    bucket?.inline !== undefined
      ? [bucket.inline]
      : (bucket?.leaves ?? []).map((leaf) => source.read(leaf * pageSize, ((layout.overflow[leaf] ?? 0) + 1) * pageSize));
  for (const page of pages) {
    for (let index = 0; index < readHeader(page, 0).count && found.size < most; index++) {
      const element = leafElement(page, index);
      if (element === undefined) break;
      const key = page.toString('latin1', element.keyStart, element.valueStart);
      found.set(key, Buffer.from(page.subarray(element.valueStart, element.valueEnd)));
    }
  }
  return found;
}
