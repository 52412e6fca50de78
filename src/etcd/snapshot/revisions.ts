import type { ByteSource } from './byte-source.ts';
import type { Layout, PageFault } from './layout.ts';
import { largestPageGroup, pageUse } from './layout.ts';
import { elementSize, leafElement, pageHeaderSize, readHeader, usedEnd } from './page.ts';

/** One revision of one key, as it lies in the file. Buffers are valid only until the visitor returns. */
export interface Revision {
  readonly main: number;
  readonly sub: number;
  readonly tombstone: boolean;
  readonly key: Buffer;
  readonly value: Buffer;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  /** Offset of the key in the file; -1 where it stands inside its bucket's parent. */
  readonly keyOffset: number;
}

/** Bytes that no element of a page in use covers. */
export type Remains = 'freePage' | 'slackOfUsedPage' | 'beyondHighWater';

export interface FileVisitor {
  revision?(revision: Revision): void;
  /** Bytes of a page that nothing refers to, of the end of a page, or after the last page; `offset` in the file. */
  remains?(where: Remains, bytes: Buffer, offset: number): void;
}

const blockSize = 8 * 1024 * 1024;
const tombstoneMark = 0x74;
const separator = 0x5f;

/**
 * Goes through a database from its first page to its last, each byte once: every revision of the bucket `key`, and everything that is left
 * over. Not in the order of revisions, but of the file. Memory: one block of 8 MiB, or the largest page.
 *
 * @returns elements that are no revisions, by page; up to 20 are listed
 */
export function visitFile(
  source: ByteSource,
  layout: Layout,
  visitor: FileVisitor,
  progress?: (bytes: number) => void,
): readonly PageFault[] {
  const { pageSize, highWater } = layout.meta;
  const faults: PageFault[] = [];
  const inline = layout.buckets.get('key')?.inline;
  if (inline !== undefined) visitLeaf(inline, 0, -1, visitor, faults);
  const perBlock = Math.max(1, Math.floor(blockSize / pageSize));
  let page = 0;
  while (page < layout.filePages) {
    const first = page;
    // A page in use is never cut from what belongs to it.
    let end = Math.min(layout.filePages, first + perBlock);
    while (end < layout.filePages && layout.use[end] === pageUse.overflow && (end - first) * pageSize < largestPageGroup) end++;
    const block = source.read(first * pageSize, (end - first) * pageSize);
    for (page = first; page < end;) {
      const at = (page - first) * pageSize;
      const used = page < highWater && layout.use[page] === pageUse.head;
      const pages = used ? (layout.overflow[page] ?? 0) + 1 : 1;
      const bytes = block.subarray(at, at + pages * pageSize);
      if (!used) visitor.remains?.(page < highWater ? 'freePage' : 'beyondHighWater', bytes, page * pageSize);
      else if (bytes.byteLength >= pageHeaderSize) {
        if (layout.revisionLeaf[page] === 1) visitLeaf(bytes, page * pageSize, page, visitor, faults);
        if (visitor.remains !== undefined) {
          const slack = usedEnd(bytes, readHeader(bytes, 0));
          if (slack < bytes.byteLength) visitor.remains('slackOfUsedPage', bytes.subarray(slack), page * pageSize + slack);
        }
      }
      page += pages;
    }
    page = end;
    progress?.(end * pageSize);
  }
  const tail = layout.filePages * pageSize;
  if (visitor.remains !== undefined && tail < layout.bytes)
    visitor.remains('beyondHighWater', source.read(tail, layout.bytes - tail), tail);
  return faults;
}

function visitLeaf(page: Buffer, offset: number, number: number, visitor: FileVisitor, faults: PageFault[]): void {
  const { count } = readHeader(page, 0);
  const fault = (problem: string) => {
    if (faults.length < 20) faults.push({ ...(number < 0 ? {} : { page: number }), problem });
  };
  if (pageHeaderSize + count * elementSize > page.byteLength) {
    fault(`${count} elements do not fit into its ${page.byteLength} bytes`);
    return;
  }
  if (visitor.revision === undefined) return;
  for (let index = 0; index < count; index++) {
    const element = leafElement(page, index);
    if (element === undefined) {
      fault(`element ${index} leads out of the page`);
      continue;
    }
    const { keyStart, valueStart, valueEnd } = element;
    const length = valueStart - keyStart;
    if ((length !== 17 && length !== 18) || page[keyStart + 8] !== separator) {
      fault(`element ${index} has a key of ${length} bytes that is no revision`);
      continue;
    }
    const tombstone = length === 18 && page[keyStart + 17] === tombstoneMark;
    const parts = readKeyValue(page, valueStart, valueEnd);
    if (parts === undefined) {
      fault(`element ${index} has a value that is no key and value of etcd`);
      continue;
    }
    visitor.revision({
      main: page.readUInt32BE(keyStart) * 0x1_0000_0000 + page.readUInt32BE(keyStart + 4),
      sub: page.readUInt32BE(keyStart + 9) * 0x1_0000_0000 + page.readUInt32BE(keyStart + 13),
      tombstone,
      key: page.subarray(parts.keyStart, parts.keyEnd),
      value: page.subarray(parts.valueStart, parts.valueEnd),
      createRevision: parts.createRevision,
      modRevision: parts.modRevision,
      version: parts.version,
      keyOffset: number < 0 ? -1 : offset + parts.keyStart,
    });
  }
}

interface KeyValueParts {
  keyStart: number;
  keyEnd: number;
  valueStart: number;
  valueEnd: number;
  createRevision: number;
  modRevision: number;
  version: number;
}

/**
 * Finds the parts of an mvccpb.KeyValue (1 key, 2 create_revision, 3 mod_revision, 4 version, 5 value, 6 lease) without copying; `undefined`
 * where the bytes are none. A reader object a value is too slow for a million of them.
 */
function readKeyValue(bytes: Buffer, start: number, end: number): KeyValueParts | undefined {
  const parts: KeyValueParts = {
    keyStart: start,
    keyEnd: start,
    valueStart: start,
    valueEnd: start,
    createRevision: 0,
    modRevision: 0,
    version: 0,
  };
  let at = start;
  while (at < end) {
    const tag = bytes[at++] ?? 0;
    const type = tag & 7;
    if (type !== 0 && type !== 2) return undefined;
    let number = 0;
    let factor = 1;
    for (;;) {
      if (at >= end || factor > 2 ** 63) return undefined;
      const byte = bytes[at++] ?? 0;
      number += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
      factor *= 128;
    }
    if (type === 0) {
      if (tag === 0x10) parts.createRevision = number;
      else if (tag === 0x18) parts.modRevision = number;
      else if (tag === 0x20) parts.version = number;
      continue;
    }
    if (number > end - at) return undefined;
    if (tag === 0x0a) {
      parts.keyStart = at;
      parts.keyEnd = at + number;
    } else if (tag === 0x2a) {
      parts.valueStart = at;
      parts.valueEnd = at + number;
    }
    at += number;
  }
  return parts;
}
