import type { Reader } from './reader.ts';
import { isBlank, isBlankOrEnd, isBreak, isBreakOrEnd } from './reader.ts';
import type { Mark, Token } from './tokens.ts';
import { scannerError } from './tokens.ts';

const simpleEscapes: Readonly<Record<string, string>> = {
  '0': '\0', a: '\u0007', b: '\b', t: '\t', '\t': '\t', n: '\n', v: '\v', f: '\f', r: '\r', e: '\u001B', ' ': ' ',
  '"': '"', "'": "'", '\\': '\\', N: '\u0085', _: '\u00A0', L: '\u2028', P: '\u2029',
}; // prettier-ignore
const codeLengths: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** The white space between two parts of a scalar that goes over several lines, folded as YAML folds it. */
class Fold {
  blanks = '';
  leadingBreak = '';
  trailingBreaks = '';
  onNewLine = false;

  /** Takes blanks and line breaks; `check` may refuse a tab. */
  scan(reader: Reader, check?: () => void): void {
    for (let c = reader.peek(); isBlank(c) || isBreak(c); c = reader.peek()) {
      if (isBlank(c)) {
        check?.();
        if (this.onNewLine) reader.skip();
        else this.blanks += reader.read();
      } else if (this.onNewLine) {
        this.trailingBreaks += reader.readBreak();
      } else {
        this.blanks = '';
        this.leadingBreak = reader.readBreak();
        this.onNewLine = true;
      }
    }
  }

  /** The text that stands for what was scanned. */
  take(): string {
    let text = this.blanks;
    if (this.onNewLine) {
      const folded = this.trailingBreaks === '' ? ' ' : this.trailingBreaks;
      text = this.leadingBreak === '\n' ? folded : this.leadingBreak + this.trailingBreaks;
    }
    this.blanks = this.leadingBreak = this.trailingBreaks = '';
    this.onNewLine = false;
    return text;
  }
}

function readEscape(reader: Reader, start: Mark): string {
  const letter = reader.peek(1);
  const simple = Object.hasOwn(simpleEscapes, letter) ? simpleEscapes[letter] : undefined;
  if (simple !== undefined) {
    reader.skip(2);
    return simple;
  }
  const length = codeLengths[letter];
  if (length === undefined) throw scannerError('found unknown escape character', reader.mark(), start);
  reader.skip(2);
  const digits = reader.text.slice(reader.index, reader.index + length);
  if (!/^[0-9A-Fa-f]+$/.test(digits) || digits.length < length)
    throw scannerError('did not find expected hexdecimal number', reader.mark(), start);
  const code = Number.parseInt(digits, 16);
  if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff)
    throw scannerError('found invalid Unicode character escape code', reader.mark(), start);
  reader.skip(length);
  return String.fromCodePoint(code);
}

/** Scans a quoted scalar; the cursor stands on its opening quote. */
export function scanQuotedScalar(reader: Reader, quote: '"' | "'"): Token {
  const start = reader.mark();
  const fold = new Fold();
  let text = '';
  reader.skip();
  for (;;) {
    reader.require();
    if (reader.atDocumentIndicator()) throw scannerError('found unexpected document indicator', reader.mark(), start);
    if (reader.atEnd) throw scannerError('found unexpected end of stream', reader.mark(), start);
    let continued = false;
    while (!isBlankOrEnd(reader.peek())) {
      reader.require();
      const c = reader.peek();
      if (c === quote) {
        if (quote === '"' || reader.peek(1) !== "'") break;
        text += "'";
        reader.skip(2);
      } else if (quote === '"' && c === '\\' && isBreak(reader.peek(1))) {
        reader.skip();
        reader.readBreak();
        continued = true;
        break;
      } else if (quote === '"' && c === '\\') {
        text += readEscape(reader, start);
      } else {
        text += reader.read();
      }
    }
    if (reader.peek() === quote) break;
    fold.onNewLine = continued;
    fold.scan(reader);
    text += fold.take();
  }
  reader.skip();
  return { kind: 'scalar', start, end: reader.mark(), value: text, plain: false };
}

const flowIndicators = ',?[]{}';

/** Scans a plain scalar; `indent` is that of the block it stands in, -1 at the top. Tells whether a line break followed it. */
export function scanPlainScalar(reader: Reader, indent: number, inFlow: boolean): { token: Token; endsWithBreak: boolean } {
  const start = reader.mark();
  const fold = new Fold();
  let end = start;
  let text = '';
  for (;;) {
    reader.require();
    if (reader.atDocumentIndicator() || reader.peek() === '#') break;
    while (!isBlankOrEnd(reader.peek())) {
      const c = reader.peek();
      if ((c === ':' && isBlankOrEnd(reader.peek(1))) || (inFlow && flowIndicators.includes(c))) break;
      reader.require();
      text += fold.take() + reader.read();
      end = reader.mark();
    }
    if (!isBlank(reader.peek()) && !isBreak(reader.peek())) break;
    fold.scan(reader, () => {
      if (fold.onNewLine && reader.column < indent + 1 && reader.peek() === '\t') {
        throw scannerError('found a tab character that violates indentation', reader.mark(), start);
      }
    });
    if (!inFlow && reader.column < indent + 1) break;
  }
  return { token: { kind: 'scalar', start, end, value: text, plain: true }, endsWithBreak: fold.onNewLine };
}

interface BlockHeader {
  readonly chomping: '' | '+' | '-';
  readonly increment: number;
}

function scanBlockHeader(reader: Reader, start: Mark): BlockHeader {
  let chomping: BlockHeader['chomping'] = '';
  let increment = 0;
  const takeChomping = (): void => {
    const c = reader.peek();
    if (c === '+' || c === '-') {
      chomping = c;
      reader.skip();
    }
  };
  takeChomping();
  if (/^\d$/.test(reader.peek())) {
    if (reader.peek() === '0') throw scannerError('found an indentation indicator equal to 0', reader.mark(), start);
    increment = Number(reader.read());
    if (chomping === '') takeChomping();
  }
  reader.skipBlanksAndComment();
  if (!isBreakOrEnd(reader.peek())) throw scannerError('did not find expected comment or line break', reader.mark(), start);
  reader.readBreak();
  return { chomping, increment };
}

/** Takes the empty lines and the indentation before a line of a block scalar; `indent` 0: not known yet. */
function scanBlockBreaks(reader: Reader, indent: number, start: Mark): { breaks: string; widest: number; end: Mark } {
  let breaks = '';
  let widest = 0;
  let end = reader.mark();
  const inside = (): boolean => indent === 0 || reader.column < indent;
  for (;;) {
    reader.require();
    while (inside() && reader.peek() === ' ') reader.skip();
    widest = Math.max(widest, reader.column);
    if (inside() && reader.peek() === '\t') {
      throw scannerError('found a tab character where an indentation space is expected', reader.mark(), start);
    }
    if (!isBreak(reader.peek())) return { breaks, widest, end };
    breaks += reader.readBreak();
    end = reader.mark();
  }
}

/** Scans a literal (`|`) or folded (`>`) block scalar; `blockIndent` is the indent of the block it stands in. */
export function scanBlockScalar(reader: Reader, literal: boolean, blockIndent: number): Token {
  const start = reader.mark();
  reader.skip();
  const header = scanBlockHeader(reader, start);
  const given = header.increment === 0 ? 0 : Math.max(blockIndent, 0) + header.increment;
  let { breaks, widest, end } = scanBlockBreaks(reader, given, start);
  const indent = given === 0 ? Math.max(widest, blockIndent + 1, 1) : given;
  let text = '';
  let leadingBreak = '';
  let leadingBlank = false;
  while (reader.column === indent && !reader.atEnd) {
    const trailingBlank = isBlank(reader.peek());
    const folds = !literal && !leadingBlank && !trailingBlank && leadingBreak === '\n';
    if (!folds) text += leadingBreak;
    else if (breaks === '') text += ' ';
    text += breaks;
    leadingBlank = isBlank(reader.peek());
    const from = reader.index;
    while (!isBreakOrEnd(reader.peek())) reader.skip();
    text += reader.text.slice(from, reader.index);
    leadingBreak = reader.readBreak();
    ({ breaks, end } = scanBlockBreaks(reader, indent, start));
  }
  if (header.chomping !== '-') text += leadingBreak;
  if (header.chomping === '+') text += breaks;
  return { kind: 'scalar', start, end, value: text, plain: false };
}
