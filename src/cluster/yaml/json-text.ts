import type { Json } from '../json.ts';
import type { Built } from './build.ts';
import type { YamlProblem } from './problem.ts';
import { hasMember, MappingOrder, PositionTable, setMember } from './position-table.ts';
import { TextPositions } from './text-positions.ts';

/** Thrown inside only: the text is no JSON, and YAML may still read it. */
class NotJson extends Error {}

const maxDepth = 400;
const literals = /true|false|null/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;

/**
 * Reads JSON text, one value or several in a row, with the positions of all nodes; about five times as fast as the YAML events.
 *
 * Returns `undefined` for anything that is not strict JSON beginning with `{` or `[`: the YAML reader then tells what it is. A
 * repeated member is a problem, and the last one counts, as for Go's encoding/json. Total.
 */
export function parseJsonText(text: string): { values: Built[]; problems: YamlProblem[] } | undefined {
  const first = /\S/.exec(text)?.[0];
  if (first !== '{' && first !== '[') return undefined;
  try {
    return new JsonReader(text).read();
  } catch (error) {
    if (error instanceof NotJson) return undefined;
    throw error;
  }
}

class JsonReader {
  readonly #text: string;
  readonly #places: TextPositions;
  readonly #table = new PositionTable();
  readonly #problems: YamlProblem[] = [];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#places = new TextPositions(text, 1);
  }

  read(): { values: Built[]; problems: YamlProblem[] } {
    const values: Built[] = [];
    this.#space();
    while (this.#at < this.#text.length) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 123 && code !== 91) throw new NotJson();
      this.#table.truncate(0);
      this.#mark();
      const value = this.#value();
      values.push({ value, positions: this.#table.copy(0), empty: false });
      this.#space();
    }
    return { values, problems: this.#problems };
  }

  #value(): Json {
    switch (this.#text.charCodeAt(this.#at)) {
      case 123:
        return this.#nested(() => this.#object());
      case 91:
        return this.#nested(() => this.#list());
      case 34:
        return this.#string();
      case 116:
      case 102:
      case 110:
        return this.#literal();
      default:
        return this.#number();
    }
  }

  #nested(read: () => Json): Json {
    if (++this.#depth > maxDepth) throw new NotJson();
    const value = read();
    this.#depth--;
    return value;
  }

  #object(): Json {
    const object: Record<string, Json> = {};
    const order = new MappingOrder(this.#table, this.#table.length);
    this.#at++;
    this.#space();
    if (this.#take(125)) return object;
    do {
      this.#space();
      if (this.#text.charCodeAt(this.#at) !== 34) throw new NotJson();
      this.#member(object, order);
      this.#space();
    } while (this.#take(44));
    if (!this.#take(125)) throw new NotJson();
    order.finish(object);
    return object;
  }

  #member(object: Record<string, Json>, order: MappingOrder): void {
    this.#places.moveTo(this.#at);
    const { line, column } = this.#places;
    const key = this.#string();
    const repeated = hasMember(object, key);
    order.before(object, key, repeated);
    const start = this.#table.length;
    this.#table.push(line, column);
    this.#space();
    if (!this.#take(58)) throw new NotJson();
    this.#space();
    if (repeated) this.#report(key, order, { line, column });
    setMember(object, key, this.#value());
    order.after(key, start);
  }

  #report(key: string, order: MappingOrder, position: { line: number; column: number }): void {
    const first = order.writtenAt(key);
    this.#places.moveTo(this.#at);
    const where = first === undefined ? '' : `, first at line ${first.line}`;
    const message = `the key ${JSON.stringify(key)} is set twice${where}: the last one counts`;
    this.#problems.push({
      kind: 'duplicate-key',
      message,
      ...position,
      key,
      ...(first === undefined ? {} : { first }),
      valueLine: this.#places.line,
    });
  }

  #list(): Json {
    const items: Json[] = [];
    this.#at++;
    this.#space();
    if (this.#take(93)) return items;
    do {
      this.#space();
      this.#mark();
      items.push(this.#value());
      this.#space();
    } while (this.#take(44));
    if (!this.#take(93)) throw new NotJson();
    return items;
  }

  #string(): string {
    const start = this.#at + 1;
    let end = this.#text.indexOf('"', start);
    let escaped = false;
    while (end > 0 && this.#text.charCodeAt(end - 1) === 92) {
      escaped = true;
      let slashes = 1;
      while (this.#text.charCodeAt(end - 1 - slashes) === 92) slashes++;
      if (slashes % 2 === 0) break;
      end = this.#text.indexOf('"', end + 1);
    }
    if (end < 0) throw new NotJson();
    this.#at = end + 1;
    const raw = this.#text.slice(start, end);
    // oxlint-disable-next-line no-control-regex -- JSON forbids them bare
    if (/[\u0000-\u001f]/.test(raw)) throw new NotJson();
    return escaped || raw.includes('\\') ? unescape(raw) : raw;
  }

  #literal(): Json {
    literals.lastIndex = this.#at;
    const word = literals.exec(this.#text)?.[0];
    if (word === undefined) throw new NotJson();
    this.#at += word.length;
    return word === 'null' ? null : word === 'true';
  }

  #number(): Json {
    number.lastIndex = this.#at;
    const digits = number.exec(this.#text)?.[0];
    const value = Number(digits);
    if (digits === undefined || !Number.isFinite(value)) throw new NotJson();
    this.#at += digits.length;
    return value === 0 ? 0 : value;
  }

  #mark(): void {
    this.#places.moveTo(this.#at);
    this.#table.push(this.#places.line, this.#places.column);
  }

  #take(code: number): boolean {
    if (this.#text.charCodeAt(this.#at) !== code) return false;
    this.#at++;
    return true;
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.#at++;
    }
  }
}

function unescape(raw: string): string {
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    throw new NotJson();
  }
}
