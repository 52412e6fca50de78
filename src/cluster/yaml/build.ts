import type { AliasEvent, Event, MappingEvent, ScalarEvent, SequenceEvent } from 'js-yaml';
import { EVENT_ID, getScalarValue, SCALAR_STYLE } from 'js-yaml';
import type { Json } from '../json.ts';
import type { Position } from '../place.ts';
import type { YamlProblem } from './problem.ts';
import { DocumentRefused } from './problem.ts';
import type { Interner } from './interner.ts';
import type { PositionTable } from './position-table.ts';
import { hasMember, MappingOrder, setMember } from './position-table.ts';
import { keyOfPlain, mayBeMoreThanString, resolvePlain, resolveTagged } from './scalar.ts';
import type { TextPositions } from './text-positions.ts';

/** A value that was built, with the positions of all its nodes; `empty` where the document holds nothing but comments. */
export interface Built {
  readonly value: Json;
  readonly positions: Int32Array;
  readonly empty: boolean;
}

interface Anchor {
  readonly value: Json;
  readonly cells: Int32Array;
  /** Decoding steps that one more use of it costs. */
  readonly steps: number;
}

type AnchoredEvent = ScalarEvent | MappingEvent | SequenceEvent;

/** What the readers of one text share: the table they write to, its words, and where problems go. */
export interface BuilderTools {
  readonly table: PositionTable;
  readonly interner: Interner;
  readonly problems: YamlProblem[];
}

/**
 * Builds plain values from js-yaml's events as sigs.k8s.io/yaml would: Go's scalar rules, keys as strings, merges in the order of
 * the text, the last of a repeated key, and Go's budget for aliases.
 *
 * Source: go.yaml.in/yaml/v2 decode.go (v2.4.4), sigs.k8s.io/yaml v1.6.0 yaml.go; read 2026-11-26.
 */
export class EventBuilder {
  readonly #text: string;
  readonly #events: readonly Event[];
  readonly #places: TextPositions;
  readonly #problems: YamlProblem[];
  readonly #table: PositionTable;
  readonly #interner: Interner;
  readonly #tagHandles = new Map<string, string>();
  readonly #anchors = new Map<string, Anchor | undefined>();
  #next = 0;
  #steps = 0;
  #aliasSteps = 0;

  constructor(text: string, events: readonly Event[], places: TextPositions, tools: BuilderTools) {
    this.#text = text;
    this.#events = events;
    this.#places = places;
    this.#problems = tools.problems;
    this.#table = tools.table;
    this.#interner = tools.interner;
  }

  /**
   * Builds the next document, or returns `undefined` after the last.
   *
   * Errors: throws DocumentRefused; the next call goes on with the document after it.
   */
  nextDocument(): Built | undefined {
    while (this.#next < this.#events.length && this.#events[this.#next]?.type !== EVENT_ID.DOCUMENT) this.#next++;
    const event = this.#events[this.#next];
    if (event?.type !== EVENT_ID.DOCUMENT) return undefined;
    this.#next++;
    this.#table.truncate(0);
    this.#anchors.clear();
    this.#tagHandles.clear();
    for (const directive of event.directives)
      if (directive.kind === 'tag') this.#tagHandles.set(directive.handle, directive.prefix);
    this.#steps = 1;
    this.#aliasSteps = 0;
    const root = this.#events[this.#next];
    const empty = root?.type === EVENT_ID.SCALAR && root.valueStart < 0 && root.anchorStart < 0 && root.tagStart < 0;
    this.#pushPosition(root);
    const value = this.#value();
    return { value, positions: this.#table.copy(0), empty };
  }

  /** Reads one node whose own position is already in the table. */
  #value(): Json {
    const event = this.#events[this.#next++];
    switch (event?.type) {
      case EVENT_ID.SCALAR:
        return event.anchorStart < 0 ? this.#scalar(event) : this.#anchored(event);
      case EVENT_ID.MAPPING:
        return event.anchorStart < 0 ? this.#mapping() : this.#anchored(event);
      case EVENT_ID.SEQUENCE:
        return event.anchorStart < 0 ? this.#sequence() : this.#anchored(event);
      case EVENT_ID.ALIAS:
        return this.#alias(event);
      default:
        return null;
    }
  }

  #scalar(event: ScalarEvent): Json {
    this.#step(1);
    if (event.tagStart >= 0) return this.#tagged(event);
    if (event.valueStart < 0) return null;
    const text = this.#textOf(event);
    if (event.style !== SCALAR_STYLE.PLAIN || !mayBeMoreThanString(text.charCodeAt(0))) return text;
    const value = resolvePlain(text);
    if (value === undefined)
      throw this.#refused('value', 'json: unsupported value: an infinity or not a number', event.valueStart);
    return value;
  }

  #tagged(event: ScalarEvent): Json {
    const scalar = resolveTagged(this.#tagOf(event), event.valueStart < 0 ? '' : getScalarValue(this.#text, event));
    if (scalar.kind === 'refused') throw this.#refused('value', scalar.message, event.tagStart);
    return scalar.value;
  }

  #tagOf(event: ScalarEvent): string {
    const tag = this.#text.slice(event.tagStart, event.tagEnd);
    if (tag.startsWith('!<')) return tag;
    const handle = /^![^!]*!|^!/.exec(tag)?.[0] ?? '!';
    const prefix = this.#tagHandles.get(handle);
    return prefix === undefined ? tag : `!<${prefix}${tag.slice(handle.length)}>`;
  }

  #textOf(event: ScalarEvent): string {
    const text = event.fast ? this.#text.slice(event.valueStart, event.valueEnd) : getScalarValue(this.#text, event);
    return this.#interner.intern(text);
  }

  #sequence(): Json {
    this.#step(1);
    const items: Json[] = [];
    for (;;) {
      const event = this.#events[this.#next];
      if (event === undefined || event.type === EVENT_ID.POP) break;
      this.#pushPosition(event);
      items.push(this.#value());
    }
    this.#next++;
    return items;
  }

  #mapping(): Json {
    this.#step(1);
    const object: Record<string, Json> = {};
    const order = new MappingOrder(this.#table, this.#table.length);
    for (;;) {
      const event = this.#events[this.#next];
      if (event === undefined || event.type === EVENT_ID.POP) break;
      if (isMerge(event, this.#text)) this.#merge(object, order);
      else this.#member(object, order, event);
    }
    this.#next++;
    order.finish(object);
    return object;
  }

  #member(object: Record<string, Json>, order: MappingOrder, keyEvent: Event): void {
    const position = this.#pointOf(keyEvent);
    const key = this.#key(keyEvent);
    const repeated = hasMember(object, key);
    order.before(object, key, repeated);
    const start = this.#table.length;
    this.#table.push(position.line, position.column);
    const valueEvent = this.#events[this.#next];
    const valueLine = repeated && valueEvent !== undefined ? this.#pointOf(valueEvent).line : position.line;
    const value = this.#value();
    const first = order.writtenAt(key);
    if (repeated) this.#reportRepeated(key, position, first, valueLine);
    setMember(object, key, value);
    order.after(key, start);
  }

  #reportRepeated(key: string, position: Position, first: Position | undefined, valueLine: number): void {
    const merged = first === undefined;
    const where = first === undefined ? 'by a merge' : `at line ${first.line}`;
    this.#problems.push({
      kind: merged ? 'merge-override' : 'duplicate-key',
      message: `the key ${JSON.stringify(key)} is set twice, first ${where}: the last one counts`,
      ...position,
      key,
      ...(first === undefined ? {} : { first }),
      valueLine,
    });
  }

  #key(event: Event): string {
    if (event.type === EVENT_ID.SCALAR && event.tagStart < 0 && event.anchorStart < 0) {
      this.#next++;
      this.#step(1);
      if (event.style !== SCALAR_STYLE.PLAIN) return this.#textOf(event);
      const key = event.valueStart < 0 ? undefined : keyOfPlain(this.#textOf(event));
      if (key === undefined) throw this.#refused('value', 'null is no key of a mapping', event.valueStart);
      return key;
    }
    // A tagged, anchored or aliased key: its value is built like any other, and its positions are dropped.
    const start = this.#table.length;
    const position = this.#pointOf(event);
    this.#pushPosition(event);
    const value = this.#value();
    this.#table.truncate(start);
    if (typeof value === 'string') return value;
    if (typeof value === 'boolean' || typeof value === 'number') return keyOfPlain(String(value)) ?? String(value);
    const what = value === null ? 'null' : Array.isArray(value) ? 'a list' : 'a mapping';
    throw new DocumentRefused('value', `${what} is no key of a mapping`, position);
  }

  #merge(object: Record<string, Json>, order: MappingOrder): void {
    this.#next++;
    const event = this.#events[this.#next];
    const position = event === undefined ? { line: 1, column: 1 } : this.#pointOf(event);
    const parts: { value: Json; cells: Int32Array }[] = [];
    const start = this.#table.length;
    if (event?.type === EVENT_ID.SEQUENCE) {
      this.#next++;
      while (this.#events[this.#next] !== undefined && this.#events[this.#next]?.type !== EVENT_ID.POP)
        parts.push(this.#part(start));
      this.#next++;
    } else parts.push(this.#part(start));
    for (const { value, cells } of parts.toReversed()) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw new DocumentRefused('value', 'map merge requires map or sequence of maps as the value', position);
      }
      order.merge(object, value, cells);
    }
  }

  #part(start: number): { value: Json; cells: Int32Array } {
    this.#pushPosition(this.#events[this.#next]);
    const value = this.#value();
    const cells = this.#table.copy(start);
    this.#table.truncate(start);
    return { value, cells };
  }

  #anchored(event: AnchoredEvent): Json {
    const name = this.#text.slice(event.anchorStart, event.anchorEnd);
    const steps = this.#steps;
    const start = this.#table.length - 2;
    this.#anchors.set(name, undefined);
    const value =
      event.type === EVENT_ID.SCALAR ? this.#scalar(event) : event.type === EVENT_ID.MAPPING ? this.#mapping() : this.#sequence();
    this.#anchors.set(name, { value, cells: this.#table.copy(start), steps: this.#steps - steps });
    return value;
  }

  #alias(event: AliasEvent): Json {
    const name = this.#text.slice(event.anchorStart, event.anchorEnd);
    const anchor = this.#anchors.get(name);
    if (anchor === undefined) {
      const message = this.#anchors.has(name) ? `anchor '${name}' value contains itself` : `unknown anchor '${name}' referenced`;
      throw this.#refused('value', message, event.anchorStart);
    }
    this.#steps += anchor.steps + 1;
    this.#aliasSteps += anchor.steps;
    if (this.#aliasSteps > 100 && this.#steps > 1000 && this.#aliasSteps / this.#steps > allowedAliasRatio(this.#steps)) {
      throw this.#refused('alias-budget', 'document contains excessive aliasing', event.anchorStart);
    }
    this.#table.append(anchor.cells.subarray(2));
    return anchor.value;
  }

  #step(count: number): void {
    this.#steps += count;
  }

  #pushPosition(event: Event | undefined): void {
    const offset = event === undefined ? -1 : offsetOf(event, this.#text);
    if (offset >= 0) this.#places.moveTo(offset);
    this.#table.push(this.#places.line, this.#places.column);
  }

  #pointOf(event: Event): Position {
    const offset = offsetOf(event, this.#text);
    if (offset >= 0) this.#places.moveTo(offset);
    return { line: this.#places.line, column: this.#places.column };
  }

  #refused(kind: YamlProblem['kind'], message: string, offset: number): DocumentRefused {
    if (offset >= 0) this.#places.moveTo(offset);
    return new DocumentRefused(kind, message, { line: this.#places.line, column: this.#places.column });
  }
}

/** Small documents may come from aliases almost wholly, large ones to a tenth (Go's rule against unfolding bombs). */
function allowedAliasRatio(steps: number): number {
  if (steps <= 400_000) return 0.99;
  if (steps >= 4_000_000) return 0.1;
  return 0.99 - 0.89 * ((steps - 400_000) / 3_600_000);
}

function isMerge(event: Event, text: string): boolean {
  if (event.type !== EVENT_ID.SCALAR || event.style !== SCALAR_STYLE.PLAIN || event.valueEnd - event.valueStart !== 2)
    return false;
  if (!text.startsWith('<<', event.valueStart)) return false;
  return event.tagStart < 0 || text.slice(event.tagStart, event.tagEnd) === '!!merge';
}

/** Where a node begins in the text: at its quote or block sign, without anchor and tag where content follows; -1: nowhere. */
function offsetOf(event: Event, text: string): number {
  switch (event.type) {
    case EVENT_ID.SCALAR:
      return scalarOffset(event, text);
    case EVENT_ID.MAPPING:
    case EVENT_ID.SEQUENCE:
      return event.start;
    case EVENT_ID.ALIAS:
      return event.anchorStart - 1;
    default:
      return -1;
  }
}

function scalarOffset(event: ScalarEvent, text: string): number {
  if (event.valueStart < 0) return event.tagStart >= 0 ? event.tagStart : event.anchorStart - 1;
  if (event.style === SCALAR_STYLE.PLAIN) return event.valueStart;
  if (event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED) return event.valueStart - 1;
  const lineEnd = text[event.valueStart - 1] === '\n' ? event.valueStart - 1 : event.valueStart;
  const lineStart = text.lastIndexOf('\n', lineEnd - 1) + 1;
  const header = /[|>][-+0-9]{0,2}[ \t]*(?:[ \t]#.*)?\r?$/.exec(text.slice(lineStart, lineEnd));
  return header === null ? event.valueStart : lineStart + header.index;
}
