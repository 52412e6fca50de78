import { randomBytes } from 'node:crypto';
import type { ByteSource } from '../../etcd/snapshot/byte-source.ts';
import { KeyTable } from '../../etcd/snapshot/key-table.ts';
import { readLayout } from '../../etcd/snapshot/layout.ts';
import { visitFile } from '../../etcd/snapshot/revisions.ts';
import { faultTexts } from './snapshot-inventory.ts';

/**
 * Visits the newest revision of every key in a snapshot that was not deleted. The buffers are valid only until `visit` returns. Reads the file
 * three times: checksum, which revisions are the newest, their values.
 *
 * Throws NotASnapshot where the file is none.
 *
 * @returns why the reading is not whole; empty: it is
 */
export function forEachCurrentValue(
  source: ByteSource,
  visit: (key: Buffer, value: Buffer) => void,
  progress?: (done: number, of: number) => void,
): readonly string[] {
  const total = source.size * 3;
  const layout = readLayout(source, (bytes) => progress?.(bytes, total));
  const table = new KeyTable(randomBytes(4).readUInt32LE());
  const faults = visitFile(
    source,
    layout,
    { revision: ({ key, value, main, sub }) => table.note(key, main, sub, 0, value.byteLength, 0) },
    (bytes) => progress?.(source.size + bytes, total),
  );
  visitFile(
    source,
    layout,
    {
      revision({ key, value, main, sub, tombstone }) {
        if (!tombstone && table.isNewest(key, main, sub)) visit(key, value);
      },
    },
    (bytes) => progress?.(source.size * 2 + bytes, total),
  );
  return faultTexts(layout, faults);
}
