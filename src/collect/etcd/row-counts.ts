import type { StoredPlace, StoredRow } from '../../cluster/stored-inventory.ts';

/** Counts values that are kept alike, as they come. */
export class RowCounts {
  readonly #rows = new Map<string, StoredRow & { count: number; bytes: number; examples: string[] }>();

  /** @param example the etcd key, where it is to be named; up to five are kept */
  add(row: Pick<StoredRow, 'resource' | 'place' | 'prefix' | 'keyId'>, count: number, bytes: number, example?: string): void {
    const name = [row.resource, row.place, row.prefix, row.keyId ?? ''].join('\n');
    const known = this.#rows.get(name) ?? { ...row, count: 0, bytes: 0, examples: [] };
    known.count += count;
    known.bytes += bytes;
    if (example !== undefined && known.examples.length < mostExamples) known.examples.push(example);
    this.#rows.set(name, known);
  }

  /** Plaintext first, then Secrets before others, by resource, place, prefix and key. */
  sorted(): readonly StoredRow[] {
    return [...this.#rows.values()]
      .filter(({ count }) => count > 0)
      .map((row) => ({ ...row, examples: row.examples.toSorted() }))
      .sort(
        (a, b) =>
          form(a) - form(b) ||
          Number(b.resource === 'secrets') - Number(a.resource === 'secrets') ||
          byText(a.resource, b.resource) ||
          places.indexOf(a.place) - places.indexOf(b.place) ||
          byText(a.prefix, b.prefix) ||
          byText(a.keyId ?? '', b.keyId ?? ''),
      );
  }
}

const mostExamples = 5;
const places: readonly StoredPlace[] = ['current', 'superseded', 'free-pages'];

function form({ prefix }: StoredRow): number {
  return prefix === 'plaintext' ? 0 : prefix === 'unknown' ? 1 : 2;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
