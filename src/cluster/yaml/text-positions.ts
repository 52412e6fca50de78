/**
 * Turns offsets of a text into lines and columns, cheapest where they are asked for in rising order.
 *
 * Lines count from the given first line, columns from 1 in UTF-16 units; a line ends at LF (a lone CR must have been made one).
 */
export class TextPositions {
  readonly #text: string;
  #lineStart = 0;
  #nextBreak: number;
  #offset = 0;
  line: number;

  constructor(text: string, firstLine: number) {
    this.#text = text;
    this.line = firstLine;
    this.#nextBreak = text.indexOf('\n');
  }

  /** Column of the offset that was last moved to. */
  get column(): number {
    return this.#offset - this.#lineStart + 1;
  }

  /** Moves to an offset; then `line` and `column` tell where it lies. */
  moveTo(offset: number): void {
    while (this.#nextBreak >= 0 && this.#nextBreak < offset) {
      this.line++;
      this.#lineStart = this.#nextBreak + 1;
      this.#nextBreak = this.#text.indexOf('\n', this.#lineStart);
    }
    while (offset < this.#lineStart) {
      this.line--;
      this.#nextBreak = this.#lineStart - 1;
      this.#lineStart = this.#nextBreak === 0 ? 0 : this.#text.lastIndexOf('\n', this.#nextBreak - 1) + 1;
    }
    this.#offset = offset;
  }
}
