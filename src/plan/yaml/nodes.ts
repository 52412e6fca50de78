import type { Event, MappingEvent, ScalarEvent, SequenceEvent } from 'js-yaml';
import { COLLECTION_STYLE, EVENT_ID, getScalarValue, parseEvents, SCALAR_STYLE } from 'js-yaml';
import { keyOfPlain } from '../../cluster/yaml/scalar.ts';

/** How a scalar is written. */
export type ScalarStyle = 'plain' | 'single-quoted' | 'double-quoted' | 'block';

/** Offsets are UTF-16 units; `end` is exclusive and never holds the line's end. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** A value as it stands in the text. */
export type YamlNode =
  /** With its quotes; a block scalar from its `|` to the end of its last line. */
  | ({ readonly kind: 'scalar'; readonly style: ScalarStyle } & Range)
  /** Nothing after the colon or dash: `start` is where a value would begin. */
  | ({ readonly kind: 'empty' } & Range)
  | ({ readonly kind: 'alias' } & Range)
  | MappingNode
  | SequenceNode;

/** One member of a mapping: the range is that of its key, quotes included. */
export interface Member extends Range {
  readonly key: string;
  readonly quoted: boolean;
  readonly value: YamlNode;
}

export interface MappingNode extends Range {
  readonly kind: 'mapping';
  readonly flow: boolean;
  readonly members: readonly Member[];
}

/** One item of a list; `dash` is the offset of its `-` (block style; of its own start in flow style). */
export interface Item {
  readonly dash: number;
  readonly value: YamlNode;
}

export interface SequenceNode extends Range {
  readonly kind: 'sequence';
  readonly flow: boolean;
  readonly items: readonly Item[];
}

const maxDepth = 400;

/**
 * Reads the documents of a YAML text as ranges of its characters, for edits that keep everything else.
 *
 * Returns one node a document (`undefined` for a document that holds nothing), or `undefined` for a text that does not parse. Total.
 */
export function yamlNodes(text: string): readonly (YamlNode | undefined)[] | undefined {
  try {
    return new NodeReader(text, parseEvents(text, { maxDepth })).documents();
  } catch {
    return undefined;
  }
}

class NodeReader {
  readonly #text: string;
  readonly #events: readonly Event[];
  #next = 0;
  /** End of what was read last: the next node begins behind it. */
  #at = 0;

  constructor(text: string, events: readonly Event[]) {
    this.#text = text;
    this.#events = events;
  }

  documents(): (YamlNode | undefined)[] {
    const documents: (YamlNode | undefined)[] = [];
    while (this.#next < this.#events.length) {
      const event = this.#events[this.#next++];
      if (event?.type !== EVENT_ID.DOCUMENT) continue;
      const content = this.#events[this.#next];
      documents.push(content === undefined || content.type === EVENT_ID.POP ? undefined : this.#node());
    }
    return documents;
  }

  #node(): YamlNode {
    const event = this.#events[this.#next++];
    if (event === undefined || event.type === EVENT_ID.DOCUMENT || event.type === EVENT_ID.POP)
      return { kind: 'empty', start: this.#at, end: this.#at };
    const node =
      event.type === EVENT_ID.ALIAS
        ? ({ kind: 'alias', start: event.anchorStart - 1, end: event.anchorEnd } as const)
        : event.type === EVENT_ID.SCALAR
          ? this.#scalar(event)
          : event.type === EVENT_ID.SEQUENCE
            ? this.#sequence(event)
            : this.#mapping(event);
    this.#at = Math.max(this.#at, node.end);
    return node;
  }

  #scalar(event: ScalarEvent): YamlNode {
    if (event.valueStart < 0) {
      const end = Math.max(event.anchorEnd, event.tagEnd);
      const at = end < 0 ? this.#at : end;
      return { kind: 'empty', start: at, end: at };
    }
    if (event.style === SCALAR_STYLE.PLAIN)
      return { kind: 'scalar', style: 'plain', start: event.valueStart, end: event.valueEnd };
    if (event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED) {
      const style = event.style === SCALAR_STYLE.SINGLE_QUOTED ? 'single-quoted' : 'double-quoted';
      return { kind: 'scalar', style, start: event.valueStart - 1, end: event.valueEnd + 1 };
    }
    const header = headerStart(this.#text, event.valueStart);
    const end = event.valueStart + this.#text.slice(event.valueStart, event.valueEnd).trimEnd().length;
    return { kind: 'scalar', style: 'block', start: header, end: Math.max(end, header + 1) };
  }

  #sequence(event: SequenceEvent): SequenceNode {
    const flow = event.style === COLLECTION_STYLE.FLOW;
    const items: Item[] = [];
    let dash = event.start;
    this.#at = event.start + 1;
    while (!this.#closed()) {
      if (!flow && items.length > 0) dash = this.#dashAfter(this.#at, column(this.#text, event.start));
      if (!flow) this.#at = dash + 1;
      const value = this.#node();
      items.push({ dash: flow ? value.start : dash, value });
    }
    this.#next++;
    const end = flow ? this.#closing(']') : this.#at;
    return { kind: 'sequence', flow, start: event.start, end, items };
  }

  #mapping(event: MappingEvent): MappingNode {
    const flow = event.style === COLLECTION_STYLE.FLOW;
    const members: Member[] = [];
    this.#at = flow ? event.start + 1 : event.start;
    while (!this.#closed()) {
      const keyEvent = this.#events[this.#next];
      const key = this.#node();
      const colon = this.#text.indexOf(':', key.end);
      const bare = flow && !/^[\s]*:/.test(this.#text.slice(key.end));
      if (!bare && colon >= 0) this.#at = Math.max(this.#at, colon + 1);
      const value = this.#node();
      const name = keyEvent?.type === EVENT_ID.SCALAR ? getScalarValue(this.#text, keyEvent) : '';
      const quoted = key.kind === 'scalar' && key.style !== 'plain';
      const member = quoted ? name : (keyOfPlain(name) ?? name);
      members.push({ key: member, quoted, start: key.start, end: key.end, value });
    }
    this.#next++;
    const end = flow ? this.#closing('}') : this.#at;
    return { kind: 'mapping', flow, start: event.start, end, members };
  }

  #closed(): boolean {
    const event = this.#events[this.#next];
    return event === undefined || event.type === EVENT_ID.POP;
  }

  /** The offset of the next item's dash: the first line below that begins with one in the list's column. */
  #dashAfter(from: number, wanted: number): number {
    for (let line = nextLine(this.#text, from); line < this.#text.length; line = nextLine(this.#text, line)) {
      const at = line + wanted;
      if (this.#text[at] === '-' && this.#text.slice(line, at).trim() === '') return at;
    }
    return from;
  }

  #closing(sign: string): number {
    let at = this.#at;
    while (at < this.#text.length && this.#text[at] !== sign) at = this.#text[at] === '#' ? nextLine(this.#text, at) : at + 1;
    return Math.min(at + 1, this.#text.length);
  }
}

function headerStart(text: string, valueStart: number): number {
  const lineEnd = text[valueStart - 1] === '\n' ? valueStart - 1 : valueStart;
  const lineStart = text.lastIndexOf('\n', lineEnd - 1) + 1;
  const header = /[|>][-+0-9]{0,2}[ \t]*(?:[ \t]#.*)?\r?$/.exec(text.slice(lineStart, lineEnd));
  return header === null ? valueStart : lineStart + header.index;
}

/** The offset behind the line's end; the text's length where it is the last line. */
export function nextLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end + 1;
}

/** The offset at which the line of `at` begins. */
export function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

/** The column of an offset, counted from 0. */
export function column(text: string, at: number): number {
  return at - lineStart(text, at);
}
