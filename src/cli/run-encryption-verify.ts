import { newestMinor } from '../cluster/version.ts';
import { forEachCurrentValue } from '../collect/etcd/current-values.ts';
import type { DataKeyAnswer, DataKeyRequest } from '../encryption/providers/kms-plugin.ts';
import type { KmsConfiguration } from '../encryption/provider.ts';
import { ReadabilityJudge, requestKey } from '../encryption/readability.ts';
import { EtcdClient } from '../etcd/client.ts';
import { forEachKeyUnder } from '../etcd/stored-keys.ts';
import { storedPrefixOf } from '../etcd/stored-value.ts';
import { KmsClient, KmsFault } from '../kms/client.ts';
import { counted, grouped } from '../report/number-text.ts';
import { printable } from '../report/printable.ts';
import { exitCodes } from './errors.ts';
import type { EtcdOptions, StoredSource } from './etcd-options.ts';
import { openStored } from './etcd-options.ts';
import { progressLine } from './progress.ts';
import { readEncryptionConfiguration } from './read-encryption-configuration.ts';
import { storedFault } from './run-encryption-status.ts';

/** Values that are judged alike. */
interface JudgedRow {
  readonly resource: string;
  readonly prefix: string;
  readonly verdict: 'readable' | 'stale' | 'unreadable' | 'unknown';
  readonly why?: string;
  count: number;
  readonly keys: string[];
}

const shownKeys = 5;

/** `bulwark encryption verify`. Returns the exit code: 1 where a value is not readable, or nobody can tell. */
export async function verify(
  options: EtcdOptions & { readonly config: string; readonly output: 'text' | 'json'; readonly kubernetesVersion?: number },
): Promise<number> {
  const minor = options.kubernetesVersion ?? newestMinor;
  const { configuration } = readEncryptionConfiguration(options.config, minor);
  const stored = await openStored(options);
  const prefix = stored.prefix ?? '/registry';
  const judge = new ReadabilityJudge(configuration, prefix, minor);
  const plugins = openPlugins(configuration.resources.flatMap((entry) => entry.providers.flatMap(({ kms }) => kms ?? [])));
  let reading: Reading;
  try {
    const notes = await meetPlugins(plugins, judge);
    reading = await readAll(stored, prefix, judge);
    // Data keys become known by reading; with them the values are judged for good.
    if (reading.questions.size > 0) {
      await askPlugins(plugins, reading.questions);
      reading = await readAll(stored, prefix, judge);
    }
    reading.notes.push(...notes);
  } catch (error) {
    throw storedFault(error, stored.name);
  } finally {
    for (const { client } of plugins.values()) client.close();
    if (stored.kind === 'snapshot') stored.source.close();
  }
  const rows = sorted(reading.rows);
  process.stdout.write(
    options.output === 'json'
      ? `${JSON.stringify({ source: stored.name, config: options.config, rows, notes: reading.notes, faults: reading.faults }, null, 2)}\n`
      : verifyText(rows, reading, options.config),
  );
  const bad = rows.some(({ verdict }) => verdict === 'unreadable' || verdict === 'unknown');
  return bad || reading.faults.length > 0 || rows.length === 0 ? exitCodes.findings : exitCodes.holds;
}

interface Plugin {
  readonly client: KmsClient;
  reachable: boolean;
  readonly answers: Map<string, DataKeyAnswer>;
}

function openPlugins(providers: readonly KmsConfiguration[]): Map<string, Plugin> {
  const plugins = new Map<string, Plugin>();
  for (const { name, endpoint, apiVersion, timeout } of providers) {
    if (plugins.has(name)) continue;
    const client = new KmsClient(endpoint, apiVersion === 'v2' ? 'v2' : 'v1', Number(timeout / 1_000_000n));
    plugins.set(name, { client, reachable: false, answers: new Map() });
  }
  return plugins;
}

/** Asks each plug-in how it is. @returns what is to be said of those that do not answer */
async function meetPlugins(plugins: ReadonlyMap<string, Plugin>, judge: ReadabilityJudge): Promise<readonly string[]> {
  const notes: string[] = [];
  for (const [name, plugin] of plugins) {
    try {
      const { health, keyID, milliseconds } = await plugin.client.status();
      plugin.reachable = true;
      notes.push(`KMS plug-in ${name}: ${health}${keyID === undefined ? '' : `, key ${keyID}`}, ${milliseconds.toFixed(1)} ms`);
      judge.tell(name, { currentKeyID: keyID, answers: plugin.answers });
    } catch (error) {
      if (!(error instanceof KmsFault)) throw error;
      notes.push(error.message);
    }
  }
  return notes;
}

async function askPlugins(plugins: ReadonlyMap<string, Plugin>, questions: ReadonlyMap<string, DataKeyRequest>): Promise<void> {
  for (const request of questions.values()) {
    const plugin = plugins.get(request.kmsName);
    if (plugin?.reachable !== true) continue;
    try {
      plugin.answers.set(requestKey(request), await plugin.client.decrypt(request));
    } catch (error) {
      if (!(error instanceof KmsFault)) throw error;
      plugin.reachable = false;
    }
  }
}

interface Reading {
  readonly rows: Map<string, JudgedRow>;
  readonly questions: Map<string, DataKeyRequest>;
  readonly faults: readonly string[];
  readonly notes: string[];
}

async function readAll(stored: StoredSource, prefix: string, judge: ReadabilityJudge): Promise<Reading> {
  const rows = new Map<string, JudgedRow>();
  const questions = new Map<string, DataKeyRequest>();
  const take = (keyBytes: Uint8Array, value: Uint8Array): void => {
    const key = Buffer.from(keyBytes.buffer, keyBytes.byteOffset, keyBytes.byteLength).toString('utf8');
    // Beside the API server's keys others may lie: of them nothing is asked.
    if (!key.startsWith(`${prefix}/`)) return;
    const found = judge.judge(key, value);
    if (found.kind === 'never-encrypted') return;
    if (found.kind === 'unknown')
      for (const request of judge.questions(key, value))
        questions.set(`${request.kmsName}\n${requestKey(request)}`, copied(request));
    const verdict = found.kind === 'readable' ? (found.stale ? 'stale' : 'readable') : found.kind;
    const why = found.kind === 'readable' ? undefined : found.why;
    const row = {
      resource: found.resource,
      prefix: storedPrefixOf(value).prefix,
      verdict,
      ...(why === undefined ? {} : { why }),
    } as const;
    const name = [row.verdict, row.resource, row.prefix, why ?? ''].join('\n');
    const known = rows.get(name) ?? { ...row, count: 0, keys: [] };
    known.count++;
    if (known.keys.length < shownKeys && found.kind !== 'readable') known.keys.push(key);
    rows.set(name, known);
  };
  const progress = progressLine();
  try {
    if (stored.kind === 'snapshot') {
      const faults = forEachCurrentValue(stored.source, take, (done, of) =>
        progress.show('megabytes', Math.round(done / 1_000_000), Math.round(of / 1_000_000)),
      );
      return { rows, questions, faults, notes: [] };
    }
    const client = new EtcdClient(stored.settings);
    try {
      await forEachKeyUnder(
        client,
        `${prefix}/`,
        ({ key, value }) => take(key, value),
        (done, of) => progress.show('keys', done, of),
      );
    } finally {
      client.close();
    }
    return { rows, questions, faults: [], notes: [] };
  } finally {
    progress.clear();
  }
}

/** The bytes of a value are gone when the next one comes. */
function copied(request: DataKeyRequest): DataKeyRequest {
  return {
    ...request,
    ciphertext: Uint8Array.from(request.ciphertext),
    annotations: request.annotations.map(([name, value]) => [name, Uint8Array.from(value)] as const),
  };
}

const order = ['unreadable', 'unknown', 'stale', 'readable'] as const;

function sorted(rows: ReadonlyMap<string, JudgedRow>): readonly JudgedRow[] {
  return [...rows.entries()]
    .sort(([a, first], [b, second]) => order.indexOf(first.verdict) - order.indexOf(second.verdict) || (a < b ? -1 : 1))
    .map(([, row]) => row);
}

const words: Readonly<Record<JudgedRow['verdict'], string>> = {
  unreadable: 'UNREADABLE',
  unknown: 'UNKNOWN',
  stale: 'readable, stale',
  readable: 'readable',
};

function verifyText(rows: readonly JudgedRow[], { faults, notes }: Reading, config: string): string {
  const total = (verdict: JudgedRow['verdict']) =>
    rows.filter((row) => row.verdict === verdict).reduce((sum, { count }) => sum + count, 0);
  const lines = rows.flatMap(({ verdict, resource, prefix, why, count, keys }) => [
    `${words[verdict].padEnd(15)}  ${grouped(count).padStart(9)}  ${resource === '' ? '(no resource)' : resource}  ${prefix}`,
    ...(why === undefined ? [] : [`    ${why}`]),
    ...keys.map((key) => `    ${key}`),
    ...(keys.length > 0 && count > keys.length ? [`    and ${grouped(count - keys.length)} more`] : []),
  ]);
  const [lost, unknown, stale] = [total('unreadable'), total('unknown'), total('stale')];
  const verdict =
    rows.length === 0
      ? 'no value was found: nothing is shown'
      : lost + unknown > 0
        ? `with ${config} ${counted(lost, 'value')} would be unreadable, ${grouped(unknown)} unknown`
        : `with ${config} every value is readable${stale > 0 ? `; ${grouped(stale)} are stale: the next write of each changes its key` : ''}`;
  return [...lines, ...(lines.length > 0 ? [''] : []), ...notes, ...faults.map((fault) => `damaged: ${fault}`), verdict]
    .map((line) => `${printable(line)}\n`)
    .join('');
}
