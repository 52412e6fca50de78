import type { Mark } from './tokens.ts';
import { YamlSyntaxError } from './tokens.ts';

const end = '\0';

/** Space or tab. */
export function isBlank(character: string): boolean {
  return character === ' ' || character === '\t';
}

/** Any line break that YAML 1.1 knows. */
export function isBreak(character: string): boolean {
  return character === '\n' || character === '\r' || character === '\u0085' || character === '\u2028' || character === '\u2029';
}

/** Line break or end of text. */
export function isBreakOrEnd(character: string): boolean {
  return character === end || isBreak(character);
}

/** Space, tab, line break or end of text. */
export function isBlankOrEnd(character: string): boolean {
  return isBlank(character) || isBreakOrEnd(character);
}

/** Letters, digits, `_` and `-`: what anchors and tag handles consist of. */
export function isWordCharacter(character: string): boolean {
  return /^[0-9A-Za-z_-]$/.test(character);
}

/** The library refuses these wherever they stand (raw, not as escapes). */
const forbidden = /[^\t\n\r\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
/** The library decodes its input in pieces of this many bytes, and looks for forbidden characters in a whole piece at once. */
const pieceSize = 512;

/** The text and a cursor. */
export class Reader {
  readonly text: string;
  index = 0;
  line = 0;
  column = 0;
  readonly #forbiddenFrom: number;

  constructor(text: string) {
    this.text = text.startsWith('\uFEFF') ? text.slice(1) : text;
    const found = forbidden.exec(this.text)?.index;
    this.#forbiddenFrom = found === undefined ? Number.POSITIVE_INFINITY : Math.floor(found / pieceSize) * pieceSize;
  }

  /** The character `offset` places ahead; NUL at the end of the text. */
  peek(offset = 0): string {
    return this.text[this.index + offset] ?? end;
  }

  get atEnd(): boolean {
    return this.index >= this.text.length;
  }

  mark(): Mark {
    return { index: this.index, line: this.line, column: this.column };
  }

  /** Makes sure that the text ahead can be read: throws where it holds a forbidden character. */
  require(): void {
    if (this.index + 4 > this.#forbiddenFrom) throw new YamlSyntaxError('yaml: control characters are not allowed', this.mark());
  }

  /** Takes one character. */
  read(): string {
    const character = this.peek();
    this.skip();
    return character;
  }

  skip(count = 1): void {
    this.index += count;
    this.column += count;
  }

  /** Takes one line break; `\r\n` is one, and reads as `\n`. */
  readBreak(): string {
    const character = this.peek();
    if (!isBreak(character)) return '';
    this.index += character === '\r' && this.peek(1) === '\n' ? 2 : 1;
    this.column = 0;
    this.line++;
    return character === '\u2028' || character === '\u2029' ? character : '\n';
  }

  /** Takes blanks and a comment up to the end of the line. */
  skipBlanksAndComment(): void {
    while (isBlank(this.peek())) this.skip();
    if (this.peek() === '#') while (!isBreakOrEnd(this.peek())) this.skip();
  }

  /** Reports whether a line of exactly `---` or `...` begins here. */
  atDocumentIndicator(): boolean {
    if (this.column !== 0) return false;
    const three = this.text.slice(this.index, this.index + 3);
    return (three === '---' || three === '...') && isBlankOrEnd(this.peek(3));
  }
}
