import { setTimeout as sleep } from 'node:timers/promises';
import { realpathSync } from 'node:fs';
import type { StepHook } from '../apply/durable-files.ts';
import { replaceFile, sha256Of, stateOfPath } from '../apply/durable-files.ts';
import { ObjectApi } from '../apply/object-api.ts';
import { migrateStorage } from '../apply/migrate-storage.ts';
import { rewriteObjects, servedTypeOf } from '../apply/rewrite-objects.ts';
import type { EncryptionConfiguration } from '../encryption/configuration.ts';
import { parseGroupResource, storedPrefix, writeProvider } from '../encryption/configuration.ts';
import { storagePathOf } from '../encryption/storage-path.ts';
import type { EtcdClient } from '../etcd/client.ts';
import { forEachKeyUnder } from '../etcd/stored-keys.ts';
import { storedPrefixOf } from '../etcd/stored-value.ts';
import { loaded } from './configurations.ts';
import type { AskedServer } from './convergence.ts';
import { canary, loadedBy, markOf } from './convergence.ts';
import type { ConfigurationName, RotationFolder, RotationState, ServerOfRotation } from './rotation-state.ts';

/** The rotation stops where it is, and goes on with `--resume`; `message` says what is to be done. */
export class RotationStop extends Error {}

/** What a rotation works with. */
export interface RotationWorld {
  readonly folder: RotationFolder;
  /** In the order of the state's servers. */
  readonly servers: readonly AskedServer[];
  readonly etcd: EtcdClient;
  /** `--etcd-prefix`. */
  readonly prefix: string;
  readonly say: (line: string) => void;
  readonly progress: (what: string, done: number, of: number) => void;
  readonly step: StepHook;
  /** Milliseconds for which servers are waited for. */
  readonly waitMs: number;
  readonly writesPerSecond: number;
}

/**
 * Carries a rotation on from where it is to its end: each step is verified before the next, and may be repeated.
 *
 * The new key reads on all servers, then writes on all, everything is rewritten through the API, etcd shows that nothing is left under
 * another key, and only then the old one goes. Throws RotationStop where a server does not follow, or something could be lost; ApiRefusal,
 * EtcdFault and LiveFault where nobody answers.
 */
export async function rotate(world: RotationWorld, begun: RotationState): Promise<void> {
  let state = begun;
  const go = async (next: RotationState['next'], marks: RotationState['marks'] = {}): Promise<void> => {
    state = { ...state, next, marks: { ...state.marks, ...marks } };
    await world.folder.write(state);
    await world.step(`state ${next}`);
  };
  const give = async (name: Exclude<ConfigurationName, 'former'>, then: RotationState['next']): Promise<void> => {
    await giveAndWait(
      world,
      () => state,
      name,
      (marks) => go(state.next, marks),
    );
    await go(then);
  };
  if (state.next === 'reader') await give('reader', 'writer');
  if (state.next === 'writer') await give('writer', 'rewrite');
  if (state.next === 'rewrite') {
    await rewrite(world, state);
    await go('prove');
  }
  if (state.next === 'prove') {
    const left = await staleIn(world, writerOf(world, state));
    if (left.size > 0) {
      // Somebody wrote with the old key after the rewriting: a server that fell back.
      await go('writer');
      throw new RotationStop(`etcd holds values under the old key again (${describe(left)}): a server writes with it still`);
    }
    world.say('etcd holds nothing under another key any more');
    await go('retire');
  }
  if (state.next === 'retire') await give('final', 'done');
}

function writerOf(world: RotationWorld, state: RotationState): EncryptionConfiguration {
  return loaded(world.folder.configuration('writer'), state.minor);
}

/** Puts a configuration where each server reads it, and waits until all of them have loaded it. */
async function giveAndWait(
  world: RotationWorld,
  current: () => RotationState,
  name: Exclude<ConfigurationName, 'former'>,
  note: (marks: RotationState['marks']) => Promise<void>,
): Promise<void> {
  const { servers, sha256 } = current();
  const text = world.folder.configuration(name);
  const isThere = ({ file }: ServerOfRotation): boolean => file === undefined || shaOf(file) === sha256[name];
  // Taken before: what loads the file shows another mark afterwards.
  for (const [index, server] of servers.entries()) {
    if (current().marks[markKey(name, server)] !== undefined && isThere(server)) continue;
    await note({ [markKey(name, server)]: await markedWithin(world, index) });
  }
  for (const server of servers) {
    if (server.file === undefined || isThere(server)) continue;
    await put(server.file, text, current(), world.step);
    await world.step(`${name} given to ${server.file}`);
  }
  const byHand = servers.filter(({ file }) => file === undefined).map(({ url }) => url);
  if (byHand.length > 0) world.say(`copy ${world.folder.configurationPath(name)} to its place on ${byHand.join(', ')}`);
  await converged(world, current(), name);
  const described = { reader: 'the new key reads', writer: 'the new key writes', final: 'the old key is gone' }[name];
  world.say(`${described} on ${world.servers.length === 1 ? 'the API server' : `all ${world.servers.length} API servers`}`);
}

function markKey(name: ConfigurationName, { url }: ServerOfRotation): string {
  return `${name} ${url}`;
}

/** A server may be starting just now. */
async function markedWithin(world: RotationWorld, index: number): Promise<string> {
  const server = world.servers[index];
  if (server === undefined) throw new RangeError(`there is no server ${index}`);
  const deadline = Date.now() + world.waitMs;
  for (;;) {
    try {
      return await markOf(server);
    } catch (error) {
      if (Date.now() > deadline) throw new RotationStop(faultText(error));
    }
    await sleep(1000);
  }
}

function shaOf(file: string): string | undefined {
  const found = stateOfPath(realPath(file));
  return found.kind === 'file' ? found.sha256 : undefined;
}

/** What a link leads to is replaced, never the link. */
function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

async function put(file: string, text: string, state: RotationState, step: StepHook): Promise<void> {
  const path = realPath(file);
  const found = stateOfPath(path);
  if (found.kind !== 'file') throw new RotationStop(`${file}: the configuration is not there any more`);
  if (!Object.values(state.sha256).includes(found.sha256))
    throw new RotationStop(`${file}: somebody changed it meanwhile; nothing of it is overwritten`);
  await replaceFile(path, { bytes: Buffer.from(text), mode: 0o600, uid: found.uid, gid: found.gid }, step);
}

async function converged(world: RotationWorld, state: RotationState, name: ConfigurationName): Promise<void> {
  const deadline = Date.now() + world.waitMs;
  for (;;) {
    const behind = await behindOf(world, state, name);
    if (behind.length === 0) return;
    if (Date.now() > deadline)
      throw new RotationStop(
        `not all API servers follow:\n${behind.map((line) => `  ${line}`).join('\n')}\nreload or restart them, then go on with --resume`,
      );
    world.progress(`waiting for ${behind.length} of`, world.servers.length - behind.length, world.servers.length);
    await sleep(1000);
  }
}

async function behindOf(world: RotationWorld, state: RotationState, name: ConfigurationName): Promise<readonly string[]> {
  const behind: string[] = [];
  for (const [index, server] of world.servers.entries()) {
    const place = state.servers[index];
    const mark = (place === undefined ? undefined : state.marks[markKey(name, place)]) ?? '';
    const seen = await loadedBy(server, state.sha256[name], mark).catch((error: unknown) => faultText(error));
    if (seen !== undefined) behind.push(`${server.url}: ${seen}`);
  }
  if (behind.length > 0) return behind;
  const configuration = loaded(world.folder.configuration(name), state.minor);
  const resource = (['secrets', 'configmaps'] as const).find((one) => writeProvider(configuration, one) !== undefined);
  if (resource === undefined) return [];
  const fault = await canary(
    world.servers,
    world.etcd,
    resource,
    (namespace, object) => `${world.prefix}/${resource}/${namespace}/${object}`,
    storedPrefix(writeProvider(configuration, resource)),
  ).catch((error: unknown) => faultText(error));
  return fault === undefined ? [] : [fault];
}

function faultText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const mostRounds = 5;

/** Writes through the API what etcd shows under another key than the writer's, until nothing is. */
async function rewrite(world: RotationWorld, state: RotationState): Promise<void> {
  const writer = writerOf(world, state);
  const [server] = world.servers;
  if (server === undefined) throw new RotationStop('no API server is known');
  const api = new ObjectApi(server.client);
  for (let round = 1; ; round++) {
    const stale = await staleIn(world, writer);
    if (stale.size === 0) return;
    if (round > mostRounds) throw new RotationStop(`rewriting does not end: ${describe(stale)} are left under another key`);
    if (stale.has(''))
      throw new RotationStop(`${stale.get('') ?? 0} values are encrypted, and their etcd keys name no resource that is known`);
    for (const [resource, count] of stale) {
      const { group, resource: plural } = parseGroupResource(resource);
      world.say(`rewriting ${resource}: ${count} under another key`);
      await world.step(`rewrite ${resource}`);
      if (round === 1 && (await migrated(world, api, state, resource))) continue;
      let steps = 0;
      await rewriteObjects(
        api,
        { apiGroup: group, resource: plural },
        {
          writesPerSecond: world.writesPerSecond,
          progress: (done, of) => world.progress(`rewriting ${resource}`, done, of),
          written: async () => {
            if (steps++ % stepEvery === 0) await world.step(`rewritten ${resource}`);
          },
        },
      );
    }
  }
}

/** Whether the cluster itself stored a resource's objects anew. What it passed over, the next round finds in etcd. */
async function migrated(world: RotationWorld, api: ObjectApi, state: RotationState, resource: string): Promise<boolean> {
  const { group: apiGroup, resource: plural } = parseGroupResource(resource);
  const { version } = await servedTypeOf(api, { apiGroup, resource: plural });
  const name = `bulwark-${state.sha256.writer.slice(0, 8)}-${resource}`;
  const answer = await migrateStorage(api, { apiGroup, resource: plural, version }, { name, waitMs: world.waitMs });
  if (answer.kind === 'migrated') world.say(`the cluster stored ${resource} anew (StorageVersionMigration ${name})`);
  else world.say(`${resource} are written through the API: ${answer.why}`);
  return answer.kind === 'migrated';
}

const stepEvery = 50;

/** Counts values by resource that lie in etcd under another provider or key than the one that writes now. */
export async function staleIn(
  world: Pick<RotationWorld, 'etcd' | 'prefix'>,
  writer: EncryptionConfiguration,
): Promise<ReadonlyMap<string, number>> {
  const stale = new Map<string, number>();
  const wanted = new Map<string, string>();
  const staying = new Set(
    writer.resources.flatMap(({ resources }) => resources.map((resource) => storedPrefix(writeProvider(writer, resource)))),
  );
  await forEachKeyUnder(world.etcd, `${world.prefix}/`, ({ key, value }) => {
    const path = storagePathOf(Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('utf8'), world.prefix);
    if (path === undefined) {
      // Of a resource that nobody here knows: it is safe only under a key that stays.
      const { prefix } = storedPrefixOf(value);
      if (prefix.startsWith('k8s:enc:') && !staying.has(prefix)) stale.set('', (stale.get('') ?? 0) + 1);
      return;
    }
    if (!path.encryptable) return;
    let prefix = wanted.get(path.resource);
    if (prefix === undefined) {
      prefix = storedPrefix(writeProvider(writer, path.resource));
      wanted.set(path.resource, prefix);
    }
    if (storedPrefixOf(value).prefix !== prefix) stale.set(path.resource, (stale.get(path.resource) ?? 0) + 1);
  });
  return stale;
}

function describe(stale: ReadonlyMap<string, number>): string {
  return [...stale].map(([resource, count]) => `${count} ${resource}`).join(', ');
}

/** The hashes of a rotation's configurations. */
export function hashesOf(texts: Readonly<Record<ConfigurationName, string>>): RotationState['sha256'] {
  return {
    former: sha256Of(texts.former),
    reader: sha256Of(texts.reader),
    writer: sha256Of(texts.writer),
    final: sha256Of(texts.final),
  };
}
