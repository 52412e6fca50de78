import type { KeyTable } from './key-table.ts';
import type { Remains, Revision } from './revisions.ts';

/** Where a marker was found: the text after it, sorted; and how often it stands in the file at all. */
export interface MarkerFindings {
  readonly currentValue: readonly string[];
  readonly oldRevision: readonly string[];
  readonly freePage: readonly string[];
  readonly slackOfUsedPage: readonly string[];
  readonly beyondHighWater: readonly string[];
  readonly occurrences: number;
}

/** Looks for a marker that was planted in plaintexts, in values and in what is left over. */
export class MarkerSearch {
  readonly #marker: Buffer;
  readonly #after: number;
  readonly #values: { readonly text: string; readonly key: Buffer; readonly main: number; readonly sub: number }[] = [];
  readonly #remains: Record<Remains, string[]> = { freePage: [], slackOfUsedPage: [], beyondHighWater: [] };

  /** @param after how many bytes after the marker tell one from another */
  constructor(marker: string, after: number) {
    this.#marker = Buffer.from(marker, 'utf8');
    this.#after = after;
  }

  revision({ value, key, main, sub }: Revision): void {
    for (const text of this.#findIn(value)) this.#values.push({ text, key: Buffer.from(key), main, sub });
  }

  remains(where: Remains, bytes: Buffer): void {
    this.#remains[where].push(...this.#findIn(bytes));
  }

  findings(table: KeyTable): MarkerFindings {
    const current: string[] = [];
    const old: string[] = [];
    for (const { text, key, main, sub } of this.#values) (table.isNewest(key, main, sub) ? current : old).push(text);
    const { freePage, slackOfUsedPage, beyondHighWater } = this.#remains;
    const lists = [current, old, freePage, slackOfUsedPage, beyondHighWater];
    for (const list of lists) list.sort();
    return {
      currentValue: current,
      oldRevision: old,
      freePage,
      slackOfUsedPage,
      beyondHighWater,
      occurrences: lists.reduce((sum, list) => sum + list.length, 0),
    };
  }

  #findIn(bytes: Buffer): readonly string[] {
    const found: string[] = [];
    for (let at = bytes.indexOf(this.#marker); at >= 0; at = bytes.indexOf(this.#marker, at + 1)) {
      const end = at + this.#marker.byteLength;
      found.push(bytes.toString('latin1', end, end + this.#after));
    }
    return found;
  }
}
