// Longer strings rarely repeat; a full table starts anew so that it never holds more than a share of the input.
const longest = 40;
const most = 20_000;

/** Keeps one copy of each short string of a text: manifests repeat the same words thousands of times. */
export class Interner {
  readonly #known = new Map<string, string>();

  /** The copy that was seen first, or the string itself. */
  intern(text: string): string {
    if (text.length > longest) return text;
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    if (this.#known.size >= most) this.#known.clear();
    this.#known.set(text, text);
    return text;
  }
}
