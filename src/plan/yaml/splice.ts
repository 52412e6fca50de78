import type { FieldPath, Json } from '../../cluster/json.ts';
import { habitsBeside } from './habits.ts';
import type { MappingNode, SequenceNode, YamlNode } from './nodes.ts';
import { column, lineStart, nextLine } from './nodes.ts';
import type { Habits } from './write-value.ts';
import { blockLines, flowText, isBlock, itemLines, keyText, memberLines, scalarText } from './write-value.ts';

/** A piece of text in place of a range. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** One simple edit as splices, or why it cannot be made in this text. */
export type Splices = readonly Splice[] | { readonly refused: string };

/** Where a node hangs: the member or item whose value it is; `undefined` for the document itself. */
type Holder =
  { readonly in: MappingNode; readonly index: number } | { readonly in: SequenceNode; readonly index: number } | undefined;

interface Found {
  readonly node: YamlNode;
  readonly holder: Holder;
  /** Steps of the path that do not exist. */
  readonly rest: FieldPath;
}

/** The text, its end of lines and its habits: what writing needs. */
export interface Page {
  readonly text: string;
  readonly newline: string;
  readonly habits: Habits;
}

function find(root: YamlNode, path: FieldPath): Found | { readonly refused: string } {
  let node = root;
  let holder: Holder;
  for (const [depth, step] of path.entries()) {
    const rest = path.slice(depth);
    if (node.kind === 'alias') return { refused: 'the field lies behind an alias' };
    if (node.kind === 'mapping' && typeof step === 'string') {
      const index = node.members.findLastIndex((member) => member.key === step);
      const member = node.members[index];
      if (member === undefined) return { node, holder, rest };
      holder = { in: node, index };
      node = member.value;
    } else if (node.kind === 'sequence' && typeof step === 'number') {
      const item = node.items[step];
      if (item === undefined) return { node, holder, rest };
      holder = { in: node, index: step };
      node = item.value;
    } else return { node, holder, rest };
  }
  return { node, holder, rest: [] };
}

/** Sets a field. Where a parent is empty it is made; the last step of a way that does not exist may be the end of a list. */
export function spliceSet(page: Page, root: YamlNode, path: FieldPath, value: Json): Splices {
  const found = find(root, path);
  if ('refused' in found) return found;
  const [step, ...deeper] = found.rest;
  if (step === undefined) return replace(page, found.node, found.holder, value);
  const wrapped = wrap(deeper, value);
  const { node } = found;
  if (isNothing(page.text, node)) return replace(page, node, found.holder, wrap(found.rest, value));
  if (node.kind === 'mapping' && typeof step === 'string') return insertMember(page, node, step, wrapped);
  if (node.kind === 'sequence' && typeof step === 'number') return insertItem(page, node, node.items.length, wrapped);
  return { refused: 'another kind of value stands in the way' };
}

/** Inserts an item into a list, which is made where it is absent. */
export function spliceInsert(page: Page, root: YamlNode, path: FieldPath, index: number, value: Json): Splices {
  const found = find(root, path);
  if ('refused' in found) return found;
  if (found.rest.length > 0 || isNothing(page.text, found.node)) return spliceSet(page, root, path, [value]);
  if (found.node.kind !== 'sequence') return { refused: 'the value is no list' };
  return insertItem(page, found.node, Math.max(0, index), value);
}

/** Removes a field or item; the last of its collection leaves `{}` or `[]`. */
export function spliceRemove(page: Page, root: YamlNode, path: FieldPath): Splices {
  const found = find(root, path);
  if ('refused' in found) return found;
  const { holder } = found;
  if (found.rest.length > 0 || holder === undefined) return [];
  const parent = find(root, path.slice(0, -1));
  if ('refused' in parent) return parent;
  const starts =
    holder.in.kind === 'mapping' ? holder.in.members.map((member) => member.start) : holder.in.items.map((item) => item.dash);
  const ends = (holder.in.kind === 'mapping' ? holder.in.members : holder.in.items).map(({ value }) => value.end);
  if (starts.length === 1) return replace(page, parent.node, parent.holder, holder.in.kind === 'mapping' ? {} : []);
  const start = starts[holder.index] ?? 0;
  const end = ends[holder.index] ?? start;
  const next = starts[holder.index + 1];
  if (holder.in.flow)
    return [next === undefined ? { start: ends[holder.index - 1] ?? start, end, text: '' } : { start, end: next, text: '' }];
  return [removedLines(page.text, start, end, next)];
}

function removedLines(text: string, start: number, end: number, next: number | undefined): Splice {
  const from = lineStart(text, start);
  if (text.slice(from, start).trim() !== '' && next !== undefined) return { start, end: next, text: '' };
  const to = nextLine(text, lineEnd(text, end));
  if (to === text.length && !text.endsWith('\n'))
    return { start: Math.max(0, from - (text[from - 2] === '\r' ? 2 : 1)), end: to, text: '' };
  return { start: from, end: to, text: '' };
}

function wrap(path: FieldPath, value: Json): Json {
  return path.reduceRight<Json>((inner, step) => (typeof step === 'number' ? [inner] : { [step]: inner }), value);
}

function isNothing(text: string, node: YamlNode): boolean {
  if (node.kind === 'empty') return true;
  if (node.kind === 'scalar') return node.style === 'plain' && /^(?:~|null|Null|NULL)$/.test(text.slice(node.start, node.end));
  return (node.kind === 'mapping' && node.members.length === 0) || (node.kind === 'sequence' && node.items.length === 0);
}

/** Behind what stands on the line of `at`: its comment too; never the line's end itself. */
function lineEnd(text: string, at: number): number {
  const rest = /^[ \t]*(?:#[^\n]*)?(?=\r?\n|$)/.exec(text.slice(at, nextLine(text, at)));
  return rest === null ? at : at + rest[0].replace(/\r$/, '').length;
}

function insertMember(page: Page, node: MappingNode, key: string, value: Json): Splices {
  const last = node.members.at(-1);
  if (last === undefined) return { refused: 'the mapping is empty' };
  const values = node.members.map((member) => member.value);
  const habits = habitsBeside(page.text, values, page.habits);
  if (node.flow) {
    const own = { ...habits, quotedKeys: node.members.some((member) => member.quoted) };
    return addedInFlow(
      page,
      node,
      values,
      node.members.map((member) => member.start),
      `${keyText(key, own, true)}: ${flowText(value, own)}`,
    );
  }
  const lines = memberLines(key, value, column(page.text, node.start), habits);
  return [after(page, last.value.end, lines)];
}

function after(page: Page, end: number, lines: readonly string[]): Splice {
  const at = lineEnd(page.text, end);
  return { start: at, end: at, text: lines.map((line) => `${page.newline}${line}`).join('') };
}

function insertItem(page: Page, node: SequenceNode, index: number, value: Json): Splices {
  const values = node.items.map((item) => item.value);
  const habits = habitsBeside(page.text, values, page.habits);
  const before = node.items[index];
  if (node.flow) {
    const text = flowText(value, habits);
    if (before !== undefined) return [{ start: before.value.start, end: before.value.start, text: `${text}, ` }];
    return addedInFlow(
      page,
      node,
      values,
      values.map((item) => item.start),
      text,
    );
  }
  const at = column(page.text, node.start);
  const lines = itemLines(value, at, habits);
  const former = node.items[Math.min(index, node.items.length) - 1];
  if (former !== undefined) return [after(page, former.value.end, lines)];
  const [first] = node.items;
  if (first === undefined) return { refused: 'the list is empty' };
  const text = `${lines.join(page.newline).trimStart()}${page.newline}${' '.repeat(at)}`;
  return [{ start: first.dash, end: first.dash, text }];
}

/** Adds behind the last of a flow collection, on a line of its own where the others stand so. */
function addedInFlow(
  page: Page,
  node: MappingNode | SequenceNode,
  values: readonly YamlNode[],
  starts: readonly number[],
  text: string,
): Splices {
  const last = values.at(-1);
  const first = starts[0];
  if (last === undefined || first === undefined) return { refused: 'the collection is empty' };
  const own = page.text.slice(node.start, first).includes('\n');
  const gap = own ? `${page.newline}${page.text.slice(lineStart(page.text, first), first).replace(/\S/g, ' ')}` : ' ';
  const comma = /^\s*,/.exec(page.text.slice(last.end, node.end));
  if (comma === null) return [{ start: last.end, end: last.end, text: `,${gap}${text}` }];
  const at = last.end + comma[0].length;
  return [{ start: at, end: at, text: `${gap}${text},` }];
}

/** Puts another value in place of a node, in the style that stands there where it can hold it. */
function replace(page: Page, node: YamlNode, holder: Holder, value: Json): Splices {
  if (node.kind === 'alias') return { refused: 'the value is an alias' };
  const flow = holder?.in.flow ?? (holder === undefined && page.habits.quotedKeys);
  const scalar = !Array.isArray(value) && (typeof value !== 'object' || value === null);
  if (scalar && node.kind === 'scalar' && node.style !== 'block' && !(typeof value === 'string' && value.includes('\n')))
    return [{ start: node.start, end: node.end, text: scalarText(value, node.style, flow) }];
  if (flow) {
    const text = flowText(value, page.habits);
    return [
      {
        start: node.start,
        end: node.end,
        text: node.kind === 'empty' && !/\s/.test(page.text[node.start - 1] ?? ' ') ? ` ${text}` : text,
      },
    ];
  }
  if (holder === undefined) {
    const lines = isBlock(value) ? blockLines(value, 0, page.habits) : [flowText(value, page.habits)];
    return [{ start: node.start, end: node.end, text: lines.join(page.newline) }];
  }
  return replaceBlock(page, node, holder, value);
}

function replaceBlock(page: Page, node: YamlNode, holder: NonNullable<Holder>, value: Json): Splices {
  const { text, newline } = page;
  const anchor = anchorOf(text, holder);
  const member = holder.in.kind === 'mapping' ? holder.in.members[holder.index] : undefined;
  const at = member === undefined ? column(text, holder.in.start) : column(text, member.start);
  const lines = member === undefined ? itemLines(value, at, page.habits) : memberLines(member.key, value, at, page.habits);
  const [head = '', ...below] = lines;
  // What the first line says behind the colon or dash: nothing for a block.
  const inline =
    member === undefined ? head.trimStart().slice(1) : head.slice(head.indexOf(':', at + keyLength(page, member.key)) + 1);
  const tail = below.map((line) => `${newline}${line}`).join('');
  const sameLine = !text.slice(anchor, node.start).includes('\n');
  if (node.kind === 'empty') {
    const end = lineEnd(text, anchor);
    return [
      { start: anchor, end: anchor, text: inline },
      { start: end, end, text: tail },
    ];
  }
  if (!sameLine) {
    const end = lineEnd(text, anchor);
    return [
      { start: anchor, end: anchor, text: inline },
      { start: end, end: node.end, text: tail },
    ];
  }
  const end = lineEnd(text, node.end);
  return [
    { start: anchor, end: node.end, text: inline },
    { start: end, end, text: tail },
  ];
}

function keyLength(page: Page, key: string): number {
  return keyText(key, page.habits, false).length;
}

/** Behind the colon of a member or the dash of an item. */
function anchorOf(text: string, holder: NonNullable<Holder>): number {
  if (holder.in.kind === 'sequence') return (holder.in.items[holder.index]?.dash ?? 0) + 1;
  const member = holder.in.members[holder.index];
  return member === undefined ? 0 : text.indexOf(':', member.end) + 1;
}
