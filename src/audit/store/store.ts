import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from './duckdb.ts';
import { openDatabase } from './duckdb.ts';
import { EventLoader } from './load.ts';
import { accessOf, text, writeOf } from './rows.ts';
import { printedTime, quoted, storedColumns } from './sql.ts';
import type { AccessRow, LoadReport, LogCoverage, RequestFilter, RequestRow, TopRow, WriteRow } from './types.ts';

/** Version of the store's format; a newer file is refused. */
const formatVersion = 1;
/** What the engine may hold; the rest goes to files beside the store. */
const memoryLimit = '300MB';

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
    // A process that was killed while it made the store left a database without tables.
    if (isNew || (await isEmpty(database))) await makeTables(database);
    else await checkVersion(database, file);
    return new AuditStore(database, scratch, file !== undefined);
  } catch (error) {
    database?.close();
    rmSync(scratch, { recursive: true, force: true });
    throw error;
  }
}

async function isEmpty(database: Database): Promise<boolean> {
  return (await database.rows('SELECT 1 FROM duckdb_tables() LIMIT 1')).length === 0;
}

async function makeTables(database: Database): Promise<void> {
  await database.run('BEGIN');
  await database.run('CREATE TABLE format (version INTEGER)');
  await database.run(`INSERT INTO format VALUES (${formatVersion})`);
  await database.run(`CREATE TABLE stored (${storedColumns.map(([name, type]) => `"${name}" ${type}`).join(', ')})`);
  await database.run('CREATE VIEW events AS SELECT * FROM stored');
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
  readonly #loader: EventLoader;

  constructor(database: Database, scratch: string, keeps: boolean) {
    this.#database = database;
    this.#scratch = scratch;
    this.#loader = new EventLoader(database, scratch, keeps);
  }

  /**
   * Loads logs of any kind (`reader/`): files, folders of rotated logs, `-` for standard input. What is there already, by audit id, stage
   * and time, is not taken again. Each source is one transaction: killed in between, the next load makes it whole.
   */
  load(paths: readonly string[], progress?: (what: string) => void): Promise<LoadReport> {
    return this.#loader.load(paths, progress);
  }

  /**
   * Distinct accesses with their counts, one row for each stretch of time.
   *
   * @param epochs instants (RFC 3339) that cut time, ascending
   */
  async *accesses(epochs: readonly string[]): AsyncGenerator<AccessRow> {
    const [later] = await this.#database.rows(`SELECT 1 FROM events WHERE stage <> 'RequestReceived' LIMIT 1`);
    // Lists are grouped as text, and what is a sample is short: states that hold long texts cannot be put aside when memory is short.
    const keys = `username, to_json("groups")::VARCHAR AS "groups", as_username, as_uid, to_json(as_groups)::VARCHAR AS as_groups, verb, is_resource, api_group, resource, subresource,
        ${authorizedNamespace} AS namespace, ${authorizedName} AS name, CASE WHEN is_resource THEN '' ELSE split_part(uri, '?', 1) END AS path,
        user_agent, decision, reason, code, refusal, ${nodeSelector} AS field_selector, ${await this.#epochs(epochs)} AS epoch,
        CASE WHEN starts_with(credential, 'X509SHA256=') THEN credential ELSE left(credential, 4) END AS credential`;
    const sql = `
      SELECT ${keys}, any_value(pod) AS pod, any_value(source_ip) AS source_ip, ${requestCount} AS n,
        ${printedTime('min(received)')} AS first, ${printedTime('max(received)')} AS last, min(audit_id) AS audit_id
      FROM ${epochs.length === 0 ? 'events' : 'events ASOF LEFT JOIN epochs ON events.received >= epochs.starts'}
      ${later === undefined ? '' : `WHERE stage <> 'RequestReceived'`} GROUP BY ALL`;
    for await (const row of this.#database.stream(sql)) yield accessOf(row);
  }

  /** Makes the table that cuts time; returns the column that says which stretch. */
  async #epochs(epochs: readonly string[]): Promise<string> {
    if (epochs.length === 0) return '0';
    await this.#database.run('CREATE OR REPLACE TEMP TABLE epochs (epoch INTEGER, starts TIMESTAMP)');
    await this.#database.run(`INSERT INTO epochs VALUES (0, TIMESTAMP '0001-01-01')`);
    for (const [index, epoch] of epochs.entries())
      await this.#database.run(`INSERT INTO epochs VALUES (${index + 1}, try_cast(? AS TIMESTAMPTZ) AT TIME ZONE 'UTC')`, [
        epoch,
      ]);
    return 'coalesce(epoch, 0)';
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
    // One pass over the events; minutes are few, however long the log is.
    const rows = await this.#database.rows(`
      SELECT level, stage, strftime(date_trunc('minute', received), '%Y-%m-%dT%H:%M:%SZ') AS minute, count(*) AS n,
        ${printedTime('min(received)')} AS first, ${printedTime('max(time)')} AS last, count(*) FILTER (truncated) AS truncated,
        bool_or(len("groups") > 0) AS named, bool_or(decision <> '') AS decided, count(*) FILTER (code BETWEEN 100 AND 299) AS good
      FROM events GROUP BY ALL ORDER BY minute`);
    const total = (only: (row: Record<string, unknown>) => boolean, column = 'n'): number =>
      rows.filter(only).reduce((sum, row) => sum + Number(row[column] ?? 0), 0);
    const counts = (column: string): Readonly<Record<string, number>> => {
      const names = [...new Set(rows.map((row) => text(row[column])))].sort();
      return Object.fromEntries(names.map((name) => [name, total((row) => text(row[column]) === name)]));
    };
    const stages = counts('stage');
    const started = rows.some((row) => row['stage'] === 'ResponseStarted' && Number(row['good']) > 0);
    const times = (column: string): readonly string[] => rows.map((row) => text(row[column])).filter((time) => time !== '');
    const silence = longestSilence(times('minute'));
    return {
      events: total(() => true),
      requests: Math.max(
        (stages['ResponseComplete'] ?? 0) + (stages['Panic'] ?? 0),
        stages['ResponseStarted'] ?? 0,
        stages['RequestReceived'] ?? 0,
      ),
      first: times('first').toSorted()[0] ?? '',
      last: times('last').toSorted().at(-1) ?? '',
      levels: counts('level'),
      stages,
      truncated: total(() => true, 'truncated'),
      openWatches: started ? await this.#openWatches() : 0,
      namesGroups: rows.some((row) => row['named'] === true),
      recordsDecisions: rows.some((row) => row['decided'] === true),
      ...(silence === undefined ? {} : { silence }),
    };
  }

  async #openWatches(): Promise<number> {
    const [row] = await this.#database.rows(`
      SELECT count(*) AS n FROM events AS s WHERE s.stage = 'ResponseStarted' AND s.code BETWEEN 100 AND 299
        AND NOT EXISTS (SELECT 1 FROM events AS c WHERE c.audit_id = s.audit_id AND c.stage IN ('ResponseComplete', 'Panic'))`);
    return Number(row?.['n'] ?? 0);
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

/** The longest stretch of more than an hour between minutes with events. */
function longestSilence(minutes: readonly string[]): LogCoverage['silence'] {
  const known = [...new Set(minutes)].sort();
  let longest = 3_600_000;
  let found: LogCoverage['silence'];
  for (const [index, to] of known.entries()) {
    const from = known[index - 1];
    if (from === undefined || Date.parse(to) - Date.parse(from) <= longest) continue;
    longest = Date.parse(to) - Date.parse(from);
    found = { from, to };
  }
  return found;
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
