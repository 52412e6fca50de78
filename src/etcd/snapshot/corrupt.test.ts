import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bufferSource } from './byte-source.ts';
import type { PageFault } from './layout.ts';
import { NotASnapshot, readLayout, smallBucket } from './layout.ts';
import { compactRevisionOf, pageCounts } from './numbers.ts';
import { elementSize, pageHeaderSize } from './page.ts';
import { visitFile } from './revisions.ts';

const golden = join(import.meta.dirname, '../../../tests/golden/etcd-snapshot/etcd35-k136-member-db.db.gz');
const database = gunzipSync(readFileSync(golden));
const pageSize = 4096;

interface Reading {
  readonly revisions: number;
  readonly faults: readonly PageFault[];
  readonly remains: number;
}

/** Reads everything; the bytes that were visited can never be more than the file has. */
function readAll(bytes: Buffer): Reading | string {
  try {
    const source = bufferSource(bytes);
    const layout = readLayout(source);
    let revisions = 0;
    let remains = 0;
    let largest = 0;
    const faults = visitFile(source, layout, {
      revision: ({ key, value }) => {
        revisions++;
        largest = Math.max(largest, key.byteLength + value.byteLength);
      },
      remains: (_where, left) => {
        remains += left.byteLength;
      },
    });
    expect(largest).toBeLessThanOrEqual(bytes.byteLength);
    compactRevisionOf(smallBucket(source, layout, 'meta'));
    const { pages, pagesReachable, pagesFree } = pageCounts(layout);
    expect(pagesReachable + pagesFree).toBe(pages);
    expect(remains).toBeLessThanOrEqual(bytes.byteLength);
    return { revisions, faults: [...layout.faults, ...faults], remains };
  } catch (error) {
    if (error instanceof NotASnapshot) return error.message;
    throw error;
  }
}

const whole = readAll(database) as Reading;

/** The page of the bucket `key` that leads to others: the root of its tree. */
function branchOf(bytes: Buffer): number {
  for (let page = 2; page * pageSize < bytes.byteLength; page++) {
    const at = page * pageSize;
    if (bytes.readUInt32LE(at) === page && bytes.readUInt16LE(at + 8) === 1 && bytes.readUInt16LE(at + 10) > 20) return page;
  }
  throw new Error('no branch');
}

test('the whole database has no fault', () => {
  expect(whole.revisions).toBe(630);
  expect(whole.faults).toEqual([]);
});

test('a database that is cut off anywhere says so and keeps what is whole', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: database.byteLength - 1 }), (length) => {
      const read = readAll(database.subarray(0, length));
      if (typeof read === 'string') expect(length).toBeLessThan(2 * pageSize);
      else expect(read.faults.length).toBeGreaterThan(0);
    }),
    { numRuns: 200 },
  );
});

test('bytes that are changed anywhere are answered: never a crash, never more than the file holds', () => {
  const change = fc.tuple(fc.nat(database.byteLength - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 30 }), (changes) => {
      const bytes = Buffer.from(database);
      for (const [offset, value] of changes) bytes[offset] = value;
      const read = readAll(bytes);
      if (typeof read !== 'string') expect(read.revisions).toBeLessThanOrEqual(whole.revisions * 2);
    }),
    { numRuns: 700 },
  );
});

test('page headers and elements that lie are named by their page', () => {
  const field = fc.constantFrom([0, 8], [8, 2], [10, 2], [12, 4], [16, 4], [20, 4], [24, 4], [28, 4]);
  const pages = Math.floor(database.byteLength / pageSize);
  const lie = fc.tuple(
    fc.integer({ min: 2, max: pages - 1 }),
    field,
    fc.constantFrom(0, 1, 2, 7, 0xff, 0xffff, 0x7fff_ffff, 0xffff_ffff),
  );
  fc.assert(
    fc.property(fc.array(lie, { minLength: 1, maxLength: 3 }), (lies) => {
      const bytes = Buffer.from(database);
      for (const [page, [at = 0, size = 4], value] of lies)
        for (let index = 0; index < size; index++)
          bytes[page * pageSize + at + index] = (value >>> (8 * Math.min(index, 3))) & 0xff;
      const read = readAll(bytes);
      if (typeof read === 'string') return;
      for (const { page, problem } of read.faults) {
        expect(problem).not.toBe('');
        if (page !== undefined) expect(page).toBeGreaterThanOrEqual(0);
      }
    }),
    { numRuns: 1500 },
  );
});

test('a circle of pages ends, with the page that closes it', () => {
  const bytes = Buffer.from(database);
  const branch = branchOf(bytes);
  for (let index = 0; index < 3; index++)
    bytes.writeBigUInt64LE(BigInt(branch), branch * pageSize + pageHeaderSize + index * elementSize + 8);
  const read = readAll(bytes);
  expect(read).toMatchObject({
    faults: [{ page: branch, problem: `page ${branch} leads to it, and it is in use already` }, {}, {}],
  });
});

test('a page that claims more pages than there are is left out', () => {
  const bytes = Buffer.from(database);
  const branch = branchOf(bytes);
  bytes.writeUInt32LE(0xffff_ffff, branch * pageSize + 12);
  const read = readAll(bytes);
  expect(read).toMatchObject({
    faults: [{ page: branch, problem: expect.stringContaining('it claims 4294967295 further pages') as string }],
  });
  if (typeof read !== 'string') expect(read.revisions).toBeLessThan(whole.revisions);
});

test('one broken meta page is a fault, two are no database', () => {
  const bytes = Buffer.from(database);
  bytes[30] = (bytes[30] ?? 0) ^ 0xff;
  const read = readAll(bytes);
  expect(read).toMatchObject({ faults: [{ page: 0, problem: 'the meta page cannot be used: its checksum is wrong' }] });
  bytes.fill(0, pageSize, pageSize + 100);
  expect(readAll(bytes)).toContain('neither meta page can be used');
  expect(readAll(Buffer.alloc(0))).toContain('cut off');
  expect(readAll(Buffer.from('SQLite format 3\0'.repeat(20_000)))).toContain('not a bbolt database');
});

test('a checksum that does not fit is told', () => {
  const bytes = Buffer.concat([database, Buffer.alloc(32)]);
  expect(readLayout(bufferSource(bytes)).checksum).toBe('bad');
  expect(readLayout(bufferSource(database)).checksum).toBe('absent');
});
