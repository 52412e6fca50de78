import { isUtf8 } from 'node:buffer';
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';

/** The text of a file, or why it has none, in words without a piece of its content. */
export type FileText =
  | { readonly kind: 'text'; readonly text: string; readonly bytes: number; readonly gzip: boolean }
  | { readonly kind: 'refused'; readonly reason: string; readonly hint: string };

const headBytes = 65_536;
/** Of bbolt. */
const etcdMagic = 0xed0cdaed;
const maximumBytes = 400_000_000;

/** Reads the first characters of a file, unpacked where it is gzip; `undefined` for a binary one. Throws what the system throws. */
export function readHead(path: string): { head: string; gzip: boolean } | undefined {
  const descriptor = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(headBytes);
    const read = readSync(descriptor, buffer, 0, headBytes, 0);
    const bytes = buffer.subarray(0, read);
    const gzip = isGzip(bytes);
    const plain = gzip ? partialGunzip(bytes) : bytes;
    if (plain.includes(0) && !hasWideMark(plain)) return undefined;
    return { head: decodeLoosely(plain), gzip };
  } finally {
    closeSync(descriptor);
  }
}

/** Whether a file begins as a database of etcd does: the magic number of its first meta page. Throws what the system throws. */
export function isEtcdDatabase(path: string): boolean {
  const descriptor = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(20);
    return readSync(descriptor, buffer, 0, 20, 0) === 20 && buffer.readUInt32LE(16) === etcdMagic;
  } finally {
    closeSync(descriptor);
  }
}

/** Reads a whole file as text. Throws what the system throws. */
export function readText(path: string): FileText {
  const descriptor = openSync(path, 'r');
  try {
    if (fstatSync(descriptor).size > maximumBytes)
      return { kind: 'refused', reason: 'larger than 400 MB', hint: 'split it into several files' };
    return textOf(readFileSync(descriptor));
  } finally {
    closeSync(descriptor);
  }
}

/** The text of bytes: UTF-8, or UTF-16 with its mark, gzip unpacked. Total. */
export function textOf(bytes: Buffer): FileText {
  const gzip = isGzip(bytes);
  let plain = bytes;
  if (gzip) {
    try {
      plain = gunzipSync(bytes, { maxOutputLength: maximumBytes });
    } catch {
      return { kind: 'refused', reason: 'a truncated or corrupted gzip file', hint: 'copy it again' };
    }
  }
  if (plain.subarray(257, 262).toString('latin1') === 'ustar')
    return { kind: 'refused', reason: 'a tar archive', hint: 'unpack it and give the folder' };
  if (plain.length > 20 && plain.readUInt32LE(16) === etcdMagic) {
    return {
      kind: 'refused',
      reason: 'an etcd snapshot or database that is packed, or comes through a pipe',
      hint: 'unpack it and give the file by its name',
    };
  }
  if (hasWideMark(plain)) return { kind: 'text', text: decodeWide(plain), bytes: plain.length, gzip };
  if (plain.subarray(0, 8192).includes(0) && !isCommandLine(plain))
    return { kind: 'refused', reason: 'a binary file', hint: 'give YAML, JSON or an archive that was collected' };
  if (!isUtf8(plain))
    return {
      kind: 'refused',
      reason: 'not a text in UTF-8',
      hint: 'save it as UTF-8; a file cut off in the midst of a character is truncated',
    };
  return { kind: 'text', text: plain.toString('utf8'), bytes: plain.length, gzip };
}

/** A process's command line as /proc/PID/cmdline shows it: printable words, a NUL after each. Its text keeps the NULs. */
function isCommandLine(bytes: Buffer): boolean {
  if (bytes.length > 2_000_000 || !isUtf8(bytes)) return false;
  const text = bytes.toString('utf8');
  const printable = [...bytes].every((byte) => byte === 0 || (byte >= 9 && byte <= 13) || byte >= 32);
  return printable && /^[\w./-]{3,}\0/.test(text);
}

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function partialGunzip(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 64 * headBytes }).subarray(0, headBytes);
  } catch {
    return Buffer.alloc(0);
  }
}

function hasWideMark(bytes: Buffer): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
}

function decodeWide(bytes: Buffer): string {
  return new TextDecoder(bytes[0] === 0xff ? 'utf-16le' : 'utf-16be').decode(bytes);
}

function decodeLoosely(bytes: Buffer): string {
  return hasWideMark(bytes) ? decodeWide(bytes) : bytes.toString('utf8');
}
