import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** A file by its path, or bytes that came from standard input. */
export type ByteSource = string | Buffer;

const chunkBytes = 1 << 20;

/** Streams a file's bytes, unpacked where they are gzip. Rejects, at once or while it is read, with what the system or zlib says. */
export async function unpackedBytes(source: ByteSource): Promise<AsyncIterable<Buffer>> {
  const packed = isGzip(typeof source === 'string' ? await firstBytes(source) : source);
  const bytes =
    typeof source === 'string' ? createReadStream(source, { highWaterMark: chunkBytes }) : Readable.from(chunksOf(source));
  if (!packed) return bytes as AsyncIterable<Buffer>;
  const gunzip = createGunzip({ chunkSize: chunkBytes });
  bytes.on('error', (error: Error) => gunzip.destroy(error));
  return bytes.pipe(gunzip);
}

function* chunksOf(bytes: Buffer): Generator<Buffer> {
  for (let from = 0; from < bytes.length; from += chunkBytes) yield bytes.subarray(from, from + chunkBytes);
}

async function firstBytes(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    // /dev/zero and its like never end; a pipe does.
    if ((await file.stat()).isCharacterDevice()) throw new Error('a device, not a file');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}
