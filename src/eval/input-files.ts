import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Json, JsonObject } from '../cluster/json.ts';
import { isObject } from '../cluster/json.ts';

/** A file named in a line that cannot be used; `path` is the member that names it. */
export class InputFileError extends Error {
  readonly path: string;

  constructor(message: string, path: string) {
    super(message);
    this.path = path;
  }
}

/**
 * Puts files in the place of the two forms `{"$from": …}` and `{"$path": …}`.
 *
 * `$from` names a file by its path relative to the folder of the input: `.json` gives its value, `.jsonl` the list of its lines,
 * `.jsonl#ID` the member `object` of the line with that `id`, any other name its text; `.gz` at the end is unpacked first.
 * `$path` gives the absolute path. A file is read once, whatever the number of lines that name it.
 */
export class InputFiles {
  readonly #folder: string;
  readonly #values = new Map<string, Json>();
  readonly #indexes = new Map<string, ReadonlyMap<string, Json>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Returns `value` with all forms replaced (the same value where it holds none). Throws `InputFileError`. */
  fill(value: Json, path: string): Json {
    if (Array.isArray(value)) return this.#fillList(value as readonly Json[], path);
    if (!isObject(value)) return value;
    const form = formOf(value);
    if (form !== undefined) return form.kind === '$from' ? this.#from(form.name, path) : resolve(this.#folder, form.name);
    let changed = false;
    const members = Object.entries(value).map(([key, item]): [string, Json] => {
      const before = item ?? null;
      const after = this.fill(before, `${path}.${key}`);
      changed ||= after !== before;
      return [key, after];
    });
    return changed ? Object.fromEntries(members) : value;
  }

  #fillList(items: readonly Json[], path: string): Json {
    const filled = items.map((item, index) => this.fill(item, `${path}[${index}]`));
    return filled.some((item, index) => item !== items[index]) ? filled : items;
  }

  #from(name: string, path: string): Json {
    const hash = name.indexOf('#');
    const file = hash < 0 ? name : name.slice(0, hash);
    if (hash < 0) {
      const known = this.#values.get(file);
      if (known !== undefined) return known;
      const value = this.#read(file, path);
      this.#values.set(file, value);
      return value;
    }
    let index = this.#indexes.get(file);
    if (index === undefined) {
      index = indexLines(this.#read(file, path));
      this.#indexes.set(file, index);
    }
    const found = index.get(name.slice(hash + 1));
    if (found === undefined)
      throw new InputFileError(`${file} has no line with the id ${JSON.stringify(name.slice(hash + 1))}`, path);
    return found;
  }

  #read(name: string, path: string): Json {
    let text: string;
    try {
      const bytes = readFileSync(resolve(this.#folder, name));
      text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
    } catch (error) {
      throw new InputFileError(`cannot read ${name}: ${reasonOf(error)}`, path);
    }
    const plain = name.endsWith('.gz') ? name.slice(0, -3) : name;
    if (plain.endsWith('.jsonl')) return parseLines(text, name, path);
    return plain.endsWith('.json') ? parse(text, name, path) : text;
  }
}

function formOf(value: JsonObject): { readonly kind: '$from' | '$path'; readonly name: string } | undefined {
  const keys = Object.keys(value);
  const kind = keys[0];
  if (keys.length !== 1 || (kind !== '$from' && kind !== '$path')) return undefined;
  const name = value[kind];
  return typeof name === 'string' ? { kind, name } : undefined;
}

function parseLines(text: string, name: string, path: string): Json {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => (line.trim() === '' ? [] : [parse(line, `${name}:${index + 1}`, path)]));
}

function parse(text: string, place: string, path: string): Json {
  try {
    return JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text) as Json;
  } catch {
    throw new InputFileError(`${place} is not JSON`, path);
  }
}

function indexLines(lines: Json): ReadonlyMap<string, Json> {
  const index = new Map<string, Json>();
  for (const line of Array.isArray(lines) ? (lines as readonly Json[]) : []) {
    const id = isObject(line) ? line['id'] : undefined;
    if (isObject(line) && typeof id === 'string' && line['object'] !== undefined) index.set(id, line['object']);
  }
  return index;
}

/** What went wrong with a file, in words. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'EISDIR') return 'it is a directory';
  return error instanceof Error ? error.message : String(error);
}
