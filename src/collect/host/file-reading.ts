import type { EncryptionFileFacts } from './encryption-file-facts.ts';

/** Mode and owner of a file, where the source shows them. */
export interface FileOwnership {
  /** Permission bits, as 0o600. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** What became of reading one path of a host. Paths are absolute on the host and use `/`. */
export type FileReading =
  | ({
      readonly kind: 'file';
      readonly path: string;
      readonly source: string;
      readonly text: string;
      /** Where the text is blanked already: what was said of it before. */
      readonly facts?: EncryptionFileFacts;
    } & FileOwnership)
  | ({ readonly kind: 'directory'; readonly path: string; readonly source: string } & FileOwnership)
  /** Known not to be there: its folder was collected and does not hold it. */
  | { readonly kind: 'no-such-file'; readonly path: string }
  /** Not known: its folder was not collected. */
  | { readonly kind: 'not-collected'; readonly path: string; readonly reason: string }
  /** It is there and could not be read: no right, a loop of links, not a text. `source` is where a person finds it. */
  | {
      readonly kind: 'unreadable';
      readonly path: string;
      readonly source: string;
      readonly reason: string;
      readonly hint: string;
    };

/** Reads a path of a host; never rejects. */
export type ReadHostFile = (path: string) => Promise<FileReading>;

/** Cleans an absolute host path: no `.`, `..`, doubled or trailing slashes; `..` stops at the root, as in a chroot. */
export function cleanHostPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** Joins a folder and a path; an absolute path stands for itself. */
export function joinHostPath(folder: string, path: string): string {
  return cleanHostPath(path.startsWith('/') ? path : `${folder}/${path}`);
}

/** The folder of a host path: `/etc` of `/etc/hosts`, `/` of `/etc`. */
export function parentOf(path: string): string {
  const clean = cleanHostPath(path);
  const slash = clean.lastIndexOf('/');
  return slash <= 0 ? '/' : clean.slice(0, slash);
}

/** The last part of a path. */
export function baseNameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
