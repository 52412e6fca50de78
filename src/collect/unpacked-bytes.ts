import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';

/** A file by its path, or bytes that came from standard input. */
export type ByteSource = string | Buffer;

const chunkBytes = 1 << 20;

/** Streams a file's bytes, unpacked where they are gzip or zstd. Rejects, at once or while it is read, with what the system or the unpacker says. */
export async function unpackedBytes(source: ByteSource): Promise<AsyncIterable<Buffer>> {
  const head = typeof source === 'string' ? await firstBytes(source) : source;
  const bytes =
    typeof source === 'string' ? createReadStream(source, { highWaterMark: chunkBytes }) : Readable.from(chunksOf(source));
  if (isZstd(head)) return unpackedZstd(bytes as AsyncIterable<Buffer>);
  if (!isGzip(head)) return bytes as AsyncIterable<Buffer>;
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
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function isZstd(bytes: Buffer): boolean {
  return bytes.length >= 4 && bytes.readUInt32LE(0) === 0xfd2fb528;
}

async function* unpackedZstd(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const ready: Buffer[] = [];
  const unpacker = new Decompress((chunk) => ready.push(Buffer.from(chunk)));
  for await (const chunk of packed) {
    unpacker.push(chunk);
    yield* ready.splice(0);
  }
  unpacker.push(new Uint8Array(), true);
  yield* ready.splice(0);
}
