import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { AuditEvent } from '../audit/event.ts';
import { readEvent } from '../audit/event.ts';
import type { Json } from '../cluster/json.ts';
import { pause } from './canary.ts';
import { NotPossible } from './not-possible.ts';

const pollMs = 100;
const largestPart = 256 * 1024 * 1024;

/** What is written to an audit log from the moment on that the trail was begun. Earlier events are not read. */
export class AuditTrail {
  readonly path: string;
  readonly #start: number;
  readonly #inode: number;

  /** Begins at the log's present end. Throws NotPossible where none of the paths can be read. */
  constructor(paths: readonly string[]) {
    for (const path of paths) {
      try {
        closeSync(openSync(path, 'r'));
        const { size, ino } = statSync(path);
        this.path = path;
        this.#start = size;
        this.#inode = ino;
        return;
      } catch {
        // Another place may have it.
      }
    }
    throw new NotPossible(`the audit log ${paths.join(', ')} cannot be read from here: name it with --audit-log`);
  }

  /** Everything that was written since; a log that was rotated meanwhile is read from its begin. */
  text(): string {
    const { size, ino } = statSync(this.path);
    const start = ino === this.#inode && size >= this.#start ? this.#start : 0;
    const length = Math.min(size - start, largestPart);
    const bytes = Buffer.alloc(length);
    const file = openSync(this.path, 'r');
    try {
      let read = 0;
      while (read < length) {
        const count = readSync(file, bytes, read, length - read, start + read);
        if (count === 0) break;
        read += count;
      }
      return bytes.toString('utf8', 0, read);
    } finally {
      closeSync(file);
    }
  }

  /** The events whose line holds a text; waits until there is one of the stage, or the time is over. */
  async eventsWith(marker: string, withinMs: number, stage = 'ResponseComplete'): Promise<readonly AuditEvent[]> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const events = eventsIn(this.text(), marker);
      if (events.some((event) => event.stage === stage) || Date.now() > deadline) return events;
      await pause(pollMs);
    }
  }
}

/** Reads the events of whole lines that hold a text; other lines are passed over. Total. */
export function eventsIn(text: string, marker: string): readonly AuditEvent[] {
  return text.split('\n').flatMap((line) => {
    if (!line.includes(marker)) return [];
    try {
      return readEvent(JSON.parse(line) as Json) ?? [];
    } catch {
      return [];
    }
  });
}
