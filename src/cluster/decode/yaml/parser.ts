import { Scanner } from './scanner.ts';
import type { Mark, Token } from './tokens.ts';
import { YamlSyntaxError, parserError } from './tokens.ts';

/** One node as it stands in the text: scalars not yet resolved, aliases not yet followed. */
export type YamlNode =
  | { readonly kind: 'scalar'; readonly mark: Mark; readonly value: string; readonly tag: string; readonly implicit: boolean }
  | { readonly kind: 'sequence'; readonly mark: Mark; readonly items: YamlNode[] }
  | { readonly kind: 'mapping'; readonly mark: Mark; readonly pairs: [YamlNode, YamlNode][] }
  | { readonly kind: 'alias'; readonly mark: Mark; readonly name: string; readonly target: YamlNode };

const coreTagPrefix = 'tag:yaml.org,2002:';

interface Properties {
  readonly mark: Mark;
  readonly anchor: string | undefined;
  readonly tag: string;
}

/**
 * Parses the first document of a text, as go-yaml v2 does: the same faults with the same words, in the same order.
 *
 * Returns `undefined` where the text holds no document. Throws YamlSyntaxError. What follows the first document is not read.
 */
export function parseFirstDocument(text: string): YamlNode | undefined {
  return new Parser(text).document();
}

class Parser {
  readonly #scanner: Scanner;
  readonly #anchors = new Map<string, YamlNode>();
  readonly #tags = new Map<string, string>();

  constructor(text: string) {
    this.#scanner = new Scanner(text);
  }

  document(): YamlNode | undefined {
    const scanner = this.#scanner;
    scanner.take();
    let token = scanner.peek();
    const explicit = token.kind === 'version-directive' || token.kind === 'tag-directive' || token.kind === 'document-start';
    if (!explicit && token.kind === 'stream-end') return undefined;
    this.#directives();
    token = scanner.peek();
    if (!explicit) return this.#endDocument(this.#node(true, false));
    if (token.kind !== 'document-start') throw parserError('did not find expected <document start>', token.start);
    scanner.take();
    const next = scanner.peek();
    const empty = ['version-directive', 'tag-directive', 'document-start', 'document-end', 'stream-end'].includes(next.kind);
    return this.#endDocument(empty ? emptyScalar(next.start) : this.#node(true, false));
  }

  #endDocument(node: YamlNode): YamlNode {
    this.#scanner.peek();
    return node;
  }

  #directives(): void {
    let version = false;
    for (
      let token = this.#scanner.peek();
      token.kind === 'version-directive' || token.kind === 'tag-directive';
      token = this.#scanner.peek()
    ) {
      if (token.kind === 'version-directive') {
        if (version) throw parserError('found duplicate %YAML directive', token.start);
        if (token.value !== '1.1') throw parserError('found incompatible YAML document', token.start);
        version = true;
      } else {
        const handle = token.value ?? '';
        if (this.#tags.has(handle)) throw parserError('found duplicate %TAG directive', token.start);
        this.#tags.set(handle, token.suffix ?? '');
      }
      this.#scanner.take();
    }
    if (!this.#tags.has('!')) this.#tags.set('!', '!');
    if (!this.#tags.has('!!')) this.#tags.set('!!', coreTagPrefix);
  }

  #properties(): Properties {
    const scanner = this.#scanner;
    const first = scanner.peek();
    let anchor: string | undefined;
    let tagToken: Token | undefined;
    if (first.kind === 'anchor') {
      anchor = scanner.take().value;
      if (scanner.peek().kind === 'tag') tagToken = scanner.take();
    } else if (first.kind === 'tag') {
      tagToken = scanner.take();
      if (scanner.peek().kind === 'anchor') anchor = scanner.take().value;
    }
    scanner.peek();
    return { mark: first.start, anchor, tag: tagToken === undefined ? '' : this.#resolveTag(tagToken, first.start) };
  }

  #resolveTag(token: Token, start: Mark): string {
    const handle = token.value ?? '';
    const suffix = token.suffix ?? '';
    if (handle === '') return suffix;
    const prefix = this.#tags.get(handle);
    if (prefix === undefined) throw parserError('found undefined tag handle', token.start, start);
    return prefix + suffix;
  }

  #register<Node extends YamlNode>(anchor: string | undefined, node: Node): Node {
    if (anchor !== undefined) this.#anchors.set(anchor, node);
    return node;
  }

  #node(block: boolean, indentlessSequence: boolean): YamlNode {
    const scanner = this.#scanner;
    if (scanner.peek().kind === 'alias') return this.#alias();
    const { mark, anchor, tag } = this.#properties();
    const token = scanner.peek();
    if (indentlessSequence && token.kind === 'block-entry') return this.#indentlessSequence(mark, anchor);
    if (token.kind === 'scalar') {
      scanner.take();
      const implicit = (tag === '' && token.plain === true) || tag === '!';
      return this.#register(anchor, { kind: 'scalar', mark, value: token.value ?? '', tag, implicit });
    }
    if (token.kind === 'flow-sequence-start') return this.#flowSequence(mark, anchor);
    if (token.kind === 'flow-mapping-start') return this.#flowMapping(mark, anchor);
    if (block && token.kind === 'block-sequence-start') return this.#blockSequence(mark, anchor);
    if (block && token.kind === 'block-mapping-start') return this.#blockMapping(mark, anchor);
    if (anchor !== undefined || tag !== '')
      return this.#register(anchor, { kind: 'scalar', mark, value: '', tag, implicit: tag === '' });
    throw parserError('did not find expected node content', token.start, mark);
  }

  #alias(): YamlNode {
    const token = this.#scanner.peek();
    const name = token.value ?? '';
    const target = this.#anchors.get(name);
    if (target === undefined) throw new YamlSyntaxError(`yaml: unknown anchor '${name}' referenced`, token.start);
    this.#scanner.take();
    return { kind: 'alias', mark: token.start, name, target };
  }

  #blockSequence(mark: Mark, anchor: string | undefined): YamlNode {
    const node = this.#register(anchor, { kind: 'sequence' as const, mark, items: [] as YamlNode[] });
    const context = this.#scanner.take().start;
    for (;;) {
      const token = this.#scanner.peek();
      if (token.kind === 'block-end') break;
      if (token.kind !== 'block-entry') throw parserError("did not find expected '-' indicator", token.start, context);
      this.#scanner.take();
      const next = this.#scanner.peek().kind;
      node.items.push(next === 'block-entry' || next === 'block-end' ? emptyScalar(token.end) : this.#node(true, false));
    }
    this.#scanner.take();
    return node;
  }

  #indentlessSequence(mark: Mark, anchor: string | undefined): YamlNode {
    const node = this.#register(anchor, { kind: 'sequence' as const, mark, items: [] as YamlNode[] });
    for (let token = this.#scanner.peek(); token.kind === 'block-entry'; token = this.#scanner.peek()) {
      this.#scanner.take();
      const next = this.#scanner.peek().kind;
      const empty = next === 'block-entry' || next === 'key' || next === 'value' || next === 'block-end';
      node.items.push(empty ? emptyScalar(token.end) : this.#node(true, false));
    }
    return node;
  }

  #blockMapping(mark: Mark, anchor: string | undefined): YamlNode {
    const node = this.#register(anchor, { kind: 'mapping' as const, mark, pairs: [] as [YamlNode, YamlNode][] });
    const context = this.#scanner.take().start;
    for (;;) {
      const token = this.#scanner.peek();
      if (token.kind === 'block-end') break;
      if (token.kind !== 'key') throw parserError('did not find expected key', token.start, context);
      this.#scanner.take();
      const key = this.#isMappingIndicator() ? emptyScalar(token.end) : this.#node(true, true);
      node.pairs.push([key, this.#blockMappingValue()]);
    }
    this.#scanner.take();
    return node;
  }

  #isMappingIndicator(): boolean {
    const { kind } = this.#scanner.peek();
    return kind === 'key' || kind === 'value' || kind === 'block-end';
  }

  #blockMappingValue(): YamlNode {
    const token = this.#scanner.peek();
    if (token.kind !== 'value') return emptyScalar(token.start);
    this.#scanner.take();
    return this.#isMappingIndicator() ? emptyScalar(token.end) : this.#node(true, true);
  }

  /** Takes the comma between two entries of a flow collection; `closing` ends it. */
  #flowSeparator(first: boolean, closing: Token['kind'], problem: string, context: Mark): void {
    const token = this.#scanner.peek();
    if (first || token.kind === closing) return;
    if (token.kind !== 'flow-entry') throw parserError(problem, token.start, context);
    this.#scanner.take();
  }

  #flowSequence(mark: Mark, anchor: string | undefined): YamlNode {
    const node = this.#register(anchor, { kind: 'sequence' as const, mark, items: [] as YamlNode[] });
    const context = this.#scanner.take().start;
    for (let first = true; ; first = false) {
      this.#flowSeparator(first, 'flow-sequence-end', "did not find expected ',' or ']'", context);
      const token = this.#scanner.peek();
      if (token.kind === 'flow-sequence-end') break;
      node.items.push(token.kind === 'key' ? this.#singlePair() : this.#node(false, false));
    }
    this.#scanner.take();
    return node;
  }

  /** A mapping of one pair inside a flow sequence: `[a: b]`. */
  #singlePair(): YamlNode {
    const { start } = this.#scanner.take();
    const ends = (kind: Token['kind']): boolean => kind === 'flow-entry' || kind === 'flow-sequence-end';
    let token = this.#scanner.peek();
    let key: YamlNode;
    if (token.kind === 'value' || ends(token.kind)) {
      this.#scanner.take();
      key = emptyScalar(token.end);
    } else {
      key = this.#node(false, false);
    }
    token = this.#scanner.peek();
    let value: YamlNode | undefined;
    if (token.kind === 'value') {
      this.#scanner.take();
      if (!ends(this.#scanner.peek().kind)) value = this.#node(false, false);
    }
    this.#scanner.peek();
    return { kind: 'mapping', mark: start, pairs: [[key, value ?? emptyScalar(token.start)]] };
  }

  #flowMapping(mark: Mark, anchor: string | undefined): YamlNode {
    const node = this.#register(anchor, { kind: 'mapping' as const, mark, pairs: [] as [YamlNode, YamlNode][] });
    const context = this.#scanner.take().start;
    const ends = (kind: Token['kind']): boolean => kind === 'flow-entry' || kind === 'flow-mapping-end';
    for (let first = true; ; first = false) {
      this.#flowSeparator(first, 'flow-mapping-end', "did not find expected ',' or '}'", context);
      const token = this.#scanner.peek();
      if (token.kind === 'flow-mapping-end') break;
      if (token.kind !== 'key') {
        const key = this.#node(false, false);
        node.pairs.push([key, emptyScalar(this.#scanner.peek().start)]);
        continue;
      }
      this.#scanner.take();
      const next = this.#scanner.peek();
      const key = next.kind === 'value' || ends(next.kind) ? emptyScalar(next.start) : this.#node(false, false);
      node.pairs.push([key, this.#flowMappingValue(ends)]);
    }
    this.#scanner.take();
    return node;
  }

  #flowMappingValue(ends: (kind: Token['kind']) => boolean): YamlNode {
    let token = this.#scanner.peek();
    if (token.kind === 'value') {
      this.#scanner.take();
      token = this.#scanner.peek();
      if (!ends(token.kind)) return this.#node(false, false);
    }
    return emptyScalar(token.start);
  }
}

function emptyScalar(mark: Mark): YamlNode {
  return { kind: 'scalar', mark, value: '', tag: '', implicit: true };
}
