import type { Json } from '../cluster/json.ts';

/** Where a piece of text begins: byte offset from 0, line from 1. */
export interface TextOffset {
  readonly offset: number;
  readonly line: number;
}

/** Receives each value in order; `undefined` stands for a piece that is no JSON. */
export type ValueListener = (value: Json | undefined, at: TextOffset) => void;

/** Parses JSON; `undefined` for what is none. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** A piece larger than this is skipped. */
const largestPiece = 64 << 20;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const newline = 0x0a;

/**
 * Scans one JSON document that spans lines (or one very long line), byte by byte, and tells its values: the items of a list at
 * its top, or of its member `items`; else the document itself. Ends early where the text cannot be JSON any more.
 */
export class JsonDocumentScanner {
  readonly start: TextOffset;
  /** The line that is being read. */
  line: number;
  readonly #listener: ValueListener;
  #offset: number;
  /** The brackets that are open. */
  readonly #open: number[] = [];
  #inString = false;
  #escaped = false;
  /** The last byte outside strings that is not a blank; a string counts as a quote. */
  #last = 0;
  /** Bytes of the string that is being read at depth 1, to find the member `items`. */
  #key = '';
  /** Depth at which items begin; 0: none found so far. */
  #itemDepth = 0;
  #piece: { readonly at: TextOffset; readonly depth: number; parts: Buffer[]; size: number; from: number } | undefined;
  #told = false;

  constructor(start: TextOffset, listener: ValueListener) {
    this.start = start;
    this.line = start.line;
    this.#offset = start.offset;
    this.#listener = listener;
  }

  /** Takes the next bytes. @returns how many belong to the document, where it ended; `undefined`: all, and it goes on */
  push(data: Buffer): number | undefined {
    for (let i = 0; i < data.length; i++) {
      const byte = data[i] ?? 0;
      if (byte === newline) this.line++;
      if (this.#inString) {
        if (byte === newline) return this.#giveUp(i + 1);
        this.#stringByte(byte);
      } else if (byte > 0x20 && !this.#structure(byte, data, i)) return this.#giveUp(i);
      if (this.#open.length === 0 && this.#last !== 0) return i + 1;
    }
    if (this.#piece !== undefined) this.#keep(data, data.length);
    this.#offset += data.length;
    return undefined;
  }

  #stringByte(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === backslash) this.#escaped = true;
    else if (byte === quote) {
      this.#inString = false;
      this.#last = quote;
    } else if (this.#open.length === 1 && this.#key.length < 8) this.#key += String.fromCharCode(byte);
  }

  /** @returns false where this byte cannot stand here */
  #structure(byte: number, data: Buffer, index: number): boolean {
    if (byte === quote) {
      this.#inString = true;
      if (this.#open.length === 1) this.#key = '';
      return true;
    }
    if (byte === openBrace || byte === openBracket) {
      if (!this.#mayOpen()) return false;
      this.#opened(byte, index);
    } else if (byte === closeBrace || byte === closeBracket) {
      if (this.#open.pop() !== (byte === closeBrace ? openBrace : openBracket)) return false;
      this.#closed(data, index);
    }
    this.#last = byte;
    return true;
  }

  /** A value opens at the top, after a colon, and in a list at its beginning or after a comma. */
  #mayOpen(): boolean {
    const around = this.#open.at(-1);
    if (around === undefined) return this.#last === 0;
    return this.#last === colon || (around === openBracket && (this.#last === openBracket || this.#last === comma));
  }

  #opened(byte: number, index: number): void {
    const depth = this.#open.push(byte);
    if (
      byte === openBracket &&
      this.#itemDepth === 0 &&
      (depth === 1 || (depth === 2 && this.#open[0] === openBrace && this.#key === 'items'))
    ) {
      this.#itemDepth = depth + 1;
      // What was kept is the head of the list.
      this.#piece = undefined;
      this.#told = true;
      return;
    }
    const begins = this.#itemDepth === 0 ? depth === 1 : depth === this.#itemDepth;
    if (begins && byte === openBrace)
      this.#piece = { at: { offset: this.#offset + index, line: this.line }, depth, parts: [], size: 0, from: index };
  }

  #closed(data: Buffer, index: number): void {
    const piece = this.#piece;
    if (piece === undefined || this.#open.length !== piece.depth - 1) return;
    this.#keep(data, index + 1);
    const tooLarge = piece.size > largestPiece;
    this.#listener(tooLarge ? undefined : parseJson(Buffer.concat(piece.parts).toString('utf8')), piece.at);
    this.#told = true;
    this.#piece = undefined;
  }

  #keep(data: Buffer, end: number): void {
    const piece = this.#piece;
    if (piece === undefined) return;
    piece.size += end - piece.from;
    if (piece.size > largestPiece) piece.parts = [];
    // A copy: the data belongs to the stream.
    else piece.parts.push(Buffer.from(data.subarray(piece.from, end)));
    piece.from = 0;
  }

  #giveUp(used: number): number {
    if (this.#piece !== undefined || !this.#told) this.#listener(undefined, this.#piece?.at ?? this.start);
    return used;
  }
}
