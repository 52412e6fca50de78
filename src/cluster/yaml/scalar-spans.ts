import type { Event, ScalarEvent } from 'js-yaml';
import { EVENT_ID, getScalarValue, parseEvents, SCALAR_STYLE } from 'js-yaml';
import type { FieldPath } from '../json.ts';

/** One scalar that stands as a value in a text: the way to it and the range of its characters, quotes excluded. */
export interface ScalarSpan {
  readonly path: FieldPath;
  readonly start: number;
  readonly end: number;
  readonly style: 'plain' | 'single-quoted' | 'double-quoted' | 'block';
}

const maxDepth = 400;

/**
 * Lists the scalar values of a YAML or JSON text with their ranges, for edits that keep every other character.
 *
 * An alias repeats the span of what it stands for, under the alias' own path. Returns `undefined` for a text that does not parse.
 * Total. The paths of a second document begin anew.
 */
export function scalarSpans(text: string): ScalarSpan[] | undefined {
  try {
    return new SpanReader(text, parseEvents(text, { maxDepth })).read();
  } catch {
    return undefined;
  }
}

class SpanReader {
  readonly #text: string;
  readonly #events: readonly Event[];
  readonly #anchors = new Map<string, { readonly path: FieldPath; readonly spans: readonly ScalarSpan[] }>();
  readonly #spans: ScalarSpan[] = [];
  #next = 0;

  constructor(text: string, events: readonly Event[]) {
    this.#text = text;
    this.#events = events;
  }

  read(): ScalarSpan[] {
    while (this.#next < this.#events.length) {
      const event = this.#events[this.#next];
      if (event?.type === EVENT_ID.DOCUMENT || event?.type === EVENT_ID.POP) this.#next++;
      else this.#node([]);
    }
    return this.#spans;
  }

  #node(path: FieldPath): void {
    const event = this.#events[this.#next++];
    if (event === undefined || event.type === EVENT_ID.DOCUMENT || event.type === EVENT_ID.POP) return;
    const from = this.#spans.length;
    if (event.type === EVENT_ID.ALIAS) {
      const anchor = this.#anchors.get(this.#text.slice(event.anchorStart, event.anchorEnd));
      // A bound, so that aliases of aliases cannot unfold without end.
      if (anchor === undefined || this.#spans.length > 1_000_000) return;
      for (const span of anchor.spans) this.#spans.push({ ...span, path: [...path, ...span.path.slice(anchor.path.length)] });
      return;
    }
    if (event.type === EVENT_ID.SCALAR) this.#scalar(event, path);
    else if (event.type === EVENT_ID.SEQUENCE) this.#items(path);
    else this.#members(path);
    if (event.anchorStart >= 0)
      this.#anchors.set(this.#text.slice(event.anchorStart, event.anchorEnd), { path, spans: this.#spans.slice(from) });
  }

  #scalar(event: ScalarEvent, path: FieldPath): void {
    if (event.valueStart < 0) return;
    const { valueStart: start, valueEnd: end, style } = event;
    const name =
      style === SCALAR_STYLE.PLAIN
        ? 'plain'
        : style === SCALAR_STYLE.SINGLE_QUOTED
          ? 'single-quoted'
          : style === SCALAR_STYLE.DOUBLE_QUOTED
            ? 'double-quoted'
            : 'block';
    this.#spans.push({ path, start, end, style: name });
  }

  #items(path: FieldPath): void {
    for (let index = 0; !this.#atEnd(); index++) this.#node([...path, index]);
    this.#next++;
  }

  #members(path: FieldPath): void {
    while (!this.#atEnd()) {
      const key = this.#events[this.#next];
      if (key?.type === EVENT_ID.SCALAR) {
        this.#next++;
        this.#node([...path, getScalarValue(this.#text, key)]);
      } else {
        this.#node([...path, '?']);
        this.#node([...path, '?']);
      }
    }
    this.#next++;
  }

  #atEnd(): boolean {
    const event = this.#events[this.#next];
    return event === undefined || event.type === EVENT_ID.POP;
  }
}
