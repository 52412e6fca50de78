/** Fields of one CSV record, or why Go's reader refuses it. */
export type CsvRecord = { readonly fields: readonly string[] } | { readonly error: string };

const quoteError = 'extraneous or missing " in quoted-field';
const bareError = 'bare " in non-quoted-field';

/**
 * Reads the first record of `text` as Go's encoding/csv does with its defaults: how pflag splits list flags.
 *
 * Quoted fields may hold commas, doubled quotes and line ends; empty lines are skipped; what follows the first record is ignored.
 * Columns in messages count bytes of UTF-8, from 1. No record at all is `EOF`.
 */
export function readCsvRecord(text: string): CsvRecord {
  return recordAt(splitLines(text), 0).record;
}

/** Reads all records, in order, up to the first that is malformed, whose error is the answer. */
export function readCsvRecords(text: string): readonly (readonly string[])[] | { readonly error: string } {
  const lines = splitLines(text);
  const records: (readonly string[])[] = [];
  for (let line = 0; ;) {
    const { record, next } = recordAt(lines, line);
    if ('error' in record) return record.error === 'EOF' ? records : record;
    records.push(record.fields);
    line = next;
  }
}

/** The record that begins at a line or after; `next` is the line after it. */
function recordAt(lines: readonly string[], start: number): { readonly record: CsvRecord; readonly next: number } {
  const first = lines.findIndex((line, at) => at >= start && line !== '\n');
  if (first < 0) return { record: { error: 'EOF' }, next: lines.length };
  const fields: string[] = [];
  let index = first;
  let line = lines[index] ?? '';
  let at = 0;
  const fail = (column: number, what: string) => ({
    next: index + 1,
    record: {
      error: `${index === first ? 'parse error' : `record on line ${first + 1}; parse error`} on line ${index + 1}, column ${byteLength(line.slice(0, column)) + 1}: ${what}`,
    },
  });
  for (;;) {
    if (line[at] !== '"') {
      const end = line.indexOf(',', at);
      const field = (end < 0 ? line.slice(at) : line.slice(at, end)).replace(/\n$/, '');
      const quote = field.indexOf('"');
      if (quote >= 0) return fail(at + quote, bareError);
      fields.push(field);
      if (end < 0) return { record: { fields }, next: index + 1 };
      at = end + 1;
      continue;
    }
    at++;
    let field = '';
    for (;;) {
      const quote = line.indexOf('"', at);
      if (quote < 0) {
        field += line.slice(at);
        const next = lines[index + 1];
        if (next === undefined) return fail(line.replace(/\n$/, '').length, quoteError);
        index++;
        line = next;
        at = 0;
        continue;
      }
      field += line.slice(at, quote);
      const after = line[quote + 1];
      if (after === '"') {
        field += '"';
        at = quote + 2;
      } else if (after === ',') {
        at = quote + 2;
        break;
      } else if (after === undefined || after === '\n') {
        return { record: { fields: [...fields, field] }, next: index + 1 };
      } else return fail(quote, quoteError);
    }
    fields.push(field);
  }
}

/** Lines with their line end as `\n`; the last one may have none. A carriage return before a line end, or at the very end, goes. */
function splitLines(text: string): string[] {
  const lines = text
    .split('\n')
    .map((line, i, all) => (i < all.length - 1 ? `${line.replace(/\r$/, '')}\n` : line.replace(/\r$/, '')));
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
