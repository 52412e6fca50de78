import { parseDocuments } from '../cluster/yaml/parse.ts';
import { containerPaths } from '../collect/host/mounts.ts';
import { LiveFault } from '../collect/live/live-fault.ts';
import { parseGroupResource } from '../encryption/configuration.ts';
import { containerOf } from '../plan/flags/pod-container.ts';
import { ApplyStop } from './apply-stop.ts';
import { replaceFile, sha256Of } from './durable-files.ts';
import type { Passage } from './encryption-passage.ts';
import { isEncryptionConfiguration, passageBetween } from './encryption-passage.ts';
import type { Baseline } from './gate/gate.ts';
import { realPath, stateAt } from './host-files.ts';
import type { Action } from './journal.ts';
import { questionOf } from './question.ts';
import { annotatedManifest, manifestText } from './restart.ts';
import { rewriteObjects } from './rewrite-objects.ts';
import type { BegunAction } from './run-records.ts';
import { recordsOfGroup } from './run-records.ts';
import type { World } from './world.ts';

/** An EncryptionConfiguration that a group brought or changed. */
interface ChangedEncryption {
  readonly path: string;
  readonly passage: Passage;
}

/**
 * Finds out whether taking a group back would lose data: whether another provider or key writes than before it. `undefined` where not.
 * Looks at the manifest's flag before and after, and at the files that it names; where no manifest is known, at the files alone.
 */
export function changedEncryption(world: World, group: string, actions: readonly BegunAction[]): ChangedEncryption | undefined {
  const files = actions.flatMap(({ action }) => (action.kind === 'file' ? [action] : []));
  const manifest = world.host === undefined ? undefined : manifestText(world, world.host, 'kube-apiserver');
  const formerManifest = files.find((file) => file.path === manifest?.path);
  const path =
    (manifest === undefined ? undefined : encryptionPath(manifest.text)) ??
    files.find(({ path }) => holdsEncryption(world, path))?.path;
  if (path === undefined) return undefined;
  const now = stateAt(world.root, path);
  if (now.kind !== 'file') return undefined;
  const written = files.find((file) => file.path === path);
  const formerPath = formerManifest === undefined ? path : encryptionPath(keptText(world, formerManifest) ?? '');
  if (written === undefined && formerPath === path) return undefined;
  const before = formerPath === undefined ? undefined : textBefore(world, files, formerPath);
  const text = now.bytes.toString('utf8');
  // Half-way through already: today's file is the passage itself, whose writer is the former one.
  const passed = recordsOfGroup(world.journal, group).some((record) => record.kind === 'passage' && record.sha256 === now.sha256);
  const passage = passed ? passageAgain(before, text) : passageBetween(before, text);
  return passage === undefined ? undefined : { path, passage };
}

/** The passage that stands in the file: every resource is rewritten again, which does no harm. */
function passageAgain(before: string | undefined, text: string): Passage | undefined {
  const reversed: unknown = JSON.parse(text);
  const entries = (reversed as { readonly resources: readonly { readonly providers: readonly object[] }[] }).resources;
  const asWritten = JSON.stringify({
    ...(reversed as object),
    resources: entries.map((entry) => ({ ...entry, providers: entry.providers.toReversed() })),
  });
  const passage = passageBetween(before, asWritten);
  return passage === undefined ? undefined : { ...passage, text };
}

function encryptionPath(manifest: string): string | undefined {
  const document = parseDocuments(manifest, '').documents[0]?.value;
  const found = document === undefined ? undefined : containerOf(document, 'kube-apiserver');
  const words = found?.words.map((word) => /^--?(?:experimental-)?encryption-provider-config=(.+)$/.exec(word)?.[1]) ?? [];
  const path = words.findLast((value) => value !== undefined);
  if (found === undefined || path === undefined) return undefined;
  const where = containerPaths(found.podSpec, found.container)(path);
  return where.kind === 'host-path' ? where.path : undefined;
}

function holdsEncryption(world: World, path: string): boolean {
  const now = stateAt(world.root, path);
  return now.kind === 'file' && isEncryptionConfiguration(now.bytes.toString('utf8'));
}

type FileAction = Extract<Action, { kind: 'file' }>;

function keptText(world: World, { before }: FileAction): string | undefined {
  return before.kind === 'file' && before.backup !== undefined ? world.journal.kept(before.backup).toString('utf8') : undefined;
}

function textBefore(world: World, files: readonly FileAction[], path: string): string | undefined {
  const changed = files.find((file) => file.path === path);
  if (changed !== undefined) return keptText(world, changed);
  const state = stateAt(world.root, path);
  return state.kind === 'file' ? state.bytes.toString('utf8') : undefined;
}

/**
 * Takes encryption back without losing data: the former provider (or `identity`) becomes the writer while today's still read, the server
 * restarts, every object is rewritten, and etcd must show that no value is left which the former configuration could not read. Only then
 * may the caller restore the file. Throws ApplyStop: where it stops, the passage stands, and nothing is lost.
 */
export async function passEncryption(world: World, group: string, { path, passage }: ChangedEncryption): Promise<void> {
  const names = passage.resources.map(({ name }) => name).join(', ');
  const wild = passage.resources.filter(({ name }) => name.includes('*'));
  if (wild.length > 0)
    throw new ApplyStop(
      `the encryption of ${wild.map(({ name }) => name).join(', ')} cannot be taken back from here, as it names no single resource: write it as single resources first`,
    );
  const baseline = await baselineOrSilence(world);
  if (baseline === undefined) {
    world.say('  the API server does not answer: etcd must show that nothing was stored with the new configuration');
    await prove(world, passage, new Map(), 'nothing was changed; mend the API server first, then call rollback once more');
    return;
  }
  world.say(`  encryption of ${names}: the former provider writes, today's still read`);
  await standPassage(world, group, path, passage, baseline);
  world.say(`  rewriting ${names}`);
  const counts = new Map<string, number>();
  for (const { name } of passage.resources) {
    const { group: apiGroup, resource } = parseGroupResource(name);
    const count = await rewriteObjects(
      world.api,
      { apiGroup, resource },
      {
        progress: (done, of) => world.progress(`rewriting ${resource}`, done, of),
      },
    );
    counts.set(name, count);
    await world.step(`rewrote ${name}`);
  }
  await prove(world, passage, counts, `${path} keeps both providers, so that no data is lost`);
  world.say(`  etcd holds no value of ${names} that the former configuration cannot read`);
  await world.step('proved');
}

/** How the API server is, or `undefined` where it does not answer. */
async function baselineOrSilence(world: World): Promise<Baseline | undefined> {
  try {
    return await world.gate.baseline(questionOf(world, [{ host: world.host ?? '', component: 'kube-apiserver' }], []));
  } catch (error) {
    if (error instanceof LiveFault) return undefined;
    throw error;
  }
}

async function standPassage(world: World, group: string, path: string, passage: Passage, baseline: Baseline): Promise<void> {
  const host = world.host ?? '';
  await put(world, group, path, Buffer.from(passage.text, 'utf8'));
  const manifest = manifestText(world, host, 'kube-apiserver');
  if (manifest !== undefined)
    await put(world, group, manifest.path, annotatedManifest(manifest, host, 'kube-apiserver', world.now()));
  else {
    const commands = await world.restartUnit('kube-apiserver');
    for (const line of commands) world.say(`  run: ${line}`);
  }
  const asked = questionOf(world, [{ host, component: 'kube-apiserver' }], []);
  const result = await world.gate.check(asked, baseline);
  if (result.kind === 'failed')
    throw new ApplyStop(`the API server does not run with the former provider as writer: ${result.why.join('; ')}`, [
      `${path} holds both providers, so that no data is lost; mend the server and call rollback once more`,
    ]);
}

async function put(world: World, group: string, path: string, bytes: Buffer): Promise<void> {
  const state = stateAt(world.root, path);
  if (state.kind !== 'file') throw new ApplyStop(`${path} is gone`);
  await world.journal.append({ kind: 'passage', group, path, sha256: sha256Of(bytes) });
  await replaceFile(realPath(world.root, path), { bytes, mode: state.mode, uid: state.uid, gid: state.gid }, world.step);
}

async function prove(world: World, passage: Passage, counts: ReadonlyMap<string, number>, stays: string): Promise<void> {
  if (passage.unprovable !== undefined)
    throw new ApplyStop(`it cannot be proved that nothing is left encrypted: ${passage.unprovable}`, [stays]);
  for (const { name, readable } of passage.resources) {
    let prefixes: Readonly<Record<string, number>>;
    try {
      prefixes = await world.store.prefixes(parseGroupResource(name));
    } catch (error) {
      throw new ApplyStop(`etcd cannot be read: ${error instanceof Error ? error.message : String(error)}`, [stays]);
    }
    const total = Object.values(prefixes).reduce((sum, count) => sum + count, 0);
    // Fewer values than objects: they lie elsewhere, and nothing is proved.
    if (total < (counts.get(name) ?? 0))
      throw new ApplyStop(
        `etcd shows ${total} values of ${name}, the API ${counts.get(name) ?? 0} objects: it cannot be proved that none is left encrypted`,
        [stays],
      );
    const left = Object.entries(prefixes).filter(([prefix, count]) => count > 0 && !readable.includes(prefix));
    if (left.length > 0)
      throw new ApplyStop(
        `etcd still holds values of ${name} that the former configuration cannot read: ${left.map(([prefix, count]) => `${count} with ${prefix}`).join(', ')}`,
        [stays],
      );
  }
}
