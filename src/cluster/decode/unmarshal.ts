import type { Json } from '../json.ts';
import { goQuote } from '../go-quote.ts';
import { parseDuration } from './duration.ts';
import type { Fault } from './fault.ts';
import type { Member, Node } from './node.ts';
import { plainValue, setMember } from './node.ts';
import type { GoType, StructType } from './schema.ts';
import { typeName } from './schema.ts';

/**
 * A decoded value, with Go's zero values filled in: `''`, `false`, `0`, `[]`, `{}`; `null` for a pointer that is not set.
 * Durations are nanoseconds as a bigint.
 */
export type GoValue = null | boolean | number | bigint | string | readonly GoValue[] | GoObject;
export interface GoObject {
  readonly [field: string]: GoValue;
}

export interface Unmarshalled {
  readonly value: GoObject;
  /** Unknown and (in a JSON text) repeated fields; the first hundred. */
  readonly strict: readonly Fault[];
}

/** Stops decoding: the error of a type's own decoder. */
class Fatal extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.message);
    this.fault = fault;
  }
}

const mostStrictErrors = 100;

/**
 * Decodes into a struct as sigs.k8s.io/json does: names match by case, wrong types are remembered (the first one counts) and
 * decoding goes on, unknown and repeated fields are listed. `sortMembers`: members are read in the order of their names, as
 * after the detour from YAML through a Go map.
 */
export function unmarshal(node: Node, type: StructType, sortMembers: boolean): Unmarshalled | Fault {
  const decoder = new Decoder(sortMembers);
  try {
    const value = decoder.decode(node, type);
    return decoder.saved ?? { value: value as GoObject, strict: decoder.strict };
  } catch (error) {
    if (error instanceof Fatal) return error.fault;
    throw error;
  }
}

/** Go's zero value of a type. */
function zeroValue(type: GoType): GoValue {
  switch (type.kind) {
    case 'string':
    case 'time':
      return '';
    case 'bool':
      return false;
    case 'int':
      return 0;
    case 'duration':
      return 0n;
    case 'slice':
      return [];
    case 'map':
      return {};
    case 'struct':
      return Object.fromEntries(Object.entries(type.fields).map(([name, field]) => [name, zeroValue(field)]));
    default:
      return null;
  }
}

class Decoder {
  saved: Fault | undefined;
  readonly strict: Fault[] = [];
  readonly #seen = new Set<string>();
  readonly #sortMembers: boolean;
  #struct: string | undefined;
  readonly #fields: string[] = [];
  #path = '';

  constructor(sortMembers: boolean) {
    this.#sortMembers = sortMembers;
  }

  decode(node: Node, type: GoType): GoValue {
    if (type.kind === 'raw') return plainValue(node) as Exclude<Json, undefined> as GoValue;
    if (type.kind === 'duration') return this.#duration(node);
    if (type.kind === 'time') return this.#time(node);
    if (node.kind === 'null') return zeroValue(type);
    switch (type.kind) {
      case 'pointer':
        return this.decode(node, type.to);
      case 'string':
        return node.kind === 'string' ? node.value : this.#mismatch(node, type);
      case 'bool':
        return node.kind === 'bool' ? node.value : this.#mismatch(node, type);
      case 'int':
        return this.#int(node, type);
      case 'slice':
        return node.kind === 'array' ? this.#slice(node.items, type.of) : this.#mismatch(node, type);
      case 'map':
        return node.kind === 'object' ? this.#map(this.#ordered(node.members), type.of) : this.#mismatch(node, type);
      default:
        return node.kind === 'object' ? this.#decodeStruct(this.#ordered(node.members), type) : this.#mismatch(node, type);
    }
  }

  #ordered(members: readonly Member[]): readonly Member[] {
    return this.#sortMembers ? members.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)) : members;
  }

  #typeMessage(value: string, type: string): string {
    const target =
      this.#struct === undefined && this.#fields.length === 0
        ? `value of type ${type}`
        : `struct field ${this.#struct ?? ''}.${this.#fields.join('.')} of type ${type}`;
    return `json: cannot unmarshal ${value} into Go ${target}`;
  }

  #mismatch(node: Node, type: GoType, value: string = node.kind): GoValue {
    this.saved ??= { message: this.#typeMessage(value, typeName(type)), line: node.line, column: node.column };
    return zeroValue(type);
  }

  #fatal(node: Node, message: string): never {
    throw new Fatal({ message, line: node.line, column: node.column });
  }

  #int(node: Node, type: GoType & { kind: 'int' }): GoValue {
    if (node.kind !== 'number') return this.#mismatch(node, type);
    const value = /^-?\d+$/.test(node.text) ? BigInt(node.text) : undefined;
    const limit = 2n ** BigInt(type.bits - 1);
    if (value === undefined || value >= limit || value < -limit) return this.#mismatch(node, type, `number ${node.text}`);
    return Number(value);
  }

  #duration(node: Node): GoValue {
    if (node.kind !== 'null' && node.kind !== 'string') return this.#fatal(node, this.#typeMessage(node.kind, 'string'));
    const parsed = parseDuration(node.kind === 'string' ? node.value : '');
    return typeof parsed === 'bigint' ? parsed : this.#fatal(node, parsed.error);
  }

  #time(node: Node): GoValue {
    if (node.kind === 'null') return '';
    if (node.kind !== 'string') return this.#fatal(node, this.#typeMessage(node.kind, 'string'));
    const text = node.value;
    if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)$/.test(text)) return text;
    return this.#fatal(
      node,
      `parsing time ${goQuote(text)} as "2006-01-02T15:04:05Z07:00": cannot parse ${goQuote(text)} as "2006"`,
    );
  }

  #slice(items: readonly Node[], of: GoType): GoValue {
    const path = this.#path;
    const result = items.map((item, index) => {
      this.#path = `${path}[${index}]`;
      return this.decode(item, of);
    });
    this.#path = path;
    return result;
  }

  #strictError(problem: string, path: string, key: string, member: Member): void {
    const message = `${problem} field ${goQuote(path === '' ? key : `${path}.${key}`)}`;
    if (this.strict.length >= mostStrictErrors || this.#seen.has(message)) return;
    this.#seen.add(message);
    this.strict.push({ message, line: member.line, column: member.column });
  }

  #map(members: readonly Member[], of: GoType): GoValue {
    const path = this.#path;
    const result: Record<string, GoValue> = {};
    for (const member of members) {
      if (Object.hasOwn(result, member.key)) this.#strictError('duplicate', path, member.key, member);
      this.#path = path === '' ? member.key : `${path}.${member.key}`;
      setMember(result, member.key, this.decode(member.value, of));
    }
    this.#path = path;
    return result;
  }

  #decodeStruct(members: readonly Member[], type: StructType): GoValue {
    const path = this.#path;
    const outer = this.#struct;
    const result: Record<string, GoValue> = { ...(zeroValue(type) as GoObject) };
    const given = new Set<string>();
    for (const member of members) {
      const field = Object.hasOwn(type.fields, member.key) ? type.fields[member.key] : undefined;
      if (field === undefined) {
        this.#strictError('unknown', path, member.key, member);
        continue;
      }
      if (given.has(member.key)) this.#strictError('duplicate', path, member.key, member);
      given.add(member.key);
      this.#struct = type.name.slice(type.name.indexOf('.') + 1);
      this.#fields.push(member.key);
      this.#path = path === '' ? member.key : `${path}.${member.key}`;
      result[member.key] = this.decode(member.value, field);
      this.#fields.pop();
      this.#struct = outer;
    }
    this.#path = path;
    return result;
  }
}
