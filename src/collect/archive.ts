import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { createGzip } from 'node:zlib';
import type { Cluster } from '../cluster/cluster.ts';
import { isObject } from '../cluster/json.ts';
import { ArchiveAssembler, archiveFormatVersion, archiveHeader, recordsOf } from './archive-records.ts';
import { systemGap } from './folder-walk.ts';
import type { ByteSource } from './unpacked-bytes.ts';
import { unpackedBytes } from './unpacked-bytes.ts';

/** What an archive held. `partial`: it is cut off or damaged; the cluster then carries a gap and no listing. */
export type ArchiveReading =
  | { readonly kind: 'read'; readonly cluster: Cluster }
  | { readonly kind: 'partial'; readonly cluster: Cluster; readonly reason: string }
  | { readonly kind: 'refused'; readonly message: string };

/**
 * Writes what was collected as gzip'd JSON lines, so that it can be read on another machine. The same cluster gives the same bytes.
 *
 * The file is made with mode 0600 under a temporary name, synced, and renamed: a reader never sees half of it, and a former archive
 * stays until the new one is whole. Errors: rejects with what the system says; the temporary file is then removed.
 */
export async function writeArchive(cluster: Cluster, path: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  await rm(temporary, { force: true });
  const file = await open(temporary, 'wx', 0o600);
  try {
    for await (const chunk of packed(cluster)) await file.write(chunk);
    await file.sync();
    await file.close();
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Characters that are packed at once: one write a record would wait for the packer a thousand times. */
const batch = 1 << 18;

function packed(cluster: Cluster): AsyncIterable<Buffer> {
  // A quick level: packing a large cluster must not cost more than reading it.
  const gzip = createGzip({ level: 2 });
  const write = async (text: string): Promise<void> => {
    if (!gzip.write(text)) await new Promise<void>((resolve) => gzip.once('drain', resolve));
  };
  const feed = async (): Promise<void> => {
    let lines = `${JSON.stringify(archiveHeader)}\n`;
    for (const record of recordsOf(cluster)) {
      lines += `${JSON.stringify(record)}\n`;
      if (lines.length < batch) continue;
      await write(lines);
      lines = '';
    }
    await write(lines);
    gzip.end();
  };
  feed().catch((error: unknown) => gzip.destroy(error instanceof Error ? error : new Error(String(error))));
  return gzip as AsyncIterable<Buffer>;
}

/** Makes the rename itself last; not every system lets a folder be opened, and then the rename has to do. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    await handle.sync();
    await handle.close();
  } catch {
    // Nothing is lost but the promise that the name survives a power cut.
  }
}

/**
 * Reads an archive that `writeArchive` wrote.
 *
 * Returns: `refused` for a file that is none, that cannot be opened, or whose format is newer than this program; `partial` where it is
 * cut off or damaged, with what came before the damage. Never rejects. `from` holds the bytes where `path` is no file.
 */
export async function readArchive(path: string, from: ByteSource = path): Promise<ArchiveReading> {
  const assembler = new ArchiveAssembler();
  let begun = false;
  let reason: string | undefined;
  try {
    for await (const line of linesOf(from)) {
      const fault = begun ? undefined : faultOfHeader(line);
      if (fault !== undefined) return { kind: 'refused', message: `${path}: ${fault}` };
      if (begun) addLine(assembler, line);
      begun = true;
    }
  } catch (error) {
    const gap = systemGap(path, error);
    if (!begun && !gap.reason.startsWith('Z_')) return { kind: 'refused', message: `${path}: ${gap.reason}: ${gap.hint ?? ''}` };
    reason = 'the archive is cut off or damaged';
  }
  if (!begun) return { kind: 'refused', message: `${path}: not an archive of Bulwark, or cut off at its beginning` };
  if (reason === undefined && !assembler.complete) reason = 'the archive is incomplete or damaged';
  const cluster = assembler.cluster(path, reason);
  return reason === undefined ? { kind: 'read', cluster } : { kind: 'partial', cluster, reason };
}

function faultOfHeader(line: string): string | undefined {
  const header = parseLine(line);
  if (!isObject(header) || header['kind'] !== archiveHeader.kind) return 'not an archive of Bulwark';
  const version = header['formatVersion'];
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) return 'an archive without a format version';
  if (version > archiveFormatVersion)
    return `the archive has format version ${version}, this program reads up to ${archiveFormatVersion}: use a newer Bulwark`;
  return undefined;
}

function addLine(assembler: ArchiveAssembler, line: string): void {
  const record = parseLine(line);
  if (record === undefined) assembler.addBroken();
  else assembler.add(record);
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}

/** The lines of a gzip'd or plain file; throws at damage, after the whole lines before it. */
async function* linesOf(from: ByteSource): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest: string[] = [];
  for await (const chunk of await unpackedBytes(from)) {
    const parts = decoder.write(chunk).split('\n');
    const last = parts.pop() ?? '';
    for (const part of parts) {
      yield rest.join('') + part;
      rest = [];
    }
    rest.push(last);
  }
  const tail = rest.join('') + decoder.end();
  if (tail !== '') yield tail;
}
