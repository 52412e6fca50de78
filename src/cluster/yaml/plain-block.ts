import type { Json } from '../json.ts';
import type { Interner } from './interner.ts';
import type { PositionTable } from './position-table.ts';
import { hasMember, MappingOrder, setMember } from './position-table.ts';
import { readFlow } from './plain-flow.ts';
import { keyOfPlain, mayBeMoreThanString, resolvePlain } from './scalar.ts';
import { NotPlain, notPlain } from './not-plain.ts';

/** A document in the plain style, and the line at which the section ends; `empty` where it holds nothing but comments. */
export interface PlainDocument {
  readonly value: Json;
  readonly empty: boolean;
  readonly lineAfter: number;
}

const maxDepth = 60;
// What the event reader refuses, and what it treats apart (surrogates, byte order marks).
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const nonPrintable = /[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x84\x86-\x9F\uD800-\uDFFF\uFEFF\uFFFE\uFFFF]/;

/**
 * Reads one section of a stream where it is written as nearly all manifests are: block mappings and lists, one-line scalars, one-line
 * flow, literal text; no anchors, tags, directives or escapes. Several times as fast as the events.
 *
 * Returns `undefined` for everything else, right or wrong: the event reader then decides. INVARIANT(plain-agrees): where both read, they
 * give the same value and the same positions (parse.test.ts checks it on random text and on the corpora).
 */
export function readPlainSection(
  text: string,
  range: { readonly start: number; readonly end: number; readonly line: number },
  tools: PlainTools,
): PlainDocument | undefined {
  const start = tools.table.length;
  try {
    return new PlainReader(text, range, tools).read();
  } catch (error) {
    if (!(error instanceof NotPlain)) throw error;
    tools.table.truncate(start);
    return undefined;
  }
}

/** What readers of one text share. */
export interface PlainTools {
  readonly table: PositionTable;
  readonly interner: Interner;
}

class PlainReader {
  readonly #text: string;
  readonly #end: number;
  readonly #table: PositionTable;
  readonly #interner: Interner;
  /** The current line: its number, where it begins, where its content begins and where it ends (line break and trailing CR excluded). */
  #line: number;
  #lineStart: number;
  #lineEnd = 0;
  #next: number;
  #at = 0;
  #indent = -1;
  #depth = 0;

  constructor(text: string, range: { readonly start: number; readonly end: number; readonly line: number }, tools: PlainTools) {
    this.#text = text;
    this.#end = range.end;
    this.#table = tools.table;
    this.#interner = tools.interner;
    this.#line = range.line - 1;
    this.#lineStart = range.start;
    this.#next = range.start;
  }

  read(): PlainDocument {
    if (nonPrintable.test(this.#text.slice(this.#next, this.#end))) throw notPlain;
    if (this.#text.startsWith('---', this.#next)) {
      this.#advance();
      this.#at += 3;
      if (!this.#restIsBlank(this.#at)) throw notPlain;
    }
    this.#nextContent();
    const empty = this.#indent < 0;
    if (!empty) this.#table.push(this.#line, this.#column(this.#at));
    const value = empty ? null : this.#block(this.#indent);
    if (this.#indent >= 0) throw notPlain;
    return { value, empty, lineAfter: this.#line };
  }

  /** Moves to the next line; `#indent` is -1 at the end. */
  #advance(): void {
    this.#line++;
    this.#lineStart = this.#next;
    if (this.#next >= this.#end) {
      this.#indent = -1;
      return;
    }
    const found = this.#text.indexOf('\n', this.#next);
    const stop = found < 0 || found >= this.#end ? this.#end : found;
    this.#next = stop + 1;
    this.#lineEnd = stop > this.#lineStart && this.#text.charCodeAt(stop - 1) === 13 ? stop - 1 : stop;
    let at = this.#lineStart;
    while (at < this.#lineEnd && this.#text.charCodeAt(at) === 32) at++;
    this.#at = at;
    this.#indent = at - this.#lineStart;
  }

  /** Moves to the next line that holds more than space and a comment. */
  #nextContent(): void {
    for (;;) {
      this.#advance();
      if (this.#indent < 0) return;
      if (this.#at === this.#lineEnd) continue;
      const code = this.#text.charCodeAt(this.#at);
      if (code === 9) throw notPlain;
      if (code !== 35) return;
    }
  }

  #column(offset: number): number {
    return offset - this.#lineStart + 1;
  }

  #block(column: number): Json {
    if (++this.#depth > maxDepth) throw notPlain;
    const value = this.#atDash(this.#at) ? this.#sequence(column) : this.#mapping(column);
    this.#depth--;
    return value;
  }

  #atDash(offset: number): boolean {
    return this.#text.charCodeAt(offset) === 45 && (offset + 1 >= this.#lineEnd || this.#text.charCodeAt(offset + 1) === 32);
  }

  #sequence(column: number): Json {
    const items: Json[] = [];
    while (this.#indent === column && this.#atDash(this.#at)) {
      let at = this.#at + 1;
      while (at < this.#lineEnd && this.#text.charCodeAt(at) === 32) at++;
      if (at >= this.#lineEnd || this.#text.charCodeAt(at) === 35) {
        this.#nextContent();
        // An empty item has no place of its own.
        if (this.#indent <= column) throw notPlain;
        this.#table.push(this.#line, this.#column(this.#at));
        items.push(this.#block(this.#indent));
      } else {
        if (this.#atDash(at)) throw notPlain;
        this.#table.push(this.#line, this.#column(at));
        const inner = at - this.#lineStart;
        const isMember = this.#keyEnd(at) >= 0;
        if (isMember) {
          this.#at = at;
          this.#indent = inner;
          items.push(this.#block(inner));
        } else items.push(this.#scalar(at, column));
      }
    }
    if (this.#indent > column) throw notPlain;
    return items;
  }

  #mapping(column: number): Json {
    const object: Record<string, Json> = {};
    const order = new MappingOrder(this.#table, this.#table.length);
    while (this.#indent === column) {
      const colon = this.#keyEnd(this.#at);
      if (colon < 0) {
        // An entry of the list that the mapping is the last item of, or none of ours.
        throw notPlain;
      }
      const key = this.#key(colon);
      if (hasMember(object, key)) throw notPlain;
      order.before(object, key, false);
      const start = this.#table.length;
      this.#table.push(this.#line, this.#column(this.#at));
      setMember(object, key, this.#memberValue(colon + 1, column));
      order.after(key, start);
    }
    if (this.#indent > column) throw notPlain;
    order.finish(object);
    return object;
  }

  #memberValue(from: number, column: number): Json {
    let at = from;
    while (at < this.#lineEnd && this.#text.charCodeAt(at) === 32) at++;
    if (at < this.#lineEnd && this.#text.charCodeAt(at) !== 35) return this.#scalar(at, column);
    this.#nextContent();
    if (this.#indent > column || (this.#indent === column && this.#atDash(this.#at))) return this.#block(this.#indent);
    return null;
  }

  /** Offset of the colon that ends a key at `at`, or -1 where there is no plain or simply quoted key. */
  #keyEnd(at: number): number {
    const first = this.#text.charCodeAt(at);
    let end = at;
    if (first === 34 || first === 39) {
      end = this.#text.indexOf(first === 34 ? '"' : "'", at + 1) + 1;
      if (end <= 0 || end > this.#lineEnd) return -1;
    } else while (end < this.#lineEnd && keySigns[this.#text.charCodeAt(end)] === 1) end++;
    if (end === at || first === 45 || this.#text.charCodeAt(end) !== 58) return -1;
    return end + 1 >= this.#lineEnd || this.#text.charCodeAt(end + 1) === 32 ? end : -1;
  }

  #key(colon: number): string {
    const first = this.#text.charCodeAt(this.#at);
    if (first !== 34 && first !== 39) {
      const key = keyOfPlain(this.#text.slice(this.#at, colon));
      if (key === undefined) throw notPlain;
      return key;
    }
    const key = this.#text.slice(this.#at + 1, colon - 1);
    if (first === 34 && key.includes('\\')) throw notPlain;
    return key;
  }

  /** Reads a value that begins on this line at `at`, below a node at `column`, and moves to the next content line. */
  #scalar(at: number, column: number): Json {
    const first = this.#text.charCodeAt(at);
    if (first === 124) return this.#literal(at, column);
    let value: Json;
    if (first === 34 || first === 39) value = this.#quoted(at, first);
    else if (first === 91 || first === 123) value = this.#flow(at);
    else value = this.#plain(at);
    this.#nextContent();
    // A deeper line goes on with this scalar, or is an error.
    if (this.#indent > column) throw notPlain;
    return value;
  }

  #quoted(at: number, quote: number): string {
    const end = this.#text.indexOf(quote === 34 ? '"' : "'", at + 1);
    if (end < 0 || end >= this.#lineEnd || !this.#restIsBlank(end + 1)) throw notPlain;
    const value = this.#text.slice(at + 1, end);
    if ((quote === 34 && value.includes('\\')) || value.includes('\t')) throw notPlain;
    return this.#interner.intern(value);
  }

  #flow(at: number): Json {
    const flow = readFlow(
      this.#text,
      { at, end: this.#lineEnd, line: this.#line, lineStart: this.#lineStart },
      { table: this.#table, interner: this.#interner },
    );
    if (!this.#restIsBlank(flow.end)) throw notPlain;
    return flow.value;
  }

  #plain(at: number): Json {
    const first = this.#text.charCodeAt(at);
    if (first < 128 && indicators[first] === 1) throw notPlain;
    if (this.#atDash(at) || first === 63 || first === 58) throw notPlain;
    let end = at;
    let stop = at;
    for (; stop < this.#lineEnd; stop++) {
      const code = this.#text.charCodeAt(stop);
      if (code === 58 && (stop + 1 >= this.#lineEnd || isBlank(this.#text.charCodeAt(stop + 1)))) throw notPlain;
      if (code === 35 && isBlank(this.#text.charCodeAt(stop - 1))) break;
      if (!isBlank(code)) end = stop + 1;
    }
    const text = this.#interner.intern(this.#text.slice(at, end));
    if (!mayBeMoreThanString(first)) return text;
    const value = resolvePlain(text);
    if (value === undefined) throw notPlain;
    return value;
  }

  /** `|` and `|-`: text kept as it stands, without the indentation of its first line. */
  #literal(at: number, column: number): string {
    const strip = this.#text.charCodeAt(at + 1) === 45;
    if (!this.#restIsBlank(at + (strip ? 2 : 1))) throw notPlain;
    const lines: string[] = [];
    let blanks = 0;
    let width = -1;
    for (;;) {
      this.#advance();
      if (this.#indent < 0) break;
      const isEmpty = this.#at === this.#lineEnd;
      if (width < 0) {
        if (isEmpty) throw notPlain;
        if (this.#indent <= column) throw notPlain;
        width = this.#indent;
      }
      if (!isEmpty && this.#indent < width) break;
      if (isEmpty && this.#indent <= width) {
        blanks++;
        continue;
      }
      for (; blanks > 0; blanks--) lines.push('');
      lines.push(this.#text.slice(this.#lineStart + width, this.#lineEnd));
    }
    if (width < 0) throw notPlain;
    this.#settle();
    if (this.#indent > column) throw notPlain;
    return this.#interner.intern(strip ? lines.join('\n') : `${lines.join('\n')}\n`);
  }

  /** After a literal: the line that ended it may be a comment or begin with a tab. */
  #settle(): void {
    if (this.#indent < 0) return;
    const code = this.#text.charCodeAt(this.#at);
    if (code === 9) throw notPlain;
    if (code === 35) this.#nextContent();
  }

  #restIsBlank(from: number): boolean {
    let at = from;
    while (at < this.#lineEnd && isBlank(this.#text.charCodeAt(at))) at++;
    return at >= this.#lineEnd || (this.#text.charCodeAt(at) === 35 && at > from);
  }
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

const keySigns = new Uint8Array(128);
for (const sign of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-') keySigns[sign.charCodeAt(0)] = 1;

/** Signs that a plain scalar cannot begin with. */
const indicators = new Uint8Array(128);
for (const sign of '&*!|>%@`,[]{}#"\'\t') indicators[sign.charCodeAt(0)] = 1;
