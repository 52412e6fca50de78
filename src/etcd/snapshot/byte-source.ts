import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Bytes that can be read anywhere; a read answers fewer bytes only at the end. */
export interface ByteSource {
  readonly size: number;
  read(offset: number, length: number): Buffer;
}

/** Bytes that are in memory. */
export function bufferSource(bytes: Buffer): ByteSource {
  return {
    size: bytes.byteLength,
    read: (offset, length) => bytes.subarray(offset, Math.min(bytes.byteLength, offset + length)),
  };
}

/** A file, read where it is asked for. Throws what `fs` throws: at once where it cannot be opened or is no plain file. */
export function openFileSource(path: string): ByteSource & { close(): void } {
  const descriptor = openSync(path, 'r');
  const state = fstatSync(descriptor);
  if (!state.isFile()) {
    closeSync(descriptor);
    throw new Error(`${path} is no file`);
  }
  return {
    size: state.size,
    read(offset, length) {
      const wanted = Math.max(0, Math.min(length, state.size - offset));
      const bytes = Buffer.allocUnsafe(wanted);
      let done = 0;
      while (done < wanted) {
        const read = readSync(descriptor, bytes, done, wanted - done, offset + done);
        if (read === 0) break;
        done += read;
      }
      return done === wanted ? bytes : bytes.subarray(0, done);
    },
    close: () => closeSync(descriptor),
  };
}
