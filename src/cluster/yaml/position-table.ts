import type { Json } from '../json.ts';
import { isObject } from '../json.ts';
import { countNodes } from '../positions.ts';

/** A growing table of positions, written in the order of INVARIANT position-table (see ../positions.ts). */
export class PositionTable {
  #cells = new Int32Array(4096);
  #length = 0;

  /** Number of cells written so far: two a node. */
  get length(): number {
    return this.#length;
  }

  /** Appends one node's position; line and column count from 1. */
  push(line: number, column: number): void {
    if (this.#length + 2 > this.#cells.length) this.#grow(2);
    this.#cells[this.#length] = line;
    this.#cells[this.#length + 1] = column;
    this.#length += 2;
  }

  /** Appends the positions of a whole subtree. */
  append(cells: Int32Array): void {
    if (this.#length + cells.length > this.#cells.length) this.#grow(cells.length);
    this.#cells.set(cells, this.#length);
    this.#length += cells.length;
  }

  /** A copy of the cells from `start` (to `end`, where given). */
  copy(start: number, end: number = this.#length): Int32Array {
    return this.#cells.slice(start, end);
  }

  /** Forgets everything from `length` on. */
  truncate(length: number): void {
    this.#length = length;
  }

  #grow(by: number): void {
    const larger = new Int32Array(Math.max(this.#cells.length * 2, this.#length + by));
    larger.set(this.#cells.subarray(0, this.#length));
    this.#cells = larger;
  }
}

/** Sets a member, `__proto__` as any other: it must never reach the prototype. */
export function setMember(object: Record<string, Json>, key: string, value: Json): void {
  if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}

/** Reports whether the object holds the member itself. Values are never `undefined`, so most answers need no call. */
export function hasMember(object: Record<string, Json>, key: string): boolean {
  return object[key] !== undefined && Object.hasOwn(object, key);
}

const none = new Set<string>();

/**
 * Keeps the positions of one mapping in the order of `Object.keys`.
 *
 * Most mappings are written in that order, and then nothing is to be done. A key that looks like an array index (`"80"`) is put
 * first by the language, a repeated or merged key keeps its first rank: from the first such key on the members' parts are held
 * apart, and `finish` writes them anew.
 */
export class MappingOrder {
  readonly #table: PositionTable;
  readonly #start: number;
  #merged: Set<string> = none;
  #parts: Map<string, Int32Array> | undefined;

  /** `start`: length of the table after the mapping's own position. */
  constructor(table: PositionTable, start: number) {
    this.#table = table;
    this.#start = start;
  }

  /** To be called before the member `key` is written to the table and set on `object`. */
  before(object: Record<string, Json>, key: string, repeated: boolean): void {
    if (this.#parts === undefined && (repeated || looksLikeIndex(key))) this.#split(object);
  }

  /** Where a repeated member was written first; `undefined` where a merge brought it. Only after `before` was told that it repeats. */
  writtenAt(key: string): { readonly line: number; readonly column: number } | undefined {
    const [line, column] = this.#parts?.get(key) ?? [];
    return line === undefined || column === undefined || this.#merged.has(key) ? undefined : { line, column };
  }

  /** To be called when the member's subtree has been written from `start` on. */
  after(key: string, start: number): void {
    if (this.#parts === undefined) return;
    this.#parts.set(key, this.#table.copy(start));
    this.#merged.delete(key);
    this.#table.truncate(start);
  }

  /** Adds all members of `merged`, whose own table of positions is `cells`; a member that is there already is replaced. */
  merge(object: Record<string, Json>, merged: Json, cells: Int32Array): void {
    if (!isObject(merged)) return;
    this.#split(object);
    let offset = 2;
    for (const [key, value] of Object.entries(merged) as [string, Json][]) {
      const end = offset + countNodes(value) * 2;
      this.#parts?.set(key, cells.slice(offset, end));
      this.#merged.add(key);
      setMember(object, key, value);
      offset = end;
    }
  }

  /** Writes the members' positions in their final order. */
  finish(object: Record<string, Json>): void {
    if (this.#parts === undefined) return;
    this.#table.truncate(this.#start);
    for (const key of Object.keys(object)) this.#table.append(this.#parts.get(key) ?? new Int32Array());
  }

  #split(object: Record<string, Json>): void {
    if (this.#parts !== undefined) return;
    this.#parts = new Map();
    this.#merged = new Set();
    let offset = this.#start;
    for (const [key, value] of Object.entries(object)) {
      const end = offset + countNodes(value) * 2;
      this.#parts.set(key, this.#table.copy(offset, end));
      offset = end;
    }
    this.#table.truncate(this.#start);
  }
}

function looksLikeIndex(key: string): boolean {
  const first = key.charCodeAt(0);
  return first >= 48 && first <= 57;
}
