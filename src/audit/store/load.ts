import { closeSync, openSync, readdirSync, readFileSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { LogReading } from '../reader/read-log.ts';
import { isNativeLines, logHead, readLog } from '../reader/read-log.ts';
import type { Database } from './duckdb.ts';
import { text } from './rows.ts';
import { longestEvent, quoted, readLines, storedRows } from './sql.ts';
import type { LoadReport } from './types.ts';

/** A log that the engine can read, and what is known of it. */
interface Prepared {
  readonly source: string;
  /** The log itself, or a file of lines made of it. */
  readonly file: string;
  readonly reading: LogReading;
}

/**
 * Brings logs before the engine: into a store that is kept they are copied; else the files themselves are the events, read anew by each
 * question, which is several times faster than copying them first.
 */
export class EventLoader {
  readonly #database: Database;
  readonly #scratch: string;
  #keeps: boolean;
  readonly #read: Prepared[] = [];
  #parts = 0;

  /** @param keeps a file holds the store; else it is gone with the process */
  constructor(database: Database, scratch: string, keeps: boolean) {
    this.#database = database;
    this.#scratch = scratch;
    this.#keeps = keeps;
  }

  /** See `AuditStore.load`. */
  async load(paths: readonly string[], progress?: (what: string) => void): Promise<LoadReport> {
    const failed: LoadReport['sources'][number][] = [];
    const prepared: Prepared[] = [];
    for (const path of paths)
      for (const source of path === '-' ? ['-'] : filesOf(path, failed)) {
        progress?.(source);
        const one = await this.#prepare(source);
        if ('reading' in one) prepared.push(one);
        else failed.push({ ...one, added: 0 });
      }
    const sources = this.#keeps ? await this.#copyAll(prepared) : await this.#attach(prepared);
    return { sources: [...failed, ...sources] };
  }

  async #prepare(source: string): Promise<Prepared | LogReading> {
    const bytes = source === '-' ? readFileSync(0) : source;
    try {
      const head = await logHead(bytes);
      // The engine unpacks gzip itself; standard input and zstd go through a file.
      const counted = source !== '-' && isNativeLines(head) && isPlainOrGzip(source) ? await this.#count(source) : undefined;
      // No event on a line of its own: a list on one line perhaps.
      if (counted === undefined || counted.events === 0) {
        const file = join(this.#scratch, `part-${this.#parts++}.ndjson`);
        return { source, file, reading: await rewrite(bytes, source, file) };
      }
      if (counted.unreadable === 0) return { source, file: source, reading: counted };
      // Something in it is no event: only now is it worth to look where.
      const { firstUnreadable, torn, unreadable } = await readLog(bytes, source, () => undefined);
      const reading = { ...counted, unreadable, torn, ...(firstUnreadable === undefined ? {} : { firstUnreadable }) };
      return { source, file: source, reading };
    } catch (error) {
      const failure = error instanceof Error ? error.message : 'cannot be read';
      return { source, events: 0, unreadable: 0, torn: false, dialects: [], lacks: [], failure };
    }
  }

  /** `undefined`: the engine cannot take the file, for a line that is too long for it. */
  async #count(file: string): Promise<LogReading | undefined> {
    const rows = await this.#database
      .rows(
        `SELECT count(*) FILTER (stage <> '') AS events, count(*) FILTER (stage IS NULL OR stage = '') AS unreadable FROM ${readLines([file])}`,
      )
      .catch(() => undefined);
    const row = rows?.[0];
    if (row === undefined) return undefined;
    const { events, unreadable } = row;
    return {
      source: file,
      events: Number(events ?? 0),
      unreadable: Number(unreadable ?? 0),
      torn: false,
      dialects: ['native'],
      lacks: [],
    };
  }

  /** The files are the events, unless some of them hold the same ones. */
  async #attach(prepared: readonly Prepared[]): Promise<LoadReport['sources']> {
    this.#read.push(...prepared);
    const files = this.#read.map(({ file }) => file);
    if (files.length === 0) return [];
    const overlap = await this.#overlap(files);
    await this.#database.run(`CREATE OR REPLACE VIEW events AS ${overlap ? 'SELECT * FROM stored' : storedRows(files)}`);
    if (overlap) {
      // From now on the copy is the events: later logs come to it.
      this.#keeps = true;
      return this.#copyAll(this.#read);
    }
    return prepared.map(({ reading }) => ({ ...reading, added: reading.events }));
  }

  /** Whether the first event of a file lies in another one as well: copies, and rotated sets that were copied twice, are seen by it. */
  async #overlap(files: readonly string[]): Promise<boolean> {
    if (new Set(files).size < files.length) return true;
    if (files.length < 2) return false;
    const ids: string[] = [];
    for (const file of files) {
      const rows = await this.#database.rows(`SELECT "auditID" AS id FROM ${readLines([file])} WHERE stage <> '' LIMIT 1`);
      ids.push(text(rows[0]?.['id']));
    }
    const list = ids.filter((id) => id !== '').map(quoted);
    if (list.length === 0) return false;
    const found = await this.#database.rows(
      `SELECT 1 FROM ${readLines(files)} WHERE "auditID" IN (${list.join(', ')}) GROUP BY "auditID" HAVING count(DISTINCT source) > 1 LIMIT 1`,
    );
    return found.length > 0;
  }

  async #copyAll(prepared: readonly Prepared[]): Promise<LoadReport['sources']> {
    const sources: LoadReport['sources'][number][] = [];
    for (const { file, source, reading } of prepared) {
      sources.push({ ...reading, added: await this.#copy(file) });
      if (file !== source) rmSync(file, { force: true });
    }
    return sources;
  }

  /** One transaction. */
  async #copy(file: string): Promise<number> {
    const before = await this.#stored();
    await this.#database.run('BEGIN');
    try {
      const rows = storedRows([file]);
      const known =
        'SELECT 1 FROM stored AS e WHERE e.audit_id = n.audit_id AND e.stage = n.stage AND e.time IS NOT DISTINCT FROM n.time';
      await this.#database.run(
        before === 0
          ? `INSERT INTO stored ${rows}`
          : `INSERT INTO stored SELECT n.* FROM (${rows}) AS n WHERE NOT EXISTS (${known})`,
      );
      await this.#database.run('COMMIT');
    } catch (error) {
      await this.#database.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
    return (await this.#stored()) - before;
  }

  async #stored(): Promise<number> {
    const [row] = await this.#database.rows('SELECT count(*) AS n FROM stored');
    return Number(row?.['n'] ?? 0);
  }
}

/** Log files that a path names: itself, or the files of a folder, the oldest first. */
export function logFiles(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile())
    .map((file) => ({ file, time: statSync(file).mtimeMs }))
    .sort((a, b) => a.time - b.time || (a.file < b.file ? -1 : 1))
    .map(({ file }) => file);
}

function filesOf(path: string, failed: LoadReport['sources'][number][]): readonly string[] {
  try {
    return logFiles(path);
  } catch (error) {
    const failure = error instanceof Error && 'code' in error ? String(error.code) : 'cannot be read';
    failed.push({ source: path, events: 0, unreadable: 0, torn: false, dialects: [], lacks: [], failure, added: 0 });
    return [];
  }
}

/** The engine tells gzip by the name; a packed file under another name goes through the reader. */
function isPlainOrGzip(file: string): boolean {
  const handle = openSync(file, 'r');
  const head = Buffer.alloc(4);
  readSync(handle, head, 0, 4, 0);
  closeSync(handle);
  if (head.readUInt32LE(0) === 0xfd2fb528) return false;
  const packed = head[0] === 0x1f && head[1] === 0x8b;
  return packed === basename(file).endsWith('.gz');
}

/** Writes the events of a log of any kind as lines into a file that the engine reads. */
async function rewrite(from: string | Buffer, source: string, to: string): Promise<LogReading> {
  const out = openSync(to, 'wx', 0o600);
  let waiting = '';
  try {
    const reading = await readLog(from, source, (event) => {
      let line = `${JSON.stringify(event)}\n`;
      if (line.length > longestEvent / 2) {
        const { requestObject: _request, responseObject: _response, ...rest } = event;
        line = `${JSON.stringify(rest)}\n`;
      }
      waiting += line;
      if (waiting.length < 1 << 20) return;
      writeSync(out, waiting);
      waiting = '';
    });
    writeSync(out, waiting);
    return reading;
  } finally {
    closeSync(out);
  }
}
