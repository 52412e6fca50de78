import { goQuote } from '../../go-quote.ts';
import type { Member, Node } from '../node.ts';
import type { YamlNode } from './parser.ts';
import { resolveScalar } from './resolve.ts';
import type { Scalar } from './resolve.ts';
import { YamlSyntaxError } from './tokens.ts';

/** What a document says, and which keys it repeats. */
export interface YamlValues {
  readonly node: Node;
  /** `line 6: key "secret" already set in map`, one for each repeated key: what strict decoding adds. */
  readonly duplicates: readonly { readonly message: string; readonly line: number; readonly column: number }[];
}

/** Nodes through aliases may be at most this share of all nodes: 99 % in small documents, 10 % in those of 4,000,000 nodes. */
function allowedAliasShare(nodes: number): number {
  const low = 400_000;
  const high = 4_000_000;
  if (nodes <= low) return 0.99;
  return nodes >= high ? 0.1 : 0.99 - 0.89 * ((nodes - low) / (high - low));
}

interface Key {
  /** Two keys with the same identity are the same key: `1` and `"1"` are two. */
  readonly identity: string;
  readonly text: string;
}

/**
 * Resolves scalars, follows aliases and merges (`<<`), and gives each key its JSON name, as go-yaml v2 and sigs.k8s.io/yaml do.
 *
 * Throws YamlSyntaxError with the library's words: a mapping as a key, an alias inside its own anchor, an impossible tag.
 */
export function resolveDocument(root: YamlNode): YamlValues {
  const resolver = new Resolver();
  const node = resolver.resolve(root);
  return { node, duplicates: resolver.duplicates };
}

class Resolver {
  readonly duplicates: { message: string; line: number; column: number }[] = [];
  readonly #open = new Set<YamlNode>();
  #nodes = 0;
  #aliased = 0;
  #depth = 0;

  resolve(node: YamlNode): Node {
    this.#nodes++;
    if (this.#depth > 0) this.#aliased++;
    if (this.#aliased > 100 && this.#nodes > 1000 && this.#aliased / this.#nodes > allowedAliasShare(this.#nodes)) {
      throw new YamlSyntaxError('yaml: document contains excessive aliasing', node.mark);
    }
    const at = { line: node.mark.line + 1, column: node.mark.column + 1 };
    switch (node.kind) {
      case 'alias':
        return this.#through(node, () => this.resolve(node.target));
      case 'scalar':
        return scalarNode(resolveScalar(node), at);
      case 'sequence':
        return { kind: 'array', ...at, items: node.items.map((item) => this.resolve(item)) };
      default: {
        const members = new Map<string, Member>();
        this.#fill(node, members);
        return { kind: 'object', ...at, members: [...members.values()] };
      }
    }
  }

  #through<Result>(alias: YamlNode & { kind: 'alias' }, follow: () => Result): Result {
    if (this.#open.has(alias)) throw new YamlSyntaxError(`yaml: anchor '${alias.name}' value contains itself`, alias.mark);
    this.#open.add(alias);
    this.#depth++;
    const result = follow();
    this.#depth--;
    this.#open.delete(alias);
    return result;
  }

  #fill(node: YamlNode & { kind: 'mapping' }, members: Map<string, Member>): void {
    for (const [keyNode, valueNode] of node.pairs) {
      if (isMerge(keyNode)) {
        this.#merge(valueNode, members);
        continue;
      }
      const key = this.#key(keyNode, valueNode);
      const value = this.resolve(valueNode);
      const member = { key: key.text, line: keyNode.mark.line + 1, column: keyNode.mark.column + 1, value };
      if (members.has(key.identity)) {
        const line = valueNode.mark.line + 1;
        this.duplicates.push({
          message: `line ${line}: key ${key.identity} already set in map`,
          line: member.line,
          column: member.column,
        });
      }
      members.set(key.identity, member);
    }
  }

  #merge(value: YamlNode, members: Map<string, Member>): void {
    const fail = (): never => {
      throw new YamlSyntaxError('yaml: map merge requires map or sequence of maps as the value', value.mark);
    };
    const one = (node: YamlNode): void => {
      if (node.kind === 'mapping') this.#fill(node, members);
      else if (node.kind === 'alias')
        this.#through(node, () => (node.target.kind === 'mapping' ? this.#fill(node.target, members) : fail()));
      else fail();
    };
    // Earlier maps of a list take precedence, so the list is merged from its end.
    if (value.kind === 'sequence') for (const item of value.items.toReversed()) one(item);
    else one(value);
  }

  #key(node: YamlNode, value: YamlNode): Key {
    const target = node.kind === 'alias' ? node.target : node;
    this.resolve(node);
    if (target.kind !== 'scalar') throw new YamlSyntaxError(`yaml: invalid map key: ${goSyntax(target)}`, node.mark);
    const scalar = resolveScalar(target);
    switch (scalar.kind) {
      case 'string':
        return { identity: goQuote(scalar.value), text: scalar.value };
      case 'bool':
        return { identity: String(scalar.value), text: String(scalar.value) };
      case 'int':
        if (scalar.value > 9_223_372_036_854_775_807n)
          throw unsupportedKey('uint64', `0x${scalar.value.toString(16)}`, node, value);
        return { identity: String(scalar.value), text: String(scalar.value) };
      case 'float':
        return { identity: goFloat(scalar.value), text: floatKey(scalar.value) };
      default:
        throw unsupportedKey('%!s(<nil>)', '<nil>', node, value);
    }
  }
}

/** A key that JSON cannot hold: sigs.k8s.io/yaml refuses it, without the prefix of go-yaml. */
function unsupportedKey(type: string, key: string, node: YamlNode, value: YamlNode): YamlSyntaxError {
  const printed = goSyntax(value) === goNil ? '<nil>' : goSyntax(value);
  return new YamlSyntaxError(`unsupported map key of type: ${type}, key: ${key}, value: ${printed}`, node.mark);
}

/** How Go's `%#v` prints nil inside a list or a map. */
const goNil = 'interface {}(nil)';

function isMerge(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.value === '<<' && (node.implicit || node.tag === 'tag:yaml.org,2002:merge');
}

function floatKey(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
  return goFloat(Math.fround(value) === value ? value : Number(Math.fround(value).toPrecision(8)));
}

/** Go's `%#v` and shortest `g` form of a float64. */
function goFloat(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  return String(value).replace(/e([+-])(\d)$/, 'e$10$2');
}

/** Go's `%#v` of what a node decodes to; mappings with their keys sorted, as fmt prints them. */
function goSyntax(node: YamlNode): string {
  if (node.kind === 'alias') return goSyntax(node.target);
  if (node.kind === 'sequence') return `[]interface {}{${node.items.map((item) => goSyntax(item)).join(', ')}}`;
  if (node.kind === 'mapping') {
    const pairs = node.pairs.map(([key, value]) => `${goSyntax(key)}:${goSyntax(value)}`);
    return `map[interface {}]interface {}{${pairs.toSorted((a, b) => (a < b ? -1 : 1)).join(', ')}}`;
  }
  const scalar = resolveScalar(node);
  if (scalar.kind === 'null') return goNil;
  if (scalar.kind === 'string') return goQuote(scalar.value);
  return scalar.kind === 'float' ? goFloat(scalar.value) : String(scalar.value);
}

function scalarNode(scalar: Scalar, at: { line: number; column: number }): Node {
  switch (scalar.kind) {
    case 'null':
      return { kind: 'null', ...at };
    case 'bool':
      return { kind: 'bool', ...at, value: scalar.value };
    case 'string':
      return { kind: 'string', ...at, value: scalar.value };
    case 'int':
      return { kind: 'number', ...at, text: String(scalar.value) };
    default:
      if (!Number.isFinite(scalar.value))
        throw new YamlSyntaxError(`json: unsupported value: ${goFloat(scalar.value)}`, {
          index: 0,
          line: at.line - 1,
          column: at.column - 1,
        });
      return { kind: 'number', ...at, text: String(scalar.value) };
  }
}
