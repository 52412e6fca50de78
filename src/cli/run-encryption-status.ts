import type { StoredInventory, StoredPlace, StoredRow } from '../cluster/stored-inventory.ts';
import { inventoryOfEtcd } from '../collect/etcd/live-inventory.ts';
import { inventoryOfSnapshot } from '../collect/etcd/snapshot-inventory.ts';
import { EtcdFault } from '../etcd/etcd-fault.ts';
import { NotASnapshot } from '../etcd/snapshot/layout.ts';
import { counted, grouped } from '../report/number-text.ts';
import { printable } from '../report/printable.ts';
import { shorten, wrap } from '../report/terminal/layout.ts';
import { cautiousWidth } from '../report/terminal/width.ts';
import { UsageError, exitCodes } from './errors.ts';
import type { EtcdOptions } from './etcd-options.ts';
import { openStored } from './etcd-options.ts';
import { progressLine } from './progress.ts';

const placeNames: Readonly<Record<StoredPlace, string>> = {
  current: 'current',
  superseded: 'superseded',
  'free-pages': 'free pages',
};
const megabyte = 1_000_000;

/** `bulwark encryption status`. Returns the exit code: 1 where the file is damaged, so that the counts are not whole. */
export async function status(options: EtcdOptions & { readonly output: 'text' | 'json' }): Promise<number> {
  const inventory = await readInventory(options);
  const text = options.output === 'json' ? `${JSON.stringify(inventory, null, 2)}\n` : statusText(inventory);
  process.stdout.write(text);
  return inventory.faults.length === 0 ? exitCodes.holds : exitCodes.findings;
}

/** Errors: UsageError where nothing can be read. */
async function readInventory(options: EtcdOptions): Promise<StoredInventory> {
  const stored = await openStored(options);
  const progress = progressLine();
  try {
    if (stored.kind === 'etcd')
      return await inventoryOfEtcd(stored.settings, stored.prefix, stored.name, (done, of) => progress.show('keys', done, of));
    try {
      return inventoryOfSnapshot(stored.source, stored.name, {
        ...(stored.prefix === undefined ? {} : { prefix: stored.prefix }),
        progress: (done, of) => progress.show('megabytes', Math.round(done / megabyte), Math.round(of / megabyte)),
      });
    } finally {
      stored.source.close();
    }
  } catch (error) {
    throw storedFault(error, stored.name);
  } finally {
    progress.clear();
  }
}

/** What keeps stored values from being read, as a user's error; others come back as they are. */
export function storedFault(error: unknown, name: string): unknown {
  if (error instanceof NotASnapshot)
    return new UsageError(`${name}: ${error.message}`, 'name a file that `etcdctl snapshot save` wrote');
  if (error instanceof EtcdFault) return new UsageError(error.message, error.hint);
  return error;
}

function statusText(inventory: StoredInventory): string {
  const { rows } = inventory;
  const kind = { live: 'etcd', snapshot: 'snapshot', 'member-db': "a member's database" }[inventory.kind];
  const compacted = inventory.compactRevision === undefined ? '' : `, compacted up to ${inventory.compactRevision}`;
  const table = [
    ['count', 'bytes', 'where', 'provider', 'key', 'resource'],
    ...rows.map((row) => [
      grouped(row.count),
      row.bytes === 0 ? '-' : grouped(row.bytes),
      placeNames[row.place],
      ...providerAndKey(row),
      row.resource === '' ? '(no resource)' : row.resource,
    ]),
  ];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((cells) => (cells[column] ?? '').length))) ?? [];
  const left = Math.max(20, 80 - widths.slice(0, 5).reduce((sum, width) => sum + width + 2, 0));
  const lines = table.map((cells) =>
    cells
      .map((cell, column) => {
        if (column === 5) return shorten(cell, left, cautiousWidth);
        return column < 2 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0);
      })
      .join('  '),
  );
  const notes = [...remarks(inventory), ...inventory.faults.map((fault) => `damaged: ${fault}`)];
  return [
    `${inventory.source} (${kind}), revision ${inventory.revision}${compacted}`,
    '',
    ...(rows.length === 0 ? ['no value is stored'] : lines),
    ...(notes.length === 0 ? [] : ['', ...notes.flatMap((note) => wrap(note, 80, cautiousWidth))]),
  ]
    .map((line) => `${printable(line)}\n`)
    .join('');
}

function providerAndKey({ prefix, keyId }: StoredRow): readonly [string, string] {
  if (!prefix.startsWith('k8s:enc:')) return [prefix, ''];
  const [, , provider = '', version = '', name = ''] = prefix.split(':');
  return provider === 'kms' ? [`kms ${version}`, keyId === undefined ? name : `${name} ${keyId}`] : [provider, name];
}

function remarks({ rows, kind, orphanPages, prefix }: StoredInventory): readonly string[] {
  const secrets = rows.filter((row) => row.resource === 'secrets' && row.prefix === 'plaintext');
  const number = (place: StoredPlace) => secrets.filter((row) => row.place === place).reduce((sum, row) => sum + row.count, 0);
  const [current, superseded, free] = [number('current'), number('superseded'), number('free-pages')];
  return [
    ...(current > 0
      ? [`${counted(current, 'Secret')} in the clear: encrypt them and rewrite each (bulwark plan, bulwark encryption config).`]
      : []),
    ...(superseded > 0
      ? [
          `${counted(superseded, 'superseded value')} of Secrets in the clear: compaction removes what is older than the revision it names (etcdctl compact).`,
        ]
      : []),
    ...(free + orphanPages > 0
      ? [
          `${counted(free, 'value')} of Secrets in the clear in free pages${orphanPages > 0 ? `, and ${counted(orphanPages, 'page')} of text whose owner cannot be told` : ''}: they stay until the database is defragmented (etcdctl defrag, each member), and in older snapshots and write-ahead logs beyond that.`,
        ]
      : []),
    ...(kind === 'live'
      ? ['Superseded revisions and free pages cannot be seen through an endpoint: take a snapshot and give it with --snapshot.']
      : []),
    ...(rows.length > 0 && rows.every((row) => row.resource === '')
      ? [`No key begins with ${prefix}/: give the API server's --etcd-prefix.`]
      : []),
  ];
}
