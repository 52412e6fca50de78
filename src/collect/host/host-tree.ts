import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { FileOwnership, FileReading } from './file-reading.ts';
import { cleanHostPath, joinHostPath, parentOf } from './file-reading.ts';

/** As many links in a row as Linux follows (path_resolution(7)). */
const maximumLinks = 40;
/** Configuration is small; a bigger file is something else (a log, a database) and is not pulled into memory. */
const maximumBytes = 8 * 1024 * 1024;

type Resolution =
  | {
      readonly kind: 'found';
      readonly path: string;
      readonly directory: boolean;
      readonly regular: boolean;
      readonly size: number;
      readonly ownership: FileOwnership;
    }
  | { readonly kind: 'absent'; readonly path: string }
  | { readonly kind: 'failed'; readonly reason: string };

/** An entry of a folder: its name, and what it leads to after links were followed. */
interface TreeEntry extends FileOwnership {
  readonly name: string;
  readonly path: string;
  readonly directory: boolean;
}

/** A folder's entries by name, or why they are not known. */
export type Listing =
  | { readonly kind: 'entries'; readonly entries: readonly TreeEntry[] }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/**
 * A host's files below a folder: `/` for this machine, else a copied tree. Links are followed as in a chroot: an absolute link
 * begins at the tree's root and `..` never leaves it, so that a copied `/etc/x -> /etc/shadow` shows the copy's file.
 * Reading is synchronous inside: for thousands of tiny files that is several times faster than the thread pool.
 */
export class HostTree {
  readonly root: string;
  readonly #ownership: boolean;
  #rootUid: number | undefined;
  #files = 0;
  #bytes = 0;

  /**
   * `ownership: false`: modes and owners are those of a copy, and are left out. Owners are left out too where the tree's own root is not
   * root's, as no host's is: whoever copied it owns all of it.
   */
  constructor(root: string, { ownership = true }: { readonly ownership?: boolean } = {}) {
    this.root = root;
    this.#ownership = ownership;
  }

  /** How many files, and bytes of them, were read so far. */
  get counts(): { readonly files: number; readonly bytes: number } {
    return { files: this.#files, bytes: this.#bytes };
  }

  /** Where a person opens a host path: the path below the folder as it was given. */
  sourceOf(path: string): string {
    return join(this.root, cleanHostPath(path));
  }

  /** Reads a file; never rejects. A missing file of a tree that lacks its folder too is `not-collected`, not absent. */
  read(path: string): Promise<FileReading> {
    return Promise.resolve(this.#read(path));
  }

  #read(path: string): FileReading {
    const clean = cleanHostPath(path);
    const source = this.sourceOf(clean);
    const found = this.#resolve(clean);
    if (found.kind === 'failed') return unreadable(clean, source, found.reason);
    if (found.kind === 'absent') return this.#absent(clean);
    if (found.directory) return { kind: 'directory', path: clean, source, ...found.ownership };
    if (!found.regular) return unreadable(clean, source, 'not a regular file');
    if (found.size > maximumBytes) return unreadable(clean, source, `${found.size} bytes are too many for a configuration file`);
    try {
      const bytes = readAtMost(this.sourceOf(found.path));
      this.#files += 1;
      this.#bytes += bytes.length;
      const text = decode(bytes);
      if (text === undefined) return unreadable(clean, source, 'not a text: it holds bytes that are not UTF-8');
      return { kind: 'file', path: clean, source, text, ...found.ownership };
    } catch (error) {
      return unreadable(clean, source, systemReason(error));
    }
  }

  /** Lists a folder by name (code unit order); entries that lead nowhere are left out. */
  list(path: string): Promise<Listing> {
    return Promise.resolve(this.#list(path));
  }

  #list(path: string): Listing {
    const found = this.#resolve(cleanHostPath(path));
    if (found.kind === 'failed') return { kind: 'unreadable', reason: found.reason };
    if (found.kind === 'absent' || !found.directory) return { kind: 'absent' };
    let names: string[];
    try {
      names = readdirSync(this.sourceOf(found.path));
    } catch (error) {
      return { kind: 'unreadable', reason: systemReason(error) };
    }
    const entries: TreeEntry[] = [];
    for (const name of names.sort()) {
      const entryPath = joinHostPath(path, name);
      const entry = this.#resolve(entryPath);
      if (entry.kind === 'found') entries.push({ name, path: entryPath, directory: entry.directory, ...entry.ownership });
    }
    return { kind: 'entries', entries };
  }

  #absent(path: string): FileReading {
    const folder = parentOf(path);
    const holder = this.#resolve(folder);
    if (this.root === '/' || (holder.kind === 'found' && holder.directory)) return { kind: 'no-such-file', path };
    return { kind: 'not-collected', path, reason: `the folder ${folder} is not in ${this.root}` };
  }

  #resolve(path: string): Resolution {
    let pending = path.split('/').filter((part) => part !== '');
    let here = '/';
    let links = 0;
    let last: Resolution = this.#look('/');
    while (pending.length > 0) {
      const [part = '', ...rest] = pending;
      pending = rest;
      const next = joinHostPath(here, part);
      const real = this.sourceOf(next);
      try {
        const target = part === '..' ? undefined : linkTarget(real);
        if (target === undefined) {
          last = this.#look(next);
          if (last.kind !== 'found') return last;
          here = next;
          continue;
        }
        links += 1;
        if (links > maximumLinks) return { kind: 'failed', reason: 'ELOOP: too many levels of symbolic links' };
        if (target.startsWith('/')) here = '/';
        pending = [...target.split('/').filter((step) => step !== '' && step !== '.'), ...pending];
        last = this.#look(here);
      } catch (error) {
        return isAbsence(error) ? { kind: 'absent', path: next } : { kind: 'failed', reason: systemReason(error) };
      }
    }
    return last;
  }

  #hasOwners(): boolean {
    this.#rootUid ??= lstatSync(this.root).uid;
    return this.#rootUid === 0;
  }

  #look(path: string): Resolution {
    try {
      const stats = lstatSync(this.sourceOf(path));
      const owners = this.#hasOwners() ? { uid: stats.uid, gid: stats.gid } : {};
      const ownership = this.#ownership ? { mode: stats.mode & 0o7777, ...owners } : {};
      return { kind: 'found', path, directory: stats.isDirectory(), regular: stats.isFile(), size: stats.size, ownership };
    } catch (error) {
      return isAbsence(error) ? { kind: 'absent', path } : { kind: 'failed', reason: systemReason(error) };
    }
  }
}

/** Reads at most `maximumBytes`: files of /proc claim size 0, so that the size alone does not protect. */
function readAtMost(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const chunks: Buffer[] = [];
    let total = 0;
    for (;;) {
      const chunk = Buffer.allocUnsafe(65_536);
      const count = readSync(file, chunk, 0, chunk.length, null);
      if (count === 0) return Buffer.concat(chunks);
      total += count;
      if (total > maximumBytes) throw new Error('too many bytes for a configuration file');
      chunks.push(chunk.subarray(0, count));
    }
  } finally {
    closeSync(file);
  }
}

function linkTarget(real: string): string | undefined {
  return lstatSync(real).isSymbolicLink() ? readlinkSync(real) : undefined;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function isAbsence(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** The system's word for a failure, without the path (which the caller names): `EACCES: permission denied`. */
function systemReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split(',')[0] ?? message;
}

function unreadable(path: string, source: string, reason: string): FileReading {
  const hint = /^E(ACCES|PERM)/.test(reason)
    ? 'read it as root, or copy the tree as root'
    : 'look at the file; give a text file of the configuration';
  return { kind: 'unreadable', path, source, reason, hint };
}
