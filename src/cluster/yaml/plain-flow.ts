import type { Json } from '../json.ts';
import type { Interner } from './interner.ts';
import { notPlain } from './not-plain.ts';
import type { PositionTable } from './position-table.ts';
import { hasMember, MappingOrder, setMember } from './position-table.ts';
import { keyOfPlain, mayBeMoreThanString, resolvePlain } from './scalar.ts';

/** The line that a flow collection stands on. */
export interface FlowLine {
  readonly at: number;
  readonly end: number;
  readonly line: number;
  readonly lineStart: number;
}

/**
 * Reads a flow collection that begins and ends on one line: `[a, "b"]`, `{cpu: 100m}`. Positions of what is inside go to the table.
 *
 * Errors: throws `notPlain` for escapes, anchors, tags, pairs in lists, empty entries and everything that is not sure to be right.
 */
export function readFlow(
  text: string,
  line: FlowLine,
  tools: { readonly table: PositionTable; readonly interner: Interner },
): { value: Json; end: number } {
  const reader = new FlowReader(text, line, tools.table, tools.interner);
  const value = reader.collection();
  return { value, end: reader.at };
}

const plainSigns = new Uint8Array(128);
for (const sign of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-+%=@$()^~ ')
  plainSigns[sign.charCodeAt(0)] = 1;

class FlowReader {
  readonly #text: string;
  readonly #line: FlowLine;
  readonly #table: PositionTable;
  readonly #interner: Interner;
  #depth = 0;
  at: number;

  constructor(text: string, line: FlowLine, table: PositionTable, interner: Interner) {
    this.#text = text;
    this.#line = line;
    this.#table = table;
    this.#interner = interner;
    this.at = line.at;
  }

  collection(): Json {
    if (++this.#depth > 20) throw notPlain;
    const value = this.#code() === 91 ? this.#list() : this.#mapping();
    this.#depth--;
    return value;
  }

  #list(): Json {
    const items: Json[] = [];
    this.#step();
    if (this.#take(93)) return items;
    for (;;) {
      this.#mark();
      items.push(this.#value());
      this.#space();
      if (this.#take(93)) return items;
      if (!this.#take(44)) throw notPlain;
      this.#space();
    }
  }

  #mapping(): Json {
    const object: Record<string, Json> = {};
    const order = new MappingOrder(this.#table, this.#table.length);
    this.#step();
    if (this.#take(125)) return object;
    for (;;) {
      const column = this.at - this.#line.lineStart + 1;
      const key = this.#key();
      if (hasMember(object, key)) throw notPlain;
      order.before(object, key, false);
      const start = this.#table.length;
      this.#table.push(this.#line.line, column);
      if (!this.#take(58) || this.#code() !== 32) throw notPlain;
      this.#space();
      setMember(object, key, this.#value());
      order.after(key, start);
      this.#space();
      if (this.#take(125)) break;
      if (!this.#take(44)) throw notPlain;
      this.#space();
    }
    order.finish(object);
    return object;
  }

  #key(): string {
    const code = this.#code();
    if (code === 34 || code === 39) return this.#quoted(code);
    const key = keyOfPlain(this.#plainText());
    if (key === undefined) throw notPlain;
    return key;
  }

  #value(): Json {
    const code = this.#code();
    if (code === 91 || code === 123) return this.collection();
    if (code === 34 || code === 39) return this.#quoted(code);
    const text = this.#interner.intern(this.#plainText());
    if (!mayBeMoreThanString(text.charCodeAt(0))) return text;
    const value = resolvePlain(text);
    if (value === undefined) throw notPlain;
    return value;
  }

  #plainText(): string {
    const start = this.at;
    const first = this.#code();
    if (first === 32 || first === 37 || first === 64 || (first === 45 && !isWord(this.#text.charCodeAt(start + 1))))
      throw notPlain;
    while (this.at < this.#line.end && plainSigns[this.#code()] === 1) this.at++;
    const text = this.#text.slice(start, this.at).trimEnd();
    if (text === '') throw notPlain;
    this.at = start + text.length;
    return text;
  }

  #quoted(quote: number): string {
    const end = this.#text.indexOf(quote === 34 ? '"' : "'", this.at + 1);
    if (end < 0 || end >= this.#line.end) throw notPlain;
    const value = this.#text.slice(this.at + 1, end);
    this.at = end + 1;
    const next = this.#code();
    if (next === quote || (quote === 34 && value.includes('\\')) || value.includes('\t')) throw notPlain;
    return this.#interner.intern(value);
  }

  #mark(): void {
    this.#table.push(this.#line.line, this.at - this.#line.lineStart + 1);
  }

  #code(): number {
    return this.at < this.#line.end ? this.#text.charCodeAt(this.at) : 0;
  }

  #take(code: number): boolean {
    if (this.#code() !== code) return false;
    this.at++;
    return true;
  }

  #step(): void {
    this.at++;
    this.#space();
  }

  #space(): void {
    while (this.#code() === 32) this.at++;
  }
}

/** A dash begins a plain scalar only where a word or another dash follows. */
function isWord(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 45 || code === 46;
}
