import type { StoredInventory, StoredPlace, StoredRow } from '../../../cluster/stored-inventory.ts';
import type { Evidence, Finding } from '../../../results/finding.ts';

type Judged = Pick<Finding, 'verdict' | 'subject' | 'message' | 'evidence' | 'notes'>;

/**
 * Judges how one file keeps a resource: its current values, its superseded revisions, its free pages. Plaintext fails wherever it lies; what
 * is encrypted passes only under the prefix that the servers write, as far as that was seen, and only where the file was read whole.
 *
 * @param writers prefixes by which the servers write the resource; `undefined`: not all of them were seen
 */
export function* judgeStored(
  inventory: StoredInventory,
  resource: string,
  writers: ReadonlySet<string> | undefined,
  configured: readonly Evidence[],
): Generator<Judged> {
  const rows = inventory.rows.filter((row) => row.resource === resource);
  const at = (place: StoredPlace): readonly StoredRow[] => rows.filter((row) => row.place === place);
  yield judgeCurrent(inventory, resource, at('current'), writers, configured);
  if (inventory.kind === 'live') return;
  for (const place of ['superseded', 'free-pages'] as const) yield judgeRemains(inventory, resource, place, at(place));
}

function judgeCurrent(
  inventory: StoredInventory,
  resource: string,
  rows: readonly StoredRow[],
  writers: ReadonlySet<string> | undefined,
  configured: readonly Evidence[],
): Judged {
  const subject = { kind: 'resource', name: resource };
  const total = countOf(rows);
  const [wanted] = writers ?? [];
  const item: Evidence = { source: inventory.source, seen: described(rows), wanted: wanted ?? 'an encrypted value' };
  const evidence = [item, ...configured];
  const judged = (verdict: Judged['verdict'], message: string): Judged => ({ verdict, subject, message, evidence });
  const plain = countOf(rows.filter(({ prefix }) => prefix === 'plaintext'));
  if (plain > 0) return judged('fail', `${plain} of ${total} values of ${resource} lie in etcd as plaintext`);
  if (writers?.has('plaintext') === true) return judged('fail', `${resource} are not encrypted by the configuration`);
  const stale = writers === undefined ? [] : rows.filter(({ prefix }) => prefix !== 'unknown' && !writers.has(prefix));
  if (stale.length > 0)
    return judged('fail', `${countOf(stale)} of ${total} values of ${resource} are stale: ${described(stale)}`);
  const keys = new Set(rows.flatMap(({ keyId }) => keyId ?? []));
  if (keys.size > 1) return judged('fail', `values of ${resource} have ${keys.size} keys of the KMS plug-in`);
  if (inventory.faults.length > 0) return judged('unknown', `the file was not read whole: ${inventory.faults[0] ?? ''}`);
  if (rows.some(({ prefix }) => prefix === 'unknown'))
    return judged('unknown', `values of ${resource} have no form that is known`);
  if (writers === undefined)
    return judged(
      'unknown',
      'no value is plaintext; whether the right key encrypts them only the EncryptionConfiguration tells, which was not seen',
    );
  if (writers.size > 1) return judged('unknown', `the API servers write ${resource} in different ways`);
  if (total === 0) return judged('pass', `etcd holds no value of ${resource}`);
  return judged('pass', `all ${total} values of ${resource} are encrypted by the write provider's first key`);
}

const named = { superseded: 'superseded revisions', 'free-pages': 'free pages' } as const;

function judgeRemains(
  inventory: StoredInventory,
  resource: string,
  place: 'superseded' | 'free-pages',
  rows: readonly StoredRow[],
): Judged {
  const subject = { kind: named[place], name: resource };
  const evidence = [{ source: inventory.source, seen: described(rows), wanted: 'no plaintext' }];
  const plain = countOf(rows.filter(({ prefix }) => prefix === 'plaintext'));
  const until = place === 'superseded' ? 'etcd is compacted' : 'etcd is defragmented';
  if (plain > 0)
    return {
      verdict: 'fail',
      subject,
      message: `${plain} values of ${resource} lie in ${named[place]} as plaintext until ${until}`,
      evidence,
    };
  if (inventory.faults.length > 0)
    return { verdict: 'unknown', subject, message: `the file was not read whole: ${inventory.faults[0] ?? ''}`, evidence };
  if (place === 'free-pages' && inventory.orphanPages > 0)
    return {
      verdict: 'unknown',
      subject,
      message: `${inventory.orphanPages} free pages hold text whose owner cannot be told: defragment etcd, and look again`,
      evidence,
    };
  const notes = rows.length === 0 ? {} : { notes: [`values under former keys: ${described(rows)}`] };
  return { verdict: 'pass', subject, message: `no plaintext of ${resource} is left in ${named[place]}`, evidence, ...notes };
}

function countOf(rows: readonly StoredRow[]): number {
  return rows.reduce((sum, { count }) => sum + count, 0);
}

function described(rows: readonly StoredRow[]): string {
  const parts = rows.map(({ count, prefix, keyId }) => `${count} ${prefix}${keyId === undefined ? '' : ` ${keyId}`}`);
  return parts.length === 0 ? 'no value' : parts.join(', ');
}
