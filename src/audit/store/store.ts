import {
  chmodSync,
  closeSync,
  createWriteStream,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { LogReading } from '../reader/read-log.ts';
import { isNativeLines, logHead, readLog } from '../reader/read-log.ts';
import type { Database } from './duckdb.ts';
import { openDatabase } from './duckdb.ts';
import { longestEvent, printedTime, quoted, readLines, storedColumns, storedRows } from './sql.ts';
import { accessOf, text, writeOf } from './rows.ts';
import type { AccessRow, LoadReport, LogCoverage, RequestFilter, RequestRow, TopRow, WriteRow } from './types.ts';

/** Version of the store's format; a newer file is refused. */
const formatVersion = 1;
/** What the engine may hold; the rest goes to files beside the store. */
const memoryLimit = '320MB';

/** The store cannot be used; the message says why and what to do. */
export class StoreFault extends Error {}

/**
 * Opens the store of audit events: one file, made where it is absent with mode 0600, or memory. Never holds the body of a Secret, ConfigMap
 * or token. Errors: StoreFault for a file that is no store, or a newer one; StoreMissing (`duckdb.ts`).
 */
export async function openAuditStore(file: string | undefined): Promise<AuditStore> {
  const scratch = mkdtempSync(join(tmpdir(), 'bulwark-audit-'));
  let database: Database | undefined;
  try {
    const isNew = file === undefined || !existsSync(file);
    database = await openDatabase(file, {
      memory_limit: memoryLimit,
      temp_directory: scratch,
      preserve_insertion_order: 'false',
    }).catch((error: unknown) => {
      if (error instanceof Error && error.constructor.name === 'StoreMissing') throw error;
      throw new StoreFault(
        `${file ?? 'memory'}: no store of Bulwark, or in use: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''}`,
      );
    });
    if (file !== undefined) chmodSync(file, 0o600);
    if (isNew) await makeTables(database);
    else await checkVersion(database, file);
    return new AuditStore(database, scratch);
  } catch (error) {
    database?.close();
    rmSync(scratch, { recursive: true, force: true });
    throw error;
  }
}

async function makeTables(database: Database): Promise<void> {
  await database.run('BEGIN');
  await database.run('CREATE TABLE format (version INTEGER)');
  await database.run(`INSERT INTO format VALUES (${formatVersion})`);
  await database.run(`CREATE TABLE events (${storedColumns.map(([name, type]) => `"${name}" ${type}`).join(', ')})`);
  await database.run('COMMIT');
}

async function checkVersion(database: Database, file: string): Promise<void> {
  const found = await database.rows('SELECT version FROM format').catch(() => []);
  const version = Number(found[0]?.['version'] ?? Number.NaN);
  if (Number.isNaN(version)) throw new StoreFault(`${file}: a database, but no store of Bulwark`);
  if (version > formatVersion)
    throw new StoreFault(
      `${file}: the store has format version ${version}, this Bulwark reads up to ${formatVersion}: use a newer Bulwark`,
    );
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

/** Requests, not events: of one that runs long both its start and its end are written. */
const requestCount = `greatest(count(*) FILTER (stage IN ('ResponseComplete', 'Panic')), count(*) FILTER (stage = 'ResponseStarted'), count(*) FILTER (stage = 'RequestReceived'))`;
/** What is made has no name when it is authorized, and a namespace that is made is in none. */
const authorizedName = `CASE WHEN verb = 'create' AND subresource = '' THEN '' ELSE name END`;
const authorizedNamespace = `CASE WHEN verb = 'create' AND resource = 'namespaces' AND api_group = '' THEN '' ELSE namespace END`;
/** Selectors decide about a node's requests alone, and differ too much to tell others apart by. */
const nodeSelector = `CASE WHEN username LIKE 'system:node:%' AND verb IN ('list', 'watch', 'deletecollection') THEN field_selector ELSE '' END`;
const what = `CASE WHEN is_resource THEN resource || CASE WHEN api_group = '' THEN '' ELSE '.' || api_group END || CASE WHEN subresource = '' THEN '' ELSE '/' || subresource END ELSE split_part(uri, '?', 1) END`;

/** Audit events in an embedded analytical database, and what is asked of them. */
export class AuditStore {
  readonly #database: Database;
  readonly #scratch: string;
  #parts = 0;

  constructor(database: Database, scratch: string) {
    this.#database = database;
    this.#scratch = scratch;
  }

  /**
   * Loads logs of any kind (`reader/`): files, folders of rotated logs, `-` for standard input. What is there already, by audit id, stage
   * and time, is not taken again. Each source is one transaction: killed in between, the next load makes it whole.
   */
  async load(paths: readonly string[], progress?: (what: string) => void): Promise<LoadReport> {
    const sources: LoadReport['sources'][number][] = [];
    for (const path of paths) {
      for (const file of path === '-' ? ['-'] : filesOf(path, sources)) {
        progress?.(file);
        sources.push(await this.#loadOne(file));
      }
    }
    return { sources };
  }

  async #loadOne(file: string): Promise<LoadReport['sources'][number]> {
    const bytes = file === '-' ? readFileSync(0) : file;
    let reading: LogReading;
    let from: string = file;
    try {
      const head = await logHead(bytes);
      // The engine unpacks gzip itself; standard input and zstd go through a file.
      const counted = file !== '-' && isNativeLines(head) && isPlainOrGzip(file) ? await this.#countLines(file) : undefined;
      if (counted !== undefined) reading = counted;
      else {
        from = join(this.#scratch, `part-${this.#parts++}.ndjson`);
        reading = await rewrite(bytes, file, from);
      }
    } catch (error) {
      const failure = error instanceof Error ? error.message : 'cannot be read';
      return { source: file, events: 0, unreadable: 0, torn: false, dialects: [], lacks: [], failure, added: 0 };
    }
    const added = await this.#insert(from);
    if (from !== file) rmSync(from, { force: true });
    if (reading.unreadable === 0 || from !== file) return { ...reading, added };
    // Something in it is no event: only now is it worth to look where.
    const { firstUnreadable, torn, unreadable } = await readLog(bytes, file, () => undefined);
    return { ...reading, unreadable, torn, ...(firstUnreadable === undefined ? {} : { firstUnreadable }), added };
  }

  /** `undefined`: the engine cannot take the file, for a line that is too long for it. */
  async #countLines(file: string): Promise<LogReading | undefined> {
    const rows = await this.#database
      .rows(
        `SELECT count(*) FILTER (stage <> '') AS events, count(*) FILTER (stage IS NULL OR stage = '') AS unreadable FROM ${readLines([file], ['stage'])}`,
      )
      .catch(() => undefined);
    const row = rows?.[0];
    if (row === undefined) return undefined;
    return {
      source: file,
      events: Number(row['events'] ?? 0),
      unreadable: Number(row['unreadable'] ?? 0),
      torn: false,
      dialects: ['native'],
      lacks: [],
    };
  }

  async #insert(file: string): Promise<number> {
    const before = await this.#count();
    await this.#database.run('BEGIN');
    try {
      const rows = storedRows([file]);
      const known =
        'SELECT 1 FROM events AS e WHERE e.audit_id = n.audit_id AND e.stage = n.stage AND e.time IS NOT DISTINCT FROM n.time';
      await this.#database.run(
        before === 0
          ? `INSERT INTO events ${rows}`
          : `INSERT INTO events SELECT n.* FROM (${rows}) AS n WHERE NOT EXISTS (${known})`,
      );
      await this.#database.run('COMMIT');
    } catch (error) {
      await this.#database.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
    return (await this.#count()) - before;
  }

  async #count(): Promise<number> {
    const [row] = await this.#database.rows('SELECT count(*) AS n FROM events');
    return Number(row?.['n'] ?? 0);
  }

  /**
   * Distinct accesses with their counts, one row for each stretch of time.
   *
   * @param epochs instants (RFC 3339) that cut time, ascending
   */
  async *accesses(epochs: readonly string[]): AsyncGenerator<AccessRow> {
    await this.#database.run('CREATE OR REPLACE TEMP TABLE epochs (epoch INTEGER, starts TIMESTAMP)');
    await this.#database.run(`INSERT INTO epochs VALUES (0, TIMESTAMP '0001-01-01')`);
    for (const [index, epoch] of epochs.entries())
      await this.#database.run(`INSERT INTO epochs VALUES (${index + 1}, try_cast(? AS TIMESTAMPTZ) AT TIME ZONE 'UTC')`, [
        epoch,
      ]);
    const joined =
      epochs.length === 0 ? 'events CROSS JOIN epochs' : 'events ASOF LEFT JOIN epochs ON events.received >= epochs.starts';
    const keys = `username, "groups", as_username, as_groups, verb, is_resource, api_group, resource, subresource, ${authorizedNamespace}, ${authorizedName}, CASE WHEN is_resource THEN '' ELSE split_part(uri, '?', 1) END, user_agent, decision, reason, code, refusal, ${nodeSelector}, epoch`;
    const later = `EXISTS (SELECT 1 FROM events WHERE stage <> 'RequestReceived')`;
    const sql = `
      SELECT username, any_value(uid) AS uid, "groups", any_value(extra) AS extra, as_username, any_value(as_uid) AS as_uid, as_groups, verb, is_resource, api_group, resource,
        subresource, ${authorizedNamespace} AS namespace, ${authorizedName} AS name, CASE WHEN is_resource THEN '' ELSE split_part(uri, '?', 1) END AS path,
        user_agent, any_value(source_ip) AS source_ip, decision, reason, code, refusal, any_value(annotations) AS annotations, ${nodeSelector} AS field_selector, coalesce(epoch, 0) AS epoch,
        ${requestCount} AS n, ${printedTime('min(received)')} AS first, ${printedTime('max(received)')} AS last, min(audit_id) AS audit_id
      FROM ${joined} WHERE stage <> 'RequestReceived' OR NOT ${later} GROUP BY ${keys}`;
    for await (const row of this.#database.stream(sql)) yield accessOf(row);
  }

  /** Writes that were made (2xx, not tried with dryRun) to these resources (`group/resource`), in the order of their time. */
  async *writes(resources: readonly string[]): AsyncGenerator<WriteRow> {
    const sql = `
      SELECT ${printedTime('time')} AS time, audit_id, verb, api_group, resource, subresource, namespace, name, username, "groups", code, request_body, response_body
      FROM events WHERE stage = 'ResponseComplete' AND code BETWEEN 200 AND 299 AND uri NOT LIKE '%dryRun=%' AND subresource = ''
        AND verb IN ('create', 'update', 'patch', 'delete', 'deletecollection') AND api_group || '/' || resource IN (${resources.map(quoted).join(', ')})
      ORDER BY events.time, audit_id`;
    for await (const row of this.#database.stream(sql)) yield writeOf(row);
  }

  /** What the log can tell and what not. */
  async coverage(): Promise<LogCoverage> {
    const counts = async (column: string) => {
      const rows = await this.#database.rows(
        `SELECT ${column} AS name, count(*) AS n FROM events GROUP BY ${column} ORDER BY ${column}`,
      );
      return Object.fromEntries(rows.map((row) => [text(row['name']), Number(row['n'])]));
    };
    const [row = {}] = await this.#database.rows(`
      SELECT count(*) AS events, count(DISTINCT audit_id) AS requests, ${printedTime('min(received)')} AS first, ${printedTime('max(time)')} AS last,
        count(*) FILTER (annotations LIKE '%"audit.k8s.io/truncated"%') AS truncated, count(*) FILTER (len("groups") > 0) AS grouped, count(*) FILTER (decision <> '') AS decided FROM events`);
    const [open = {}] = await this.#database.rows(`
      SELECT count(*) AS n FROM events AS s WHERE s.stage = 'ResponseStarted' AND s.code BETWEEN 100 AND 299
        AND NOT EXISTS (SELECT 1 FROM events AS c WHERE c.audit_id = s.audit_id AND c.stage IN ('ResponseComplete', 'Panic'))`);
    const [silent] = await this.#database.rows(`
      WITH minutes AS (SELECT DISTINCT date_trunc('minute', received) AS m FROM events WHERE received IS NOT NULL),
        gaps AS (SELECT m, lead(m) OVER (ORDER BY m) AS next FROM minutes)
      SELECT ${printedTime('m')} AS "from", ${printedTime('next')} AS "to" FROM gaps WHERE next - m > INTERVAL 1 HOUR ORDER BY next - m DESC LIMIT 1`);
    return {
      events: Number(row['events'] ?? 0),
      requests: Number(row['requests'] ?? 0),
      first: text(row['first']),
      last: text(row['last']),
      levels: await counts('level'),
      stages: await counts('stage'),
      truncated: Number(row['truncated'] ?? 0),
      openWatches: Number(open['n'] ?? 0),
      namesGroups: Number(row['grouped'] ?? 0) > 0,
      recordsDecisions: Number(row['decided'] ?? 0) > 0,
      ...(silent === undefined ? {} : { silence: { from: text(silent['from']), to: text(silent['to']) } }),
    };
  }

  /** What is done most: requests by user, verb and what they ask for. */
  async top(filter: RequestFilter, limit: number): Promise<readonly TopRow[]> {
    const { where, values } = conditions(filter);
    const rows = await this.#database.rows(
      `SELECT username AS "user", verb, ${what} AS what, namespace, ${requestCount} AS count, count(*) FILTER (code IN (401, 403)) AS refused,
        ${printedTime('min(received)')} AS first, ${printedTime('max(received)')} AS last
      FROM events WHERE ${where} GROUP BY ALL ORDER BY count DESC, 1, 2, 3, 4 LIMIT ${limit}`,
      values,
    );
    return rows.map((row) => ({
      user: text(row['user']),
      verb: text(row['verb']),
      what: text(row['what']),
      namespace: text(row['namespace']),
      count: Number(row['count']),
      refused: Number(row['refused']),
      first: text(row['first']),
      last: text(row['last']),
    }));
  }

  /** Requests one by one, the earliest first; of each its last stage. */
  async *requests(filter: RequestFilter, limit: number | undefined): AsyncGenerator<RequestRow> {
    const { where, values } = conditions(filter);
    const sql = `
      SELECT ${printedTime('received')} AS at, username, as_username, verb, ${what} AS what, namespace, name, code, user_agent, audit_id FROM events AS s
      WHERE ${where} AND (stage IN ('ResponseComplete', 'Panic') OR (stage = 'ResponseStarted' AND NOT EXISTS (
        SELECT 1 FROM events AS c WHERE c.audit_id = s.audit_id AND c.stage IN ('ResponseComplete', 'Panic'))))
      ORDER BY received, audit_id${limit === undefined ? '' : ` LIMIT ${limit}`}`;
    for await (const row of this.#database.stream(sql, values))
      yield {
        time: text(row['at']),
        user: text(row['username']),
        as: text(row['as_username']),
        verb: text(row['verb']),
        what: text(row['what']),
        namespace: text(row['namespace']),
        name: text(row['name']),
        code: Number(row['code']),
        userAgent: text(row['user_agent']),
        auditID: text(row['audit_id']),
      };
  }

  /** Requests and refusals in each interval that has some. */
  async timeline(
    filter: RequestFilter,
    seconds: number,
  ): Promise<readonly { readonly time: string; readonly count: number; readonly refused: number }[]> {
    const { where, values } = conditions(filter);
    const rows = await this.#database.rows(
      `SELECT ${printedTime('bucket')} AS time, ${requestCount} AS count, count(*) FILTER (code IN (401, 403)) AS refused
      FROM (SELECT *, time_bucket(INTERVAL ${seconds} SECOND, received) AS bucket FROM events WHERE ${where}) WHERE bucket IS NOT NULL GROUP BY bucket ORDER BY bucket`,
      values,
    );
    return rows.map((row) => ({ time: text(row['time']), count: Number(row['count']), refused: Number(row['refused']) }));
  }

  /** Closes the store and takes its scratch files away. */
  close(): void {
    this.#database.close();
    rmSync(this.#scratch, { recursive: true, force: true });
  }
}

function filesOf(path: string, sources: LoadReport['sources'][number][]): readonly string[] {
  try {
    return logFiles(path);
  } catch (error) {
    const failure = error instanceof Error && 'code' in error ? String(error.code) : 'cannot be read';
    sources.push({ source: path, events: 0, unreadable: 0, torn: false, dialects: [], lacks: [], failure, added: 0 });
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
  const out = createWriteStream(to, { mode: 0o600 });
  const waiting: string[] = [];
  let size = 0;
  const flush = () => {
    out.write(waiting.splice(0).join(''));
    size = 0;
  };
  const reading = await readLog(from, source, (event) => {
    let line = `${JSON.stringify(event)}\n`;
    if (line.length > longestEvent / 2) {
      const { requestObject: _request, responseObject: _response, ...rest } = event;
      line = `${JSON.stringify(rest)}\n`;
    }
    waiting.push(line);
    size += line.length;
    if (size > 1 << 20) flush();
  });
  flush();
  await new Promise<void>((done, fail) => {
    out.on('error', fail);
    out.end(done);
  });
  return reading;
}

function conditions(filter: RequestFilter): { readonly where: string; readonly values: readonly (string | number)[] } {
  const parts = ['true'];
  const values: (string | number)[] = [];
  const add = (sql: string, value: string | number | undefined) => {
    if (value === undefined) return;
    parts.push(sql);
    values.push(value);
  };
  add('username = ?', filter.user);
  add('list_contains("groups", ?)', filter.group);
  add('verb = ?', filter.verb);
  add('namespace = ?', filter.namespace);
  add('code = ?', filter.code);
  add(`received >= try_cast(? AS TIMESTAMPTZ) AT TIME ZONE 'UTC'`, filter.since);
  add(`received < try_cast(? AS TIMESTAMPTZ) AT TIME ZONE 'UTC'`, filter.until);
  if (filter.resource !== undefined) {
    const [head = '', subresource] = filter.resource.split('/');
    const dot = head.indexOf('.');
    add('resource = ?', dot < 0 ? head : head.slice(0, dot));
    add('api_group = ?', dot < 0 ? undefined : head.slice(dot + 1));
    add('subresource = ?', subresource);
  }
  return { where: parts.join(' AND '), values };
}
