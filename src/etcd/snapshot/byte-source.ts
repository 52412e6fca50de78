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

/** Opens a file for reading anywhere; `close` it. Throws the system's error where it cannot be opened. */
export function fileSource(path: string): ByteSource & { close(): void } {
  const file = openSync(path, 'r');
  const { size } = fstatSync(file);
  return {
    size,
    read(offset, length) {
      const wanted = Math.max(0, Math.min(length, size - offset));
      const bytes = Buffer.allocUnsafe(wanted);
      let read = 0;
      while (read < wanted) {
        const got = readSync(file, bytes, read, wanted - read, offset + read);
        if (got === 0) break;
        read += got;
      }
      return bytes.subarray(0, read);
    },
    close: () => closeSync(file),
  };
}
