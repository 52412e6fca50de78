import type { EncryptionFileFacts } from './encryption-file-facts.ts';
import type { FileReading, ReadHostFile } from './file-reading.ts';
import { baseNameOf } from './file-reading.ts';

/**
 * A reader for files that were gathered without their tree (a flat folder of a manifest and what its flags name): a host path is the file
 * whose source ends with it, else the only one of its name. Everything else is `not-collected`, never absent: nobody saw the host.
 */
export function readerOfLooseFiles(
  files: readonly { readonly source: string; readonly text: string; readonly facts?: EncryptionFileFacts }[],
): ReadHostFile {
  const bySource = [...files].sort((a, b) => (a.source < b.source ? -1 : 1));
  const read = (path: string): FileReading => {
    const whole = bySource.find(({ source }) => source === path || source.endsWith(path));
    const named = bySource.filter(({ source }) => baseNameOf(source) === baseNameOf(path));
    const found = whole ?? (named.length === 1 ? named[0] : undefined);
    if (found !== undefined) {
      const { source, text, facts } = found;
      return { kind: 'file', path, source, text, ...(facts === undefined ? {} : { facts }) };
    }
    const reason =
      named.length > 1
        ? `several files are called ${baseNameOf(path)}: which one is ${path} is not known`
        : 'it was not among the files given';
    return { kind: 'not-collected', path, reason };
  };
  return (path) => Promise.resolve(read(path));
}
