import type { AuditStore } from '../audit/store/store.ts';
import { openAuditStore, StoreFault } from '../audit/store/store.ts';
import { StoreMissing } from '../audit/store/duckdb.ts';
import type { LoadReport } from '../audit/store/types.ts';
import { printable } from '../report/printable.ts';
import type { AuditOptions } from './audit-options.ts';
import { filterOf, loadRemarks, refuseNothing } from './audit-options.ts';
import { UsageError, exitCodes } from './errors.ts';
import { progressLine } from './progress.ts';

/**
 * Opens what a question is put to: the store that is named, or one in memory, with the logs loaded. Remarks on the logs go to stderr.
 *
 * Errors: UsageError where neither is named, the store cannot be used, or nothing of the logs could be read.
 */
export async function openLogs(
  options: Pick<AuditOptions, 'auditLog' | 'store'>,
): Promise<{ readonly store: AuditStore; readonly report: LoadReport }> {
  if (options.auditLog.length === 0 && options.store === undefined)
    throw new UsageError('no audit log is given', 'name one: --audit-log LOG, or a store: --store FILE');
  const progress = progressLine();
  let store: AuditStore | undefined;
  try {
    store = await openAuditStore(options.store);
    const report = await store.load(options.auditLog, (what) => progress.show(`reading ${what}`));
    progress.clear();
    refuseNothing(report);
    for (const remark of loadRemarks(report)) process.stderr.write(`${printable(remark)}\n`);
    return { store, report };
  } catch (error) {
    progress.clear();
    store?.close();
    if (error instanceof StoreFault || error instanceof StoreMissing) throw new UsageError(error.message);
    throw error;
  }
}

async function withStore(options: AuditOptions, answer: (store: AuditStore) => Promise<void>): Promise<number> {
  const { store } = await openLogs(options);
  try {
    await answer(store);
    return exitCodes.holds;
  } finally {
    store.close();
  }
}

/** `bulwark audit top`: what is done most. Returns the exit code. */
export async function top(options: AuditOptions & { readonly limit: number }): Promise<number> {
  return withStore(options, async (store) => {
    const rows = await store.top(filterOf(options), options.limit);
    if (options.output === 'json') {
      process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
      return;
    }
    const width = Math.max(5, ...rows.map(({ count }) => String(count).length));
    process.stdout.write(`${'count'.padStart(width)}  403/401  access\n`);
    for (const { count, refused, user, verb, what, namespace } of rows) {
      const line = `${String(count).padStart(width)}  ${String(refused || '').padStart(7)}  ${verb} ${what}${namespace === '' ? '' : ` in ${namespace}`}`;
      process.stdout.write(
        `${printable(line)}\n${' '.repeat(width + 11)}${printable(user === '' ? 'nobody (not authenticated)' : user)}\n`,
      );
    }
    if (rows.length === 0) process.stdout.write('no request fits\n');
  });
}

/** `bulwark audit query`: requests one by one. Returns the exit code. */
export async function query(options: AuditOptions & { readonly limit?: number }): Promise<number> {
  return withStore(options, async (store) => {
    let printed = 0;
    for await (const row of store.requests(filterOf(options), options.limit)) {
      printed++;
      const object = [row.namespace, row.name].filter((part) => part !== '').join('/');
      const who = row.as === '' ? row.user : `${row.user} as ${row.as}`;
      const line = `${row.time} ${row.code || '-'} ${who === '' ? '-' : who}  ${row.verb} ${row.what}${object === '' ? '' : ` ${object}`}`;
      process.stdout.write(options.output === 'json' ? `${JSON.stringify(row)}\n` : `${printable(line)}\n`);
    }
    if (printed === 0 && options.output === 'text') process.stdout.write('no request fits\n');
  });
}

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const barWidth = 40;

/** `bulwark audit timeline`: requests by interval. Returns the exit code. */
export async function timeline(options: AuditOptions & { readonly interval: string }): Promise<number> {
  const [, length = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(options.interval) ?? [];
  const seconds = Number(length) * (units[unit] ?? 0);
  if (!(seconds > 0)) throw new UsageError(`--interval ${options.interval}: no length of time`, 'expected 30s, 10m, 1h or 1d');
  return withStore(options, async (store) => {
    const rows = await store.timeline(filterOf(options), seconds);
    if (options.output === 'json') {
      process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
      return;
    }
    const most = Math.max(1, ...rows.map(({ count }) => count));
    for (const { time, count, refused } of rows) {
      const bar = '#'.repeat(Math.max(1, Math.round((count / most) * barWidth)));
      process.stdout.write(
        `${time.slice(0, 19)}Z ${String(count).padStart(9)} ${bar}${refused === 0 ? '' : `  ${refused} refused`}\n`,
      );
    }
    if (rows.length === 0) process.stdout.write('no request fits\n');
  });
}
