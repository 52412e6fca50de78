import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { StoredInventory, StoredPlace } from '../../cluster/stored-inventory.ts';
import { bufferSource } from '../../etcd/snapshot/byte-source.ts';
import { NotASnapshot } from '../../etcd/snapshot/layout.ts';
import { inventoryOfSnapshot } from './snapshot-inventory.ts';

const folder = 'tests/golden/etcd-snapshot/';

interface Recording {
  readonly id: string;
  readonly input: { readonly snapshot: { readonly $path: string } };
  readonly expect: {
    readonly kind: string;
    readonly revision: number;
    readonly compactRevision: number | null;
    readonly keys: number;
    readonly revisions: number;
    readonly tombstones: number;
    readonly keysByProvider: Readonly<Record<string, number>>;
    readonly plaintext?: Readonly<Record<string, readonly string[]>>;
  };
}

const recordings = readFileSync(`${folder}snapshots.jsonl`, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Recording);

const bytesOf = ({ input }: Recording): Buffer => gunzipSync(readFileSync(`${folder}${input.snapshot.$path}`));

function sum(inventory: StoredInventory, place: StoredPlace, resource?: string, prefix?: string): number {
  return inventory.rows
    .filter((row) => row.place === place && (resource ?? row.resource) === row.resource && (prefix ?? row.prefix) === row.prefix)
    .reduce((total, { count }) => total + count, 0);
}

describe.each(recordings.map((recording) => [recording.id, recording] as const))('%s', (_id, recording) => {
  const wanted = recording.expect;
  const inventory = inventoryOfSnapshot(bufferSource(bytesOf(recording)), 'file');

  it('counts every value once, current or superseded', () => {
    const { kind, revision, faults } = inventory;
    expect({ kind, revision, compactRevision: inventory.compactRevision ?? null, faults }).toEqual({
      kind: wanted.kind,
      revision: wanted.revision,
      compactRevision: wanted.compactRevision,
      faults: [],
    });
    expect(sum(inventory, 'current')).toBe(wanted.keys);
    expect(sum(inventory, 'current') + sum(inventory, 'superseded')).toBe(wanted.revisions - wanted.tombstones);
  });

  it('tells providers and keys as who has the keys does', () => {
    const counts: Record<string, number> = {};
    for (const { place, prefix, keyId, count } of inventory.rows) {
      if (place !== 'current') continue;
      const [, , provider = '', , name = ''] = prefix.split(':');
      const label = prefix === 'plaintext' ? 'identity' : [provider, name, keyId].filter((part) => part !== undefined).join(':');
      counts[label] = (counts[label] ?? 0) + count;
    }
    expect(counts).toEqual(wanted.keysByProvider);
  });

  it('finds every planted plaintext, in old revisions and in free pages, and no other Secret', () => {
    const { plaintext } = wanted;
    if (plaintext === undefined) return;
    const planted = (...places: readonly string[]) => places.reduce((total, place) => total + (plaintext[place]?.length ?? 0), 0);
    expect(sum(inventory, 'current', 'secrets', 'plaintext')).toBe(planted('currentValue'));
    expect(sum(inventory, 'superseded', 'secrets', 'plaintext')).toBe(planted('oldRevision'));
    expect(sum(inventory, 'free-pages', 'secrets', 'plaintext')).toBe(planted('freePage', 'slackOfUsedPage', 'beyondHighWater'));
  });

  it('holds keys of etcd and numbers, nothing of a value', () => {
    expect(JSON.stringify(inventory)).not.toContain('PLAINMARK');
  });
});

describe('what is damaged', () => {
  const bytes = bytesOf(recordings[0] as Recording);

  it('is said, and the rest is counted', () => {
    const flipped = Buffer.from(bytes);
    flipped.writeUInt8((flipped.at(-100) ?? 0) ^ 1, flipped.byteLength - 100);
    const inventory = inventoryOfSnapshot(bufferSource(flipped), 'file');
    expect(inventory.faults[0]).toContain('checksum');
    expect(sum(inventory, 'current')).toBeGreaterThan(0);
  });

  it('is refused where it is no database', () => {
    expect(() => inventoryOfSnapshot(bufferSource(Buffer.alloc(8192)), 'file')).toThrow(NotASnapshot);
  });
});
