import { pageHeaderSize, readHeader } from './page.ts';

const longText = 64;

/**
 * Counts free pages that hold text but no begin of anything: the later part of a large value, whose first page is in use again. Whose value it
 * was, and whether it is a secret, nobody can tell from them.
 */
export class OrphanPages {
  readonly #pageSize: number;
  /** Up to this offset pages belong to a head that is still there. */
  #covered = 0;
  count = 0;

  constructor(pageSize: number) {
    this.#pageSize = pageSize;
  }

  /** Free pages, in the order of the file. */
  page(bytes: Buffer, offset: number): void {
    if (bytes.byteLength < pageHeaderSize || offset < this.#covered) return;
    const { id, overflow } = readHeader(bytes, 0);
    if (id * this.#pageSize === offset) this.#covered = offset + (overflow + 1) * this.#pageSize;
    else if (hasText(bytes)) this.count++;
  }
}

/** A run of printable characters that no ciphertext has. */
function hasText(bytes: Buffer): boolean {
  let run = 0;
  for (const byte of bytes) {
    run = byte >= 0x20 && byte < 0x7f ? run + 1 : 0;
    if (run >= longText) return true;
  }
  return false;
}
