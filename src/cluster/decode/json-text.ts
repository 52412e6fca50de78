import { goQuote } from '../go-quote.ts';
import type { Member, Node } from './node.ts';

/** A JSON text that Go's decoder refuses; `message` is its own. */
export class JsonSyntaxError extends Error {
  readonly line: number;
  readonly column: number;

  constructor(message: string, line: number, column: number) {
    super(message);
    this.line = line;
    this.column = column;
  }
}

const deepest = 10_000;
const escapes: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** Quotes one character as Go's JSON scanner names it in `invalid character 'x'`. */
function quoteCharacter(character: string): string {
  if (character === "'") return String.raw`'\''`;
  if (character === '"') return `'"'`;
  return `'${goQuote(character).slice(1, -1)}'`;
}

/** Parses a JSON text with the faults that Go's encoding/json names. Throws JsonSyntaxError. */
export function parseJsonText(text: string): Node {
  return new JsonParser(text).document();
}

class JsonParser {
  readonly #text: string;
  #index = 0;
  #line = 1;
  #lineStart = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): Node {
    const node = this.#value();
    this.#space();
    if (this.#index < this.#text.length) throw this.#unexpected('after top-level value');
    return node;
  }

  #space(): void {
    for (let c = this.#text[this.#index]; c === ' ' || c === '\t' || c === '\n' || c === '\r'; c = this.#text[this.#index]) {
      this.#index++;
      if (c === '\n') {
        this.#line++;
        this.#lineStart = this.#index;
      }
    }
  }

  #at(): { line: number; column: number } {
    return { line: this.#line, column: this.#index - this.#lineStart + 1 };
  }

  #unexpected(context: string): JsonSyntaxError {
    const { line, column } = this.#at();
    const code = this.#text.codePointAt(this.#index);
    if (code === undefined) return new JsonSyntaxError('unexpected end of JSON input', line, column);
    // Go looks at bytes: of a character beyond ASCII it names the first byte of its UTF-8 form.
    const byte = new TextEncoder().encode(String.fromCodePoint(code))[0] ?? 0;
    return new JsonSyntaxError(`invalid character ${quoteCharacter(String.fromCodePoint(byte))} ${context}`, line, column);
  }

  #value(): Node {
    this.#space();
    const at = this.#at();
    const c = this.#text[this.#index];
    if (c === '{' || c === '[') {
      if (++this.#depth > deepest) throw new JsonSyntaxError('exceeded max depth', at.line, at.column);
      const start = this.#index;
      const content =
        c === '{' ? { kind: 'object' as const, members: this.#members() } : { kind: 'array' as const, items: this.#items() };
      this.#depth--;
      return { ...content, ...at, jsonText: this.#text.slice(start, this.#index) };
    }
    if (c === '"') return { kind: 'string', ...at, value: this.#string() };
    if (c === 't') return this.#word('true', { kind: 'bool', ...at, value: true });
    if (c === 'f') return this.#word('false', { kind: 'bool', ...at, value: false });
    if (c === 'n') return this.#word('null', { kind: 'null', ...at });
    if (c !== undefined && /[-\d]/.test(c)) return { kind: 'number', ...at, text: this.#number() };
    throw this.#unexpected('looking for beginning of value');
  }

  #word(word: string, node: Node): Node {
    for (let i = 0; i < word.length; i++) {
      if (this.#text[this.#index] !== word[i])
        throw this.#unexpected(`in literal ${word} (expecting ${quoteCharacter(word[i] ?? '')})`);
      this.#index++;
    }
    return node;
  }

  #digits(context: string): void {
    if (!/^\d$/.test(this.#text[this.#index] ?? '')) throw this.#unexpected(context);
    while (/^\d$/.test(this.#text[this.#index] ?? '')) this.#index++;
  }

  #number(): string {
    const start = this.#index;
    if (this.#text[this.#index] === '-') this.#index++;
    if (this.#text[this.#index] === '0') this.#index++;
    else this.#digits('in numeric literal');
    if (this.#text[this.#index] === '.') {
      this.#index++;
      this.#digits('after decimal point in numeric literal');
    }
    if (/^[eE]$/.test(this.#text[this.#index] ?? '')) {
      this.#index++;
      if (/^[-+]$/.test(this.#text[this.#index] ?? '')) this.#index++;
      this.#digits('in exponent of numeric literal');
    }
    return this.#text.slice(start, this.#index);
  }

  #string(): string {
    let value = '';
    this.#index++;
    for (;;) {
      const c = this.#text[this.#index];
      if (c === undefined || c < ' ') throw this.#unexpected('in string literal');
      this.#index++;
      if (c === '"') return value.replaceAll(/[\uD800-\uDFFF]/gu, '\uFFFD');
      value += c === '\\' ? this.#escape() : c;
    }
  }

  #escape(): string {
    const c = this.#text[this.#index] ?? '';
    const simple = Object.hasOwn(escapes, c) ? escapes[c] : undefined;
    if (simple !== undefined) {
      this.#index++;
      return simple;
    }
    if (c !== 'u') throw this.#unexpected('in string escape code');
    this.#index++;
    const start = this.#index;
    while (this.#index < start + 4) {
      if (!/^[0-9A-Fa-f]$/.test(this.#text[this.#index] ?? ''))
        throw this.#unexpected(String.raw`in \u hexadecimal character escape`);
      this.#index++;
    }
    return String.fromCharCode(Number.parseInt(this.#text.slice(start, this.#index), 16));
  }

  #members(): Member[] {
    const members: Member[] = [];
    this.#index++;
    this.#space();
    if (this.#text[this.#index] === '}') {
      this.#index++;
      return members;
    }
    for (;;) {
      this.#space();
      const at = this.#at();
      if (this.#text[this.#index] !== '"') throw this.#unexpected('looking for beginning of object key string');
      const key = this.#string();
      this.#space();
      if (this.#text[this.#index] !== ':') throw this.#unexpected('after object key');
      this.#index++;
      members.push({ key, ...at, value: this.#value() });
      this.#space();
      const c = this.#text[this.#index];
      if (c !== ',' && c !== '}') throw this.#unexpected('after object key:value pair');
      this.#index++;
      if (c === '}') return members;
    }
  }

  #items(): Node[] {
    const items: Node[] = [];
    this.#index++;
    this.#space();
    if (this.#text[this.#index] === ']') {
      this.#index++;
      return items;
    }
    for (;;) {
      items.push(this.#value());
      this.#space();
      const c = this.#text[this.#index];
      if (c !== ',' && c !== ']') throw this.#unexpected('after array element');
      this.#index++;
      if (c === ']') return items;
    }
  }
}
