import type { TextOffset, ValueListener } from './json-scanner.ts';
import { JsonDocumentScanner, parseJson } from './json-scanner.ts';

const newline = 0x0a;
/** A line longer than this is scanned like a document of many lines, so that a list on one line is taken item by item. */
const longLine = 8 << 20;

/**
 * Cuts a stream of bytes into JSON values: one a line; or of a document over many lines the value, or the items of its list.
 *
 * A piece that is no JSON is told and skipped; the next line is tried afresh. Memory: the largest piece, at most 64 MiB.
 */
export class JsonValueSplitter {
  readonly #listener: ValueListener;
  #rest: Buffer = Buffer.alloc(0);
  /** Of the first byte of `#rest`. */
  #offset = 0;
  #line = 1;
  #scanner: JsonDocumentScanner | undefined;

  constructor(listener: ValueListener) {
    this.#listener = listener;
  }

  /** Takes the next bytes. */
  push(chunk: Buffer): void {
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    if (this.#offset === 0 && data.length >= 3 && data.readUIntBE(0, 3) === 0xefbbbf) data = this.#skip(data, 3, 0);
    for (;;) {
      if (this.#scanner !== undefined) {
        const used = this.#scanner.push(data);
        if (used === undefined) {
          data = this.#skip(data, data.length, 0);
          break;
        }
        this.#line = this.#scanner.line;
        this.#scanner = undefined;
        data = this.#skip(data, used, 0);
      }
      data = this.#lines(data);
      if (this.#scanner === undefined) break;
    }
    this.#rest = data;
  }

  /** Takes the end. @returns the place of the last value where it is cut off */
  end(): TextOffset | undefined {
    if (this.#scanner !== undefined) return this.#scanner.start;
    const text = this.#rest.toString('utf8');
    if (text.trim() === '') return undefined;
    const at = { offset: this.#offset, line: this.#line };
    const value = parseJson(text);
    if (value === undefined && /^\s*[[{]/.test(text)) return at;
    this.#listener(value, at);
    return undefined;
  }

  #skip(data: Buffer, bytes: number, lines: number): Buffer {
    this.#offset += bytes;
    this.#line += lines;
    return data.subarray(bytes);
  }

  /** Takes whole lines until the data ends or a document of many lines begins. @returns what is left */
  #lines(data: Buffer): Buffer {
    let start = 0;
    for (;;) {
      const end = data.indexOf(newline, start);
      if (end < 0) break;
      if (!this.#takeLine(data, start, end)) return this.#beginDocument(data, start);
      start = end + 1;
      this.#line++;
    }
    const rest = this.#skip(data, start, 0);
    if (rest.length <= longLine) return rest;
    return this.#beginDocument(rest, 0);
  }

  #beginDocument(data: Buffer, start: number): Buffer {
    const rest = this.#skip(data, start, 0);
    this.#scanner = new JsonDocumentScanner({ offset: this.#offset, line: this.#line }, this.#listener);
    return rest;
  }

  /** @returns false where the line is the beginning of a document over several */
  #takeLine(data: Buffer, start: number, end: number): boolean {
    const text = data.toString('utf8', start, end);
    if (text.trim() === '') return true;
    const value = parseJson(text);
    if (value === undefined && isOpen(data, start, end)) return false;
    this.#listener(value, { offset: this.#offset + start, line: this.#line });
    return true;
  }
}

/** Reports whether a line opens more than it closes and does not end inside a string. */
function isOpen(data: Buffer, start: number, end: number): boolean {
  let depth = 0;
  let inString = false;
  let first = 0;
  for (let i = start; i < end; i++) {
    const byte = data[i] ?? 0;
    if (inString) {
      if (byte === 0x5c) i++;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x7b || byte === 0x5b) depth++;
    else if (byte === 0x7d || byte === 0x5d) depth--;
    if (first === 0 && byte > 0x20) first = byte;
  }
  return !inString && depth > 0 && (first === 0x7b || first === 0x5b);
}
