import { mkdirSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { parentOf } from '../collect/host/file-reading.ts';
import { redactHostText } from '../collect/redact.ts';
import { blankedSha256 } from '../plan/files.ts';
import type { PlanGroup, PlannedFile } from '../plan/plan.ts';
import { ApplyStop, systemMessage } from './apply-stop.ts';
import { unifiedDifference } from './difference.ts';
import type { PathState } from './durable-files.ts';
import { removeFile, replaceFile, sha256Of, stateOfPath, syncFolder, temporaryOf } from './durable-files.ts';
import { textAfter } from './group-files.ts';
import { realPathOf } from './host-path.ts';
import type { Action, FileImage, Recorded } from './journal.ts';
import { begunActions, recordsOfGroup } from './run-records.ts';
import type { World } from './world.ts';

type FileAction = Extract<Action, { kind: 'file' }>;

/** What a file is to become. `same`: it is so already. */
export type WantedFile =
  | { readonly kind: 'same' }
  | { readonly kind: 'write'; readonly bytes: Buffer; readonly mode: number; readonly uid: number; readonly gid: number };

/** The real path of a host's path. Throws ApplyStop where it leads out of the root. */
export function realPath(root: string, path: string): string {
  const real = realPathOf(root, path);
  if (real.kind === 'refused') throw new ApplyStop(real.why);
  return real.path;
}

/** What stands at a host's path. Throws ApplyStop where it cannot be read. */
export function stateAt(root: string, path: string): PathState {
  try {
    return stateOfPath(realPath(root, path));
  } catch (error) {
    if (error instanceof ApplyStop) throw error;
    throw new ApplyStop(systemMessage(error, path));
  }
}

/**
 * Works out a file's new content from the real one, after checking that it still is what the plan saw, or what this run itself left there.
 * Throws ApplyStop with the difference; secrets are blanked in it.
 */
export function wantedFile(
  world: Pick<World, 'root'> & Recorded,
  group: PlanGroup,
  file: PlannedFile,
  original: string | undefined,
): WantedFile {
  const now = stateAt(world.root, file.path);
  if (now.kind === 'folder' || now.kind === 'other') throw new ApplyStop(`${file.path} is not a regular file`);
  const text = now.kind === 'file' ? now.bytes.toString('utf8') : undefined;
  const writes = group.changes.some(({ change }) => change.kind === 'write-file' && change.path === file.path);
  if (now.kind === 'file' && file.sha256 !== undefined && blankedSha256(text ?? '') === file.sha256) {
    const exact = textAfter(group, file, text);
    const settled = exact.kind === 'edited' && exact.text === text && (!writes || now.mode === file.mode);
    if (settled) return { kind: 'same' };
  }
  const change = changeSince(file, now, lastLeft(world.journal, file.path), original);
  if (change !== undefined) throw change;
  const edited = textAfter(group, file, text);
  if (edited.kind === 'refused') throw new ApplyStop(`${file.path} cannot be edited: ${edited.why}`);
  if (edited.text === text && !writes) return { kind: 'same' };
  const owner = now.kind === 'file' ? now : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const mode = now.kind === 'file' && !writes ? now.mode : file.mode;
  return { kind: 'write', bytes: Buffer.from(edited.text, 'utf8'), mode, uid: owner.uid, gid: owner.gid };
}

function changeSince(
  file: PlannedFile,
  now: PathState,
  left: string | undefined,
  original: string | undefined,
): ApplyStop | undefined {
  const { before, path } = file;
  if (now.kind === 'file' && left === now.sha256) return undefined;
  if (before.kind === 'unseen' && now.kind === 'file' && file.role === 'file')
    return new ApplyStop(`${path} is there, and the plan did not see what it holds: collect it and plan again`);
  if (before.kind === 'absent' && now.kind !== 'absent')
    return new ApplyStop(`${path} did not exist when the plan was made, and now it does: plan again`);
  if (before.kind !== 'file') return undefined;
  if (now.kind !== 'file') return new ApplyStop(`${path} is gone since the plan was made: plan again`);
  const text = now.bytes.toString('utf8');
  if (blankedSha256(text) !== before.sha256) {
    const shown =
      original === undefined
        ? []
        : unifiedDifference(original, redactHostText(text), { before: `${path} (as planned from)`, after: `${path} (now)` });
    return new ApplyStop(`${path} has changed since the plan was made: plan again`, shown);
  }
  if (before.mode !== undefined && before.mode !== now.mode)
    return new ApplyStop(
      `${path} had mode ${octal(before.mode)} when the plan was made, and now has ${octal(now.mode)}: plan again`,
    );
  return undefined;
}

/** The digest of what this run last left at a path. */
function lastLeft(journal: Recorded['journal'], path: string): string | undefined {
  const intents = journal.records.filter(
    (record) => record.kind === 'intent' && record.action.kind === 'file' && record.action.path === path,
  );
  const last = intents.at(-1);
  return last?.kind === 'intent' && last.action.kind === 'file' && last.action.after.kind === 'file'
    ? last.action.after.sha256
    : undefined;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** Makes the folders above a path that are missing, outermost first, and the path itself where `own` gives its mode; journalled. */
export async function makeFolders(world: World, group: string, path: string, own?: number): Promise<void> {
  const missing: { readonly path: string; readonly mode: number }[] = [];
  if (own !== undefined && stateAt(world.root, path).kind === 'absent') missing.push({ path, mode: own });
  for (let here = parentOf(path); here !== '/' && stateAt(world.root, here).kind === 'absent'; here = parentOf(here))
    missing.unshift({ path: here, mode: 0o755 });
  for (const folder of missing) {
    const id = `${group} ${folder.path}`;
    if (!recordsOfGroup(world.journal, group).some((record) => record.kind === 'intent' && record.id === id))
      await world.journal.append({ kind: 'intent', group, id, action: { kind: 'folder', ...folder } });
    const real = realPath(world.root, folder.path);
    mkdirSync(real, { mode: folder.mode });
    syncFolder(dirname(real));
    await world.step(`made folder ${folder.path}`);
    await world.journal.append({ kind: 'done', group, id });
  }
}

/**
 * Writes a file, journalled: the former bytes are kept and the intent is synced before it is replaced. After a crash it goes on from what
 * stands there. Throws ApplyStop, or the system's error (disk full): then the former file still stands.
 */
export async function writeFile(
  world: World,
  group: string,
  path: string,
  wanted: Extract<WantedFile, { kind: 'write' }>,
): Promise<void> {
  const id = `${group} ${path}`;
  const now = stateAt(world.root, path);
  const begun = begunActions(world.journal, group).find((action) => action.id === id);
  if (begun?.done === true) return;
  if (begun?.action.kind === 'file' && isImage(now, begun.action.after)) {
    await world.journal.append({ kind: 'done', group, id });
    return;
  }
  if (begun?.action.kind === 'file' && !isImage(now, begun.action.before))
    throw new ApplyStop(`${path} was changed by somebody while the run was interrupted`);
  const after: FileImage = { kind: 'file', sha256: sha256Of(wanted.bytes), mode: wanted.mode, uid: wanted.uid, gid: wanted.gid };
  let before: FileImage = { kind: 'absent' };
  if (now.kind === 'file') {
    const { sha256, mode, uid, gid, bytes } = now;
    before = { kind: 'file', sha256, mode, uid, gid, backup: await world.journal.keep(sha256Of(id).slice(0, 24), bytes) };
  }
  await world.journal.append({ kind: 'intent', group, id, action: { kind: 'file', path, before, after } });
  await replaceFile(realPath(world.root, path), wanted, world.step);
  await world.journal.append({ kind: 'done', group, id });
}

/** Whether what stands at a path is this image: content, mode and owner. */
export function isImage(now: PathState, image: FileImage): boolean {
  if (image.kind === 'absent') return now.kind === 'absent';
  return (
    now.kind === 'file' &&
    now.sha256 === image.sha256 &&
    now.mode === image.mode &&
    now.uid === image.uid &&
    now.gid === image.gid
  );
}

/**
 * Puts a file back as it was, byte for byte with mode and owner, or removes the one that was made. `passages`: digests of contents
 * that the way back itself wrote. Refuses with the difference where somebody changed it since. Throws ApplyStop.
 */
export async function restoreFile(world: World, action: FileAction, passages: ReadonlySet<string>): Promise<void> {
  const { path, before, after } = action;
  const real = realPath(world.root, path);
  const now = stateAt(world.root, path);
  await removeLeftover(world, real);
  if (isImage(now, before)) return;
  const ours = isImage(now, after) || (now.kind === 'file' && passages.has(now.sha256));
  if (!ours) throw changedSinceApplied(world, action, now);
  try {
    if (before.kind === 'absent') await removeFile(real, world.step);
    else await replaceFile(real, { ...before, bytes: world.journal.kept(before.backup ?? '') }, world.step);
  } catch (error) {
    if (error instanceof ApplyStop) throw error;
    throw new ApplyStop(`it cannot be restored: ${systemMessage(error, path)}`);
  }
}

async function removeLeftover(world: World, real: string): Promise<void> {
  if (stateOfPath(temporaryOf(real)).kind !== 'absent') await removeFile(temporaryOf(real), world.step);
}

function changedSinceApplied(world: World, { path, before, after }: FileAction, now: PathState): ApplyStop {
  const advice = `put it back yourself, or make it again what the run left (${after.kind === 'file' ? `sha256 ${after.sha256}, mode ${octal(after.mode)}` : 'absent'}), and call rollback once more`;
  if (now.kind !== 'file') return new ApplyStop(`${path} is gone since it was applied: ${advice}`);
  const shown = redactHostText(now.bytes.toString('utf8'));
  const former =
    before.kind === 'file' && before.backup !== undefined
      ? redactHostText(world.journal.kept(before.backup).toString('utf8'))
      : '';
  return new ApplyStop(
    `${path} was changed by somebody since it was applied: ${advice}`,
    unifiedDifference(shown, former, { before: `${path} (now)`, after: `${path} (before the run)` }),
  );
}

/** Removes a folder that the run made; one that holds something (an audit log) stays. Returns whether it stayed. */
export function removeFolder(world: World, path: string): boolean {
  const real = realPath(world.root, path);
  if (stateOfPath(real).kind !== 'folder') return false;
  try {
    rmdirSync(real);
    syncFolder(dirname(real));
    return false;
  } catch {
    return true;
  }
}
