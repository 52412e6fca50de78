import type { Json, JsonObject } from '../../cluster/json.ts';
import { JsonValueSplitter } from '../../collect/json-splitter.ts';
import type { ByteSource } from '../../collect/unpacked-bytes.ts';
import { unpackedBytes } from '../../collect/unpacked-bytes.ts';
import type { Dialect } from './event-shapes.ts';
import { eventsIn, isServerLogLine, lackingIn, LineUnwrapper } from './event-shapes.ts';

/** What became of one log. */
export interface LogReading {
  readonly source: string;
  readonly events: number;
  /** Lines or values that are no events. */
  readonly unreadable: number;
  /** Where the first of them begins, in the unpacked text: byte from 0, line from 1. */
  readonly firstUnreadable?: { readonly offset: number; readonly line: number };
  /** The last event is cut off. */
  readonly torn: boolean;
  readonly dialects: readonly Dialect[];
  /** What an export does not carry. */
  readonly lacks: readonly string[];
  /** Why reading ended before the end of the file. */
  readonly failure?: string;
}

const longestLine = 64 * 1024 * 1024;
const headBytes = 64 * 1024;

/** Reads the beginning of a log, unpacked. Rejects with what the system says. */
export async function logHead(source: ByteSource): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of await unpackedBytes(source)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= headBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, headBytes);
}

/** Whether a log is one event a line as the API server writes it, which a fast reader can take as it is. */
export function isNativeLines(head: Buffer): boolean {
  const lines = head
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .split('\n');
  const whole = lines.length > 1 ? lines.slice(0, -1) : lines;
  const seen = whole.filter((line) => line.trim() !== '').slice(0, 20);
  return seen.some(
    (line) =>
      line.startsWith('{"kind":"Event"') ||
      (line.startsWith('{') && /"auditID"/.test(line) && !/^\{"(log|message|protoPayload|properties)"/.test(line)),
  );
}

/**
 * Reads a log of any kind and hands on its events in order, as audit.k8s.io Events: see `event-shapes.ts`. What is no event is counted, the
 * first with its place; nothing is fatal. Memory is bounded by the longest line (64 MiB; a longer one is passed over).
 */
export async function readLog(from: ByteSource, source: string, onEvent: (event: JsonObject) => void): Promise<LogReading> {
  const tally = new Tally(source, onEvent);
  try {
    const head = await logHead(from);
    if (isOneValue(head)) await readValues(from, tally);
    else await readLines(from, tally);
  } catch (error) {
    tally.failure = error instanceof Error ? error.message : 'cannot be read';
  }
  return tally.reading();
}

/** Values that are spread over lines: a pretty-printed EventList, an export's list. */
function isOneValue(head: Buffer): boolean {
  const text = head
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trimStart();
  if (!/^[[{]/.test(text)) return false;
  const end = text.indexOf('\n');
  if (end < 0) return true;
  try {
    JSON.parse(text.slice(0, end));
    return false;
  } catch {
    return /^[[{]\s*$/.test(text.slice(0, end)) || text.startsWith('[');
  }
}

async function readValues(from: ByteSource, tally: Tally): Promise<void> {
  const splitter = new JsonValueSplitter((value, at) => tally.take(value, at));
  for await (const chunk of await unpackedBytes(from)) splitter.push(chunk);
  const torn = splitter.end();
  if (torn !== undefined) tally.tear({ offset: torn.offset, line: torn.line });
}

async function readLines(from: ByteSource, tally: Tally): Promise<void> {
  const unwrapper = new LineUnwrapper();
  let rest: Buffer[] = [];
  let held = 0;
  let offset = 0;
  let number = 1;
  const take = (line: Buffer, last: boolean) => {
    const at = { offset, line: number };
    const text = unwrapper.unwrap(
      line
        .toString('utf8')
        .replace(/^\ufeff/, '')
        .replace(/\r$/, ''),
    );
    offset += line.length + 1;
    number++;
    if (text === undefined || text.trim() === '') return;
    const value = parsedLine(text);
    if (value === undefined && isServerLogLine(text)) return;
    if (value === undefined && last && text.startsWith('{')) tally.tear(at);
    else tally.take(value, at);
  };
  for await (const chunk of await unpackedBytes(from)) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const piece = chunk.subarray(start, end);
      take(rest.length === 0 ? piece : Buffer.concat([...rest, piece]), false);
      rest = [];
      held = 0;
      start = end + 1;
    }
    if (start >= chunk.length) continue;
    held += chunk.length - start;
    // A line without end is passed over once it is too long; its bytes still count.
    if (held > longestLine) {
      tally.take(undefined, { offset, line: number });
      offset += held;
      rest = [];
      held = 0;
    } else rest.push(Buffer.from(chunk.subarray(start)));
  }
  if (rest.length > 0) take(Buffer.concat(rest), true);
}

function parsedLine(text: string): Json | undefined {
  const start = text.indexOf('{');
  if (start !== 0 && !text.startsWith('[')) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

class Tally {
  failure: string | undefined;
  readonly #source: string;
  readonly #onEvent: (event: JsonObject) => void;
  #events = 0;
  #unreadable = 0;
  #first: { readonly offset: number; readonly line: number } | undefined;
  #torn = false;
  readonly #dialects = new Set<Dialect>();
  readonly #lacks = new Set<string>();

  constructor(source: string, onEvent: (event: JsonObject) => void) {
    this.#source = source;
    this.#onEvent = onEvent;
  }

  take(value: Json | undefined, at: { readonly offset: number; readonly line: number }): void {
    const held = eventsIn(value);
    if (held === undefined) {
      this.#unreadable++;
      this.#first ??= { offset: at.offset, line: at.line };
      return;
    }
    this.#dialects.add(held.dialect);
    for (const lack of [...lackingIn[held.dialect], ...(held.lacks === undefined ? [] : [held.lacks])]) this.#lacks.add(lack);
    for (const event of held.events) {
      this.#events++;
      this.#onEvent(event);
    }
  }

  tear(at: { readonly offset: number; readonly line: number }): void {
    this.#torn = true;
    this.#unreadable++;
    this.#first ??= at;
  }

  reading(): LogReading {
    return {
      source: this.#source,
      events: this.#events,
      unreadable: this.#unreadable,
      ...(this.#first === undefined ? {} : { firstUnreadable: this.#first }),
      torn: this.#torn,
      dialects: [...this.#dialects],
      lacks: [...this.#lacks],
      ...(this.failure === undefined ? {} : { failure: this.failure }),
    };
  }
}
