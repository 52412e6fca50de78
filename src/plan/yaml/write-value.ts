import type { Json } from '../../cluster/json.ts';
import { isObject, listAt } from '../../cluster/json.ts';
import { resolvePlain } from '../../cluster/yaml/scalar.ts';
import type { ScalarStyle } from './nodes.ts';

/** The habits of a text that new lines follow. */
export interface Habits {
  /** Spaces that a mapping is indented by below its key. */
  readonly indent: number;
  /** Spaces that a list's dash is indented by below its key: 0 or more. */
  readonly listIndent: number;
  /** How strings are written where nothing forces quotes. */
  readonly strings: 'plain' | 'single-quoted' | 'double-quoted';
  /** True where keys are quoted too: JSON. */
  readonly quotedKeys: boolean;
}

/** What a plain scalar must not hold or begin with (YAML 1.2 §7.3.3), stricter than needed. */
const plainSafe =
  /^[A-Za-z0-9_./<(%+$-][^\s#:,[\]{}"'&*!|>%@`\\](?:[^\n\r\t#:,[\]{}"'&*!|>%@`\\]*[^\s#:,[\]{}"'&*!|>%@`\\])?$|^[A-Za-z0-9_./]$/;
const plainInBlock = /^[A-Za-z0-9_./(<%+$-](?:[^\n\r\t]*[^\s:])?$/;

/**
 * Writes a scalar in one line in a style; falls back to double quotes where the style cannot hold it.
 * Booleans, numbers and null have no quotes.
 */
export function scalarText(value: null | boolean | number | string, style: ScalarStyle, flow: boolean): string {
  if (typeof value !== 'string') return String(value);
  if (style === 'single-quoted' && !/[\n\r\t]|[^\P{C}]/u.test(value)) return `'${value.replaceAll("'", "''")}'`;
  if (style === 'plain' && isPlain(value, flow)) return value;
  return JSON.stringify(value);
}

function isPlain(value: string, flow: boolean): boolean {
  if (resolvePlain(value) !== value || /^(?:---|\.\.\.|<<|=$|\.$|- |-$|\? )/.test(value)) return false;
  // What other readers might take for a number or a time is quoted too.
  if (/\p{C}/u.test(value) || (/^[-+]?[\d.eE_:x]*\d[\d.eE_:x]*$/.test(value) && !/\.[^.]*\./.test(value))) return false;
  if (flow) return plainSafe.test(value) && !value.startsWith('%');
  return plainInBlock.test(value) && !/: | #/.test(value) && !value.startsWith('%');
}

/** Writes a value in one line, in flow style. */
export function flowText(value: Json, habits: Habits): string {
  if (Array.isArray(value))
    return `[${listAt(value)
      .map((item) => flowText(item, habits))
      .join(', ')}]`;
  if (isObject(value)) {
    const members = Object.entries(value).map(
      ([key, member]) => `${keyText(key, habits, true)}: ${flowText(member ?? null, habits)}`,
    );
    return `{${members.join(', ')}}`;
  }
  return scalarText(value as null | boolean | number | string, habits.strings, true);
}

/** Writes a value behind a colon or dash of block style. */
function inlineText(value: Json, habits: Habits): string {
  if (Array.isArray(value) || isObject(value)) return flowText(value, habits);
  return scalarText(value as null | boolean | number | string, habits.strings, false);
}

/** Writes a key. */
export function keyText(key: string, habits: Habits, flow: boolean): string {
  return scalarText(key, habits.quotedKeys ? 'double-quoted' : 'plain', flow);
}

/**
 * Writes a value in block style. The first element is what stands behind the colon or dash (empty where the value begins on the next
 * line), the rest are whole lines, indented by `column` spaces where they belong to the member itself.
 */
export function memberLines(key: string, value: Json, column: number, habits: Habits): readonly string[] {
  const pad = ' '.repeat(column);
  const head = `${pad}${keyText(key, habits, false)}:`;
  if (isBlock(value)) {
    const deeper = column + (Array.isArray(value) ? habits.listIndent : habits.indent);
    return [head, ...blockLines(value, deeper, habits)];
  }
  if (typeof value === 'string' && isLiteral(value)) return literalLines(head, value, column + habits.indent);
  return [`${head} ${inlineText(value, habits)}`];
}

/** Writes a list's item in block style, its dash in `column`. */
export function itemLines(value: Json, column: number, habits: Habits): readonly string[] {
  const pad = ' '.repeat(column);
  if (isBlock(value)) {
    const lines = blockLines(value, column + 2, habits);
    return lines.map((line, index) => (index === 0 ? `${pad}- ${line.trimStart()}` : line));
  }
  if (typeof value === 'string' && isLiteral(value)) return literalLines(`${pad}-`, value, column + 2);
  return [`${pad}- ${inlineText(value, habits)}`];
}

/** Writes the lines of a mapping or list that has members, its keys or dashes in `column`. */
export function blockLines(value: Json, column: number, habits: Habits): readonly string[] {
  if (Array.isArray(value)) return listAt(value).flatMap((item) => itemLines(item, column, habits));
  return Object.entries(value as Record<string, Json>).flatMap(([key, member]) => memberLines(key, member, column, habits));
}

/** Whether a value is written as a block: a mapping or list that is not empty. */
export function isBlock(value: Json): boolean {
  return Array.isArray(value) ? value.length > 0 : isObject(value) && Object.keys(value).length > 0;
}

function isLiteral(value: string): boolean {
  return /\n/.test(value) && !/[\t\r]|[^\P{C}\n]/u.test(value) && !/^[ \n]/.test(value) && !/[ ]\n|[ ]$/.test(value);
}

function literalLines(head: string, value: string, column: number): readonly string[] {
  const trailing = /\n*$/.exec(value)?.[0].length ?? 0;
  const chomping = trailing === 0 ? '-' : trailing === 1 ? '' : '+';
  const lines = value.split('\n');
  if (trailing > 0) lines.pop();
  return [`${head} |${chomping}`, ...lines.map((line) => (line === '' ? '' : `${' '.repeat(column)}${line}`))];
}
