import { Reader, isBlank, isBlankOrEnd, isBreak, isBreakOrEnd } from './reader.ts';
import { scanBlockScalar, scanPlainScalar, scanQuotedScalar } from './scalars.ts';
import { scanAnchor, scanDirective, scanTag } from './tags.ts';
import type { Mark, Token, TokenKind } from './tokens.ts';
import { scannerError } from './tokens.ts';

/** A place where a key may have begun without `?`. */
interface SimpleKey {
  possible: boolean;
  required: boolean;
  tokenNumber: number;
  mark: Mark;
}

/** Nesting beyond this is refused, in blocks and in flow. */
const maximalDepth = 10_000;
/** A key and its colon stand on one line, at most this many characters apart. */
const longestSimpleKey = 1024;

/**
 * Cuts a text into tokens with the rules, and the faults in the order, of go-yaml v2 (a port of libyaml's scanner).
 *
 * The token queue looks ahead only as far as a possible key needs, so that a fault after the first document stays unseen,
 * as the server leaves it unseen. Throws YamlSyntaxError.
 */
export class Scanner {
  readonly #reader: Reader;
  readonly #queue: Token[] = [];
  #taken = 0;
  #started = false;
  #indent = -1;
  readonly #indents: number[] = [];
  #flowLevel = 0;
  #keyAllowed = true;
  readonly #keys: SimpleKey[] = [];
  /** Index in `#keys` by token number. Kept as the library keeps it, which forgets `{}` and `[]` as keys. */
  readonly #keyIndex = new Map<number, number>();

  constructor(text: string) {
    this.#reader = new Reader(text);
  }

  /** The next token, not taken. After the end of the stream it stays the last one. */
  peek(): Token {
    while (this.#needsMore()) this.#fetch();
    return this.#queue[0] as Token;
  }

  /** Takes the token that `peek` shows. */
  take(): Token {
    const token = this.peek();
    if (token.kind !== 'stream-end') {
      this.#queue.shift();
      this.#taken++;
    }
    return token;
  }

  #needsMore(): boolean {
    if (this.#queue.length === 0) return true;
    const index = this.#keyIndex.get(this.#taken);
    const key = index === undefined ? undefined : this.#keys[index];
    return key !== undefined && this.#isValid(key);
  }

  #isValid(key: SimpleKey): boolean {
    if (!key.possible) return false;
    const { line, index } = this.#reader;
    if (key.mark.line >= line && key.mark.index + longestSimpleKey >= index) return true;
    if (key.required) throw scannerError("could not find expected ':'", this.#reader.mark(), key.mark);
    key.possible = false;
    return false;
  }

  #insert(token: Token, at?: number): void {
    if (at === undefined || at < 0) this.#queue.push(token);
    else this.#queue.splice(at, 0, token);
  }

  #fetch(): void {
    const reader = this.#reader;
    if (!this.#started) {
      this.#started = true;
      this.#keys.push({ possible: false, required: false, tokenNumber: 0, mark: reader.mark() });
      this.#insert({ kind: 'stream-start', start: reader.mark(), end: reader.mark() });
      return;
    }
    this.#skipToToken();
    this.#unrollIndent(reader.column);
    reader.require();
    if (reader.atEnd) return this.#fetchEnd();
    const c = reader.peek();
    if (reader.column === 0 && c === '%') return this.#fetchDirective();
    if (reader.atDocumentIndicator()) return this.#fetchDocumentIndicator(c === '-' ? 'document-start' : 'document-end');
    this.#fetchContent(c);
  }

  #fetchContent(c: string): void {
    const inFlow = this.#flowLevel > 0;
    const nextIsBlank = isBlankOrEnd(this.#reader.peek(1));
    if (c === '[') return this.#fetchFlowStart('flow-sequence-start');
    if (c === '{') return this.#fetchFlowStart('flow-mapping-start');
    if (c === ']') return this.#fetchFlowEnd('flow-sequence-end');
    if (c === '}') return this.#fetchFlowEnd('flow-mapping-end');
    if (c === ',') return this.#fetchFlowEntry();
    if (c === '-' && nextIsBlank) return this.#fetchBlockEntry();
    if (c === '?' && (inFlow || nextIsBlank)) return this.#fetchKey();
    if (c === ':' && (inFlow || nextIsBlank)) return this.#fetchValue();
    if (c === '*') return this.#fetchKeyCandidate(() => scanAnchor(this.#reader, 'alias'));
    if (c === '&') return this.#fetchKeyCandidate(() => scanAnchor(this.#reader, 'anchor'));
    if (c === '!') return this.#fetchKeyCandidate(() => scanTag(this.#reader));
    if ((c === '|' || c === '>') && !inFlow) return this.#fetchBlockScalar(c === '|');
    if (c === "'" || c === '"') return this.#fetchKeyCandidate(() => scanQuotedScalar(this.#reader, c));
    const startsPlain = !(isBlankOrEnd(c) || '-?:,[]{}#&*!|>\'"%@`'.includes(c));
    if (startsPlain || (c === '-' && !isBlank(this.#reader.peek(1))) || (!inFlow && (c === '?' || c === ':') && !nextIsBlank)) {
      return this.#fetchPlainScalar();
    }
    throw scannerError('found character that cannot start any token', this.#reader.mark(), this.#reader.mark());
  }

  #skipToToken(): void {
    const reader = this.#reader;
    for (;;) {
      reader.require();
      if (reader.column === 0 && reader.peek() === '\uFEFF') reader.skip();
      while (reader.peek() === ' ' || ((this.#flowLevel > 0 || !this.#keyAllowed) && reader.peek() === '\t')) reader.skip();
      if (reader.peek() === '#') while (!isBreakOrEnd(reader.peek())) reader.skip();
      if (!isBreak(reader.peek())) return;
      reader.readBreak();
      if (this.#flowLevel === 0) this.#keyAllowed = true;
    }
  }

  #rollIndent(column: number, kind: TokenKind, mark: Mark, at?: number): void {
    if (this.#flowLevel > 0 || this.#indent >= column) return;
    this.#indents.push(this.#indent);
    this.#indent = column;
    if (this.#indents.length > maximalDepth)
      throw scannerError(`exceeded max depth of ${maximalDepth}`, this.#reader.mark(), mark);
    this.#insert({ kind, start: mark, end: mark }, at);
  }

  #unrollIndent(column: number): void {
    if (this.#flowLevel > 0) return;
    while (this.#indent > column) {
      const mark = this.#reader.mark();
      this.#insert({ kind: 'block-end', start: mark, end: mark });
      this.#indent = this.#indents.pop() ?? -1;
    }
  }

  #lastKey(): SimpleKey {
    return this.#keys.at(-1) as SimpleKey;
  }

  #saveKey(): void {
    if (!this.#keyAllowed) return;
    const required = this.#flowLevel === 0 && this.#indent === this.#reader.column;
    this.#removeKey();
    const key = { possible: true, required, tokenNumber: this.#nextTokenNumber(), mark: this.#reader.mark() };
    this.#keys[this.#keys.length - 1] = key;
    this.#keyIndex.set(key.tokenNumber, this.#keys.length - 1);
  }

  #nextTokenNumber(): number {
    return this.#taken + this.#queue.length;
  }

  #removeKey(): void {
    const key = this.#lastKey();
    if (!key.possible) return;
    if (key.required) throw scannerError("could not find expected ':'", this.#reader.mark(), key.mark);
    key.possible = false;
    this.#keyIndex.delete(key.tokenNumber);
  }

  #insertIndicator(kind: TokenKind, width = 1): void {
    const start = this.#reader.mark();
    this.#reader.skip(width);
    this.#insert({ kind, start, end: this.#reader.mark() });
  }

  #fetchEnd(): void {
    if (this.#reader.column !== 0) {
      this.#reader.column = 0;
      this.#reader.line++;
    }
    this.#unrollIndent(-1);
    this.#removeKey();
    this.#keyAllowed = false;
    this.#insert({ kind: 'stream-end', start: this.#reader.mark(), end: this.#reader.mark() });
  }

  #fetchDirective(): void {
    this.#unrollIndent(-1);
    this.#removeKey();
    this.#keyAllowed = false;
    this.#insert(scanDirective(this.#reader));
  }

  #fetchDocumentIndicator(kind: TokenKind): void {
    this.#unrollIndent(-1);
    this.#removeKey();
    this.#keyAllowed = false;
    this.#insertIndicator(kind, 3);
  }

  #fetchFlowStart(kind: TokenKind): void {
    this.#saveKey();
    this.#keys.push({ possible: false, required: false, tokenNumber: this.#nextTokenNumber(), mark: this.#reader.mark() });
    this.#flowLevel++;
    if (this.#flowLevel > maximalDepth)
      throw scannerError(`exceeded max depth of ${maximalDepth}`, this.#reader.mark(), this.#reader.mark());
    this.#keyAllowed = true;
    this.#insertIndicator(kind);
  }

  #fetchFlowEnd(kind: TokenKind): void {
    this.#removeKey();
    if (this.#flowLevel > 0) {
      this.#flowLevel--;
      const key = this.#keys.pop();
      if (key !== undefined) this.#keyIndex.delete(key.tokenNumber);
    }
    this.#keyAllowed = false;
    this.#insertIndicator(kind);
  }

  #fetchFlowEntry(): void {
    this.#removeKey();
    this.#keyAllowed = true;
    this.#insertIndicator('flow-entry');
  }

  #fetchBlockEntry(): void {
    const mark = this.#reader.mark();
    if (this.#flowLevel === 0) {
      if (!this.#keyAllowed) throw scannerError('block sequence entries are not allowed in this context', mark, mark);
      this.#rollIndent(mark.column, 'block-sequence-start', mark);
    }
    this.#removeKey();
    this.#keyAllowed = true;
    this.#insertIndicator('block-entry');
  }

  #fetchKey(): void {
    const mark = this.#reader.mark();
    if (this.#flowLevel === 0) {
      if (!this.#keyAllowed) throw scannerError('mapping keys are not allowed in this context', mark, mark);
      this.#rollIndent(mark.column, 'block-mapping-start', mark);
    }
    this.#removeKey();
    this.#keyAllowed = this.#flowLevel === 0;
    this.#insertIndicator('key');
  }

  #fetchValue(): void {
    const key = this.#lastKey();
    if (this.#isValid(key)) {
      const at = key.tokenNumber - this.#taken;
      this.#insert({ kind: 'key', start: key.mark, end: key.mark }, at);
      this.#rollIndent(key.mark.column, 'block-mapping-start', key.mark, at);
      key.possible = false;
      this.#keyIndex.delete(key.tokenNumber);
      this.#keyAllowed = false;
    } else {
      if (this.#flowLevel === 0) {
        const mark = this.#reader.mark();
        if (!this.#keyAllowed)
          throw scannerError('mapping values are not allowed in this context', mark, { index: 0, line: 0, column: 0 });
        this.#rollIndent(mark.column, 'block-mapping-start', mark);
      }
      this.#keyAllowed = this.#flowLevel === 0;
    }
    this.#insertIndicator('value');
  }

  #fetchKeyCandidate(scan: () => Token): void {
    this.#saveKey();
    this.#keyAllowed = false;
    this.#insert(scan());
  }

  #fetchBlockScalar(literal: boolean): void {
    this.#removeKey();
    this.#keyAllowed = true;
    this.#insert(scanBlockScalar(this.#reader, literal, this.#indent));
  }

  #fetchPlainScalar(): void {
    this.#saveKey();
    this.#keyAllowed = false;
    const { token, endsWithBreak } = scanPlainScalar(this.#reader, this.#indent, this.#flowLevel > 0);
    if (endsWithBreak) this.#keyAllowed = true;
    this.#insert(token);
  }
}
