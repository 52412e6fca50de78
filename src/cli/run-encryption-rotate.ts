import { statSync } from 'node:fs';
import { ApplyStop } from '../apply/apply-stop.ts';
import { takeLock } from '../apply/lock.ts';
import { ApiRefusal } from '../apply/object-api.ts';
import type { Gap } from '../cluster/gap.ts';
import { objectAt, stringAt } from '../cluster/json.ts';
import { inventoryOfSnapshot } from '../collect/etcd/snapshot-inventory.ts';
import { ApiClient } from '../collect/live/api-client.ts';
import { connect } from '../collect/live/collect-live.ts';
import { LiveFault } from '../collect/live/live-fault.ts';
import { storedPrefix, writeProvider } from '../encryption/configuration.ts';
import { EtcdClient } from '../etcd/client.ts';
import { openFileSource } from '../etcd/snapshot/byte-source.ts';
import { KmsClient, KmsFault } from '../kms/client.ts';
import { printable } from '../report/printable.ts';
import { wrap } from '../report/terminal/layout.ts';
import { cautiousWidth } from '../report/terminal/width.ts';
import { loaded, rotationTexts, Unloadable } from '../rotate/configurations.ts';
import type { AskedServer } from '../rotate/convergence.ts';
import { hashesOf, rotate, RotationStop, staleIn } from '../rotate/rotate.ts';
import type { RotationState } from '../rotate/rotation-state.ts';
import { RotationFolder, StateFault } from '../rotate/rotation-state.ts';
import { UsageError, exitCodes } from './errors.ts';
import type { EtcdOptions, StoredSource } from './etcd-options.ts';
import { openStored } from './etcd-options.ts';
import { progressLine } from './progress.ts';
import { readEncryptionConfiguration } from './read-encryption-configuration.ts';
import type { NewKeyOptions } from './run-encryption-config.ts';
import { encryptedResources, newProvider, takenNames } from './run-encryption-config.ts';
import { storedFault } from './run-encryption-status.ts';
import { noStep, stateFolder } from './run-options.ts';
import { readUserFile } from './user-file.ts';

export interface ServerOption {
  readonly url: string;
  readonly file?: string;
}

export interface RotateOptions extends EtcdOptions, NewKeyOptions {
  readonly server: readonly ServerOption[];
  readonly backup?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly state?: string;
  /** Milliseconds. */
  readonly wait?: number;
  readonly rate: number;
  readonly resume: boolean;
  readonly dryRun: boolean;
}

const hour = 3_600_000;
const tenMinutes = 600_000;

/**
 * `bulwark encryption rotate`. Returns the exit code: 0 the old key is gone, 3 stopped, to go on with --resume.
 *
 * @param step called after each change, where tests end the process
 */
export async function rotateCommand(
  options: RotateOptions,
  step: (name: string) => Promise<void> | void = noStep,
): Promise<number> {
  const state = stateFolder(options);
  const folder = new RotationFolder(state);
  const say = (line: string): void => void process.stdout.write(`${printable(line)}\n`);
  let stored: StoredSource | undefined;
  try {
    const known = folder.read();
    if (known !== undefined && !options.resume && !options.dryRun)
      throw new UsageError(
        `a rotation begun at ${known.begun} waits in ${folder.path}: next is ${known.next}`,
        'go on with it: bulwark encryption rotate --resume',
      );
    if (known === undefined && options.resume) throw new UsageError(`no rotation waits in ${folder.path}`);
    stored = await openStored(options);
    if (stored.kind === 'snapshot') throw new UsageError('a rotation needs an etcd that runs');
    return await withLock({ state, folder, known, stored, options, say, step });
  } catch (error) {
    if (error instanceof RotationStop) {
      say(`stopped: ${error.message}`);
      return exitCodes.stopped;
    }
    if (error instanceof ApplyStop) throw new UsageError(error.message, error.detail.join('\n') || undefined);
    if (error instanceof StateFault) throw new UsageError(error.message);
    if (error instanceof Unloadable) throw new UsageError(`no API server would load it: ${error.message}`);
    if (error instanceof ApiRefusal) {
      say(`stopped: ${error.message}\ngo on with --resume`);
      return exitCodes.stopped;
    }
    if (error instanceof LiveFault) throw new UsageError(`${error.gap.source}: ${error.gap.reason}`, error.gap.hint);
    throw storedFault(error, stored?.name ?? '');
  }
}

interface Run {
  readonly state: string;
  readonly folder: RotationFolder;
  readonly known: RotationState | undefined;
  readonly stored: Extract<StoredSource, { kind: 'etcd' }>;
  readonly options: RotateOptions;
  readonly say: (line: string) => void;
  readonly step: (name: string) => Promise<void> | void;
}

async function withLock(run: Run): Promise<number> {
  const { options, state, say } = run;
  const etcd = new EtcdClient(run.stored.settings);
  const lock = options.dryRun
    ? undefined
    : takeLock(state, 'encryption rotate', new Date().toISOString(), { takeOver: options.resume, say });
  const progress = progressLine('');
  try {
    const servers = await clientsOf(options, run.known?.servers ?? options.server);
    const begun = run.known ?? (await begin(run, servers, etcd));
    if (begun === undefined || options.dryRun) return exitCodes.holds;
    const world = {
      folder: run.folder,
      servers,
      etcd,
      prefix: run.stored.prefix,
      say: (line: string) => {
        progress.clear();
        say(line);
      },
      progress: progress.show,
      step: run.step,
      waitMs: options.wait ?? tenMinutes,
      writesPerSecond: options.rate,
    };
    await rotate(world, begun);
    run.folder.clear();
    progress.clear();
    say(`done: ${begun.keyName} alone writes and reads`);
    say(`${run.folder.configurationPath('former')} still reads older backups: keep it apart from them, or remove it with them`);
    return exitCodes.holds;
  } finally {
    progress.clear();
    etcd.close();
    lock?.release();
  }
}

async function clientsOf(
  options: Pick<RotateOptions, 'kubeconfig' | 'context'>,
  servers: readonly ServerOption[],
): Promise<readonly AskedServer[]> {
  if (servers.length === 0) throw new UsageError('no API server is named', 'name each of them: --server https://HOST:PORT=FILE');
  const gaps: Gap[] = [];
  const { kubeconfig, context } = options;
  const named = { ...(kubeconfig === undefined ? {} : { kubeconfig }), ...(context === undefined ? {} : { context }) };
  const connection = await connect(named, process.env, gaps);
  return servers.map(({ url }) => ({
    url,
    client: new ApiClient({ ...connection, server: { ...connection.server, url: new URL(url) } }, process.env),
  }));
}

/** Looks whether a rotation may begin, and notes it; of a dry run it prints the steps. */
async function begin(run: Run, servers: readonly AskedServer[], etcd: EtcdClient): Promise<RotationState | undefined> {
  const { options, say, folder } = run;
  const minor = await sameMinor(servers);
  const former = formerOf(options.server, minor);
  const { configuration } = former;
  const resources = encryptedResources(configuration);
  const key = newProvider(options, takenNames(configuration), new Date().toISOString().slice(0, 10));
  const texts = { former: former.text, ...rotationTexts(former.text, resources, key.provider, minor) };
  const { revision } = await etcd.status();
  if (options.provider === 'kms') await meet(options);
  if (options.dryRun) {
    const stale = await staleIn({ etcd, prefix: run.stored.prefix }, loaded(texts.writer, minor));
    const objects = [...stale].map(([resource, count]) => `${count} ${resource}`).join(', ');
    const names = servers.map(({ url }) => url).join(', ');
    const writes = storedPrefix(writeProvider(configuration, resources[0] ?? 'secrets'));
    const lines = [
      `${key.name} takes the place of ${writes} for ${resources.join(', ')}`,
      `1. the new key reads, second: given to ${names}; wait until each has loaded it`,
      '2. the new key writes, first: given to the same; wait; a canary through each is read through all and seen in etcd',
      `3. rewrite through ${servers[0]?.url ?? ''}, at most ${options.rate} a second, or by a StorageVersionMigration where the cluster carries one out: ${objects === '' ? 'nothing' : objects}`,
      '4. etcd must hold nothing under another key',
      '5. the old keys go: given to the same; wait until each has loaded it',
      options.backup === undefined ? 'needed: --backup SNAPSHOT, not older than an hour' : `backup: ${options.backup}`,
    ];
    for (const line of lines.flatMap((text) => wrap(text, 80, cautiousWidth))) say(line);
    if (options.backup !== undefined) checkBackup(options.backup, run.stored.prefix, Number(revision));
    return undefined;
  }
  if (options.backup === undefined)
    throw new UsageError('no backup is named', 'take one (etcdctl snapshot save backup.db) and name it: --backup backup.db');
  checkBackup(options.backup, run.stored.prefix, Number(revision));
  for (const name of ['former', 'reader', 'writer', 'final'] as const) await folder.writeConfiguration(name, texts[name]);
  const state: RotationState = {
    formatVersion: 1,
    begun: new Date().toISOString(),
    keyName: key.name,
    servers: options.server,
    minor,
    next: 'reader',
    marks: {},
    sha256: hashesOf(texts),
  };
  await folder.write(state);
  await run.step('begun');
  return state;
}

async function sameMinor(servers: readonly AskedServer[]): Promise<number> {
  const minors = new Set<number>();
  for (const { url, client } of servers) {
    const { body } = await client.get('/version');
    const minor = Number.parseInt(stringAt(objectAt(body)['minor']) ?? '', 10);
    if (Number.isNaN(minor)) throw new UsageError(`${url}: /version names no minor`);
    minors.add(minor);
  }
  // During an upgrade the older one decides what may stand in the file.
  return Math.min(...minors);
}

/** The configuration of today: all that are on this machine must be the same. */
function formerOf(servers: readonly ServerOption[], minor: number): ReturnType<typeof readEncryptionConfiguration> {
  const files = servers.flatMap(({ file }) => file ?? []);
  const [first, ...others] = files;
  if (first === undefined)
    throw new UsageError(
      'the configuration of today is not at hand',
      'name it beside its server: --server https://HOST:PORT=FILE',
    );
  const former = readEncryptionConfiguration(first, minor);
  for (const other of others)
    if (readUserFile(other, 'EncryptionConfiguration') !== former.text)
      throw new UsageError(
        `${other} and ${first} differ`,
        'all API servers must share their keys: make the files the same first',
      );
  return former;
}

async function meet({ kmsName, kmsEndpoint }: NewKeyOptions): Promise<void> {
  const client = new KmsClient(kmsEndpoint ?? '', 'v2');
  try {
    const { health } = await client.status();
    if (health !== 'ok') throw new UsageError(`the KMS plug-in ${kmsName ?? ''} is not healthy: ${health}`);
  } catch (error) {
    if (error instanceof KmsFault) throw new UsageError(error.message);
    throw error;
  } finally {
    client.close();
  }
}

/** Errors: UsageError where the backup is old, damaged, or not of this etcd. */
function checkBackup(path: string, prefix: string, revision: number): void {
  let source: ReturnType<typeof openFileSource>;
  let age: number;
  try {
    age = Date.now() - statSync(path).mtimeMs;
    source = openFileSource(path);
  } catch (error) {
    throw new UsageError(
      `${path}: cannot be read: ${error instanceof Error && 'code' in error ? String(error.code) : 'it is no file'}`,
    );
  }
  try {
    if (age > hour)
      throw new UsageError(`${path} is ${Math.round(age / 60_000)} minutes old`, 'take one that is not older than an hour');
    const inventory = inventoryOfSnapshot(source, path, { prefix });
    const [fault] = inventory.faults;
    if (fault !== undefined) throw new UsageError(`${path} is damaged: ${fault}`);
    if (inventory.kind !== 'snapshot') throw new UsageError(`${path} has no checksum`, 'take it with etcdctl snapshot save');
    if (!inventory.rows.some((row) => row.place === 'current' && row.resource !== ''))
      throw new UsageError(`${path} holds no key below ${prefix}/`);
    if (inventory.revision > revision)
      throw new UsageError(`${path} is at revision ${inventory.revision}, etcd at ${revision}: it is of another etcd`);
  } catch (error) {
    throw storedFault(error, path);
  } finally {
    source.close();
  }
}
