import type { FieldPath, Json, JsonObject } from '../json.ts';

interface At {
  /** Where the value begins; from 1. */
  readonly line: number;
  readonly column: number;
  /** The JSON text of the value, where it stood in a JSON file. */
  readonly jsonText?: string;
}

export interface Member {
  readonly key: string;
  /** Where the key stands. */
  readonly line: number;
  readonly column: number;
  readonly value: Node;
}

/** A JSON value with its place, as Go's JSON decoder is given it: numbers as text, members as a list (a JSON text may repeat one). */
export type Node =
  | (At & { readonly kind: 'null' })
  | (At & { readonly kind: 'bool'; readonly value: boolean })
  | (At & { readonly kind: 'number'; readonly text: string })
  | (At & { readonly kind: 'string'; readonly value: string })
  | (At & { readonly kind: 'array'; readonly items: readonly Node[] })
  | (At & { readonly kind: 'object'; readonly members: readonly Member[] });

/** The plain value of a node; of members that are given twice the last counts. */
export function plainValue(node: Node): Json {
  switch (node.kind) {
    case 'null':
      return null;
    case 'bool':
    case 'string':
      return node.value;
    case 'number':
      return Number(node.text);
    case 'array':
      return node.items.map((item) => plainValue(item));
    default: {
      const result: Record<string, Json> = {};
      for (const { key, value } of node.members) setMember(result, key, plainValue(value));
      return result as JsonObject;
    }
  }
}

/** Sets a member also where its name is `__proto__`. */
export function setMember<Value>(target: Record<string, Value>, key: string, value: Value): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}

/** The position table of a node's plain value (see positions.ts for its order). */
export function positionTable(node: Node): Int32Array {
  const numbers: number[] = [];
  const visit = (here: Node, line: number, column: number): void => {
    numbers.push(line, column);
    if (here.kind === 'array') for (const item of here.items) visit(item, item.line, item.column);
    if (here.kind !== 'object') return;
    const last: Record<string, Member> = {};
    for (const member of here.members) setMember(last, member.key, member);
    for (const member of Object.values(last)) visit(member.value, member.line, member.column);
  };
  visit(node, node.line, node.column);
  return Int32Array.from(numbers);
}

/** Walks to a value inside a node; `undefined` where a step does not exist. */
export function nodeAt(node: Node, path: FieldPath): Node | undefined {
  let here: Node | undefined = node;
  for (const step of path) {
    if (here?.kind === 'array' && typeof step === 'number') here = here.items[step];
    else if (here?.kind === 'object') here = here.members.findLast(({ key }) => key === step)?.value;
    else return undefined;
  }
  return here;
}

/** The bytes that a raw field holds: the text of the JSON file, or for YAML what Go's json.Marshal makes of the value, with sorted members. */
export function rawJson(node: Node): string {
  if (node.jsonText !== undefined) return node.jsonText;
  switch (node.kind) {
    case 'null':
      return 'null';
    case 'bool':
      return String(node.value);
    case 'number':
      return node.text;
    case 'string':
      return goJsonString(node.value);
    case 'array':
      return `[${node.items.map((item) => rawJson(item)).join(',')}]`;
    default: {
      const last = new Map(node.members.map((member) => [member.key, member]));
      const members = [...last.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
      return `{${members.map(({ key, value }) => `${goJsonString(key)}:${rawJson(value)}`).join(',')}}`;
    }
  }
}

/** Go's json.Marshal of a string: `<`, `>`, `&` and the line separators are escaped. */
export function goJsonString(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
