import { randomBytes } from 'node:crypto';
import type { StoredInventory } from '../../cluster/stored-inventory.ts';
import { ValueLabels, usualPrefixes } from './value-labels.ts';
import { RemainsSearch } from './remains-search.ts';
import { RowCounts } from './row-counts.ts';
import type { ByteSource } from '../../etcd/snapshot/byte-source.ts';
import { KeyTable } from '../../etcd/snapshot/key-table.ts';
import type { Layout, PageFault } from '../../etcd/snapshot/layout.ts';
import { readLayout, smallBucket } from '../../etcd/snapshot/layout.ts';
import { compactRevisionOf } from '../../etcd/snapshot/numbers.ts';
import { OrphanPages } from '../../etcd/snapshot/orphan-pages.ts';
import { visitFile } from '../../etcd/snapshot/revisions.ts';

/** How a snapshot is read. */
export interface SnapshotOptions {
  /** `--etcd-prefix`; absent: the usual ones are tried. */
  readonly prefix?: string;
  /** Told the bytes that were read, of all that will be. */
  readonly progress?: (done: number, of: number) => void;
}

const examplesOfEach = 5;

/**
 * Reads how a snapshot (`etcdctl snapshot save`) or a member's `snap/db` keeps its values: current ones, superseded ones, and what is left in
 * free pages and at the end of used ones. Goes through the file twice, its checksum and its pages; memory grows with the number of keys.
 *
 * Damage is listed in `faults`, and what is whole is counted. Throws NotASnapshot where the file is none.
 */
export function inventoryOfSnapshot(source: ByteSource, name: string, options: SnapshotOptions = {}): StoredInventory {
  const total = source.size * 2;
  const layout = readLayout(source, (bytes) => options.progress?.(bytes, total));
  const prefixes = options.prefix === undefined ? usualPrefixes : [options.prefix];
  const labels = new ValueLabels(prefixes);
  const table = new KeyTable(randomBytes(4).readUInt32LE());
  const counts: number[] = [];
  const sizes: number[] = [];
  const rows = new RowCounts();
  const remains = new RemainsSearch(prefixes);
  const orphans = new OrphanPages(layout.meta.pageSize);
  let newest = 0;
  const faults = visitFile(
    source,
    layout,
    {
      revision({ key, value, main, sub, tombstone, keyOffset }) {
        if (main > newest) newest = main;
        const label = tombstone ? 0 : labels.numberOf(key, value);
        counts[label] = (counts[label] ?? 0) + 1;
        sizes[label] = (sizes[label] ?? 0) + value.byteLength;
        table.note(key, main, sub, label, value.byteLength, keyOffset);
      },
      remains(where, bytes, offset) {
        if (where !== 'slackOfUsedPage') orphans.page(bytes, offset);
        for (const { resource, prefix, bytes: size } of remains.search(bytes, offset))
          rows.add({ resource, place: 'free-pages', prefix }, 1, size);
      },
    },
    (bytes) => options.progress?.(source.size + bytes, total),
  );
  const currentCounts: number[] = [];
  const currentSizes: number[] = [];
  const examples: string[][] = [];
  table.each((label, size, offset, keyLength) => {
    currentCounts[label] = (currentCounts[label] ?? 0) + 1;
    currentSizes[label] = (currentSizes[label] ?? 0) + size;
    const known = (examples[label] ??= []);
    if (label > 0 && offset >= 0 && known.length < examplesOfEach) known.push(source.read(offset, keyLength).toString('utf8'));
  });
  for (let label = 1; label <= labels.count; label++) {
    const row = labels.labelOf(label);
    const [current, size] = [currentCounts[label] ?? 0, currentSizes[label] ?? 0];
    rows.add({ ...row, place: 'current' }, current, size);
    for (const example of examples[label] ?? []) rows.add({ ...row, place: 'current' }, 0, 0, example);
    rows.add({ ...row, place: 'superseded' }, (counts[label] ?? 0) - current, (sizes[label] ?? 0) - size);
  }
  const compactRevision = compactRevisionOf(smallBucket(source, layout, 'meta'));
  return {
    source: name,
    kind: layout.kind,
    prefix: options.prefix ?? prefixes[0] ?? '',
    revision: Math.max(newest, compactRevision ?? 0),
    ...(compactRevision === undefined ? {} : { compactRevision }),
    rows: rows.sorted(),
    orphanPages: orphans.count,
    faults: faultTexts(layout, faults),
  };
}

/** What keeps a file from being believed whole. */
export function faultTexts(layout: Layout, faults: readonly PageFault[]): readonly string[] {
  const bad = layout.checksum === 'bad' ? ['the checksum at its end does not match: it is damaged, or was changed'] : [];
  const missing = layout.buckets.has('key') ? [] : ['it has no bucket `key`: no revision can be read'];
  const listed = [...layout.faults, ...faults].map(({ page, problem }) =>
    page === undefined ? problem : `page ${page}: ${problem}`,
  );
  const more = layout.moreFaults > 0 ? [`and ${layout.moreFaults} more`] : [];
  return [...bad, ...missing, ...listed, ...more];
}
