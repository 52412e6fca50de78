import { createHash } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Called before each step of a run that changes something outside; tests end the process there. */
export type StepHook = (name: string) => Promise<void> | void;

/** What stands at a path. `sha256`: of the bytes, lower-case hex. */
export type PathState =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'file';
      readonly bytes: Buffer;
      readonly sha256: string;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  | { readonly kind: 'folder'; readonly mode: number }
  | { readonly kind: 'other' };

/** Lower-case hex digest of bytes or UTF-8 text. */
export function sha256Of(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Reads what stands at a path. Throws the system's error where it cannot be read. */
export function stateOfPath(path: string): PathState {
  let stats;
  try {
    stats = lstatSync(path);
  } catch (error) {
    if (isAbsent(error)) return { kind: 'absent' };
    throw error;
  }
  if (stats.isDirectory()) return { kind: 'folder', mode: stats.mode & 0o7777 };
  if (!stats.isFile()) return { kind: 'other' };
  const bytes = readFileSync(path);
  return { kind: 'file', bytes, sha256: sha256Of(bytes), mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid };
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

/** The name under which a file is written before it takes its place; the kubelet passes over names that begin with a dot. */
export function temporaryOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.bulwark-tmp`);
}

/**
 * Replaces or makes a file so that at every moment either the former or the new one stands there: written beside it with its mode and
 * owner, synced, renamed, the folder synced. Throws the system's error; the former file then still stands and nothing is left beside it.
 */
export async function replaceFile(
  path: string,
  file: { readonly bytes: Buffer; readonly mode: number; readonly uid: number; readonly gid: number },
  step: StepHook,
): Promise<void> {
  const temporary = temporaryOf(path);
  try {
    rmSync(temporary, { force: true });
    const handle = openSync(temporary, 'wx', 0o600);
    try {
      writeAll(handle, file.bytes);
      fchownSync(handle, file.uid, file.gid);
      fchmodSync(handle, file.mode);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    await step(`written beside ${path}`);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  await step(`renamed ${path}`);
  syncFolder(dirname(path));
}

function writeAll(handle: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length;) done += writeSync(handle, bytes, done);
}

/** Removes a file, what was left beside it, and syncs the folder. */
export async function removeFile(path: string, step: StepHook): Promise<void> {
  rmSync(temporaryOf(path), { force: true });
  rmSync(path, { force: true });
  await step(`removed ${path}`);
  syncFolder(dirname(path));
}

/** Makes renames and removals in a folder last. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
