import type { AuditEvent } from '../audit/event.ts';
import { readEvent } from '../audit/event.ts';
import type { Gap } from '../cluster/gap.ts';
import type { Json } from '../cluster/json.ts';
import { isObject, listAt } from '../cluster/json.ts';
import type { Place } from '../cluster/place.ts';
import type { TextOffset } from './json-scanner.ts';
import { JsonValueSplitter } from './json-splitter.ts';
import type { ByteSource } from './unpacked-bytes.ts';
import { unpackedBytes } from './unpacked-bytes.ts';

/** What happened to one audit log file. */
export interface AuditLogReading {
  readonly events: number;
  /** Pieces (lines, list items) that are not audit events. */
  readonly unreadable: number;
  readonly gaps: readonly Gap[];
}

/**
 * Reports whether the beginning of a text is that of an audit log: an audit event, or a list of such, stands in it.
 *
 * @param head the first few kilobytes, unpacked
 */
export function looksLikeAuditLog(head: string): boolean {
  if (!/^\s*[[{]/.test(head)) return false;
  return (
    /"apiVersion"\s*:\s*"audit\.k8s\.io\//.test(head) &&
    (/"kind"\s*:\s*"(Event|EventList)"/.test(head) || head.includes('"auditID"'))
  );
}

/**
 * Reads an audit log file as a stream: one event a line, an EventList, a list or events one after another, whether on one line or
 * many, packed by gzip or not. What is not an event is counted and skipped; a torn end is a gap.
 *
 * @param source the name by which places call the file
 * @param onEvent is called for each event in order; the place's line counts lines of the unpacked text
 * Memory is bounded by the largest single event (64 MiB; a larger piece is skipped). Never rejects: an unreadable file is a gap.
 */
export async function readAuditLog(
  from: ByteSource,
  source: string,
  onEvent: (event: AuditEvent, place: Place) => void,
): Promise<AuditLogReading> {
  const tally = new Tally(source, onEvent);
  const splitter = new JsonValueSplitter((value, at) => tally.take(value, at));
  const gaps: Gap[] = [];
  try {
    for await (const chunk of await unpackedBytes(from)) splitter.push(chunk);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'cannot be read';
    gaps.push({
      source,
      reason: `the audit log cannot be read${tally.events > 0 ? ' to its end' : ''}: ${reason}`,
      hint: 'give a whole, readable file',
    });
  }
  const torn = splitter.end();
  if (torn !== undefined) {
    tally.unreadable++;
    gaps.push({
      source,
      reason: 'the last event is cut off',
      hint: 'the file was copied while it was written, or is truncated',
      line: torn.line,
    });
  }
  const first = tally.firstUnreadable;
  if (first !== undefined) {
    const count = tally.unreadable - (torn === undefined ? 0 : 1);
    const many = count === 1 ? '1 piece is not an audit event' : `${count} pieces are not audit events, the first`;
    gaps.push({
      source,
      reason: `${many} at byte ${first.offset}`,
      hint: 'audit logs hold one audit.k8s.io Event as JSON a line',
      line: first.line,
    });
  }
  return { events: tally.events, unreadable: tally.unreadable, gaps };
}

class Tally {
  events = 0;
  unreadable = 0;
  firstUnreadable: TextOffset | undefined;
  readonly #source: string;
  readonly #onEvent: (event: AuditEvent, place: Place) => void;

  constructor(source: string, onEvent: (event: AuditEvent, place: Place) => void) {
    this.#source = source;
    this.#onEvent = onEvent;
  }

  /** @param value `undefined`: a piece that is no JSON */
  take(value: Json | undefined, at: TextOffset): void {
    const items =
      isObject(value) && (value['kind'] === 'EventList' || value['kind'] === 'List') ? listAt(value['items']) : [value];
    for (const item of items) {
      const event = readEvent(item);
      if (event === undefined) {
        this.unreadable++;
        this.firstUnreadable ??= at;
      } else {
        this.events++;
        this.#onEvent(event, { source: this.#source, line: at.line });
      }
    }
  }
}
