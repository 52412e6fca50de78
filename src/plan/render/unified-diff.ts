/** One line of a comparison: kept, gone or new. */
interface DiffLine {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
}

const context = 3;
const noNewline = '\\ No newline at end of file';

/**
 * Compares two texts as `diff -u` does, three lines of context; `patch` reads it. A text that does not exist is `undefined` (/dev/null).
 *
 * Returns an empty text for equal ones. Lines are compared by their longest common subsequence after the common head and tail are taken off;
 * quadratic in what is between, which for edited configuration is little.
 */
export function unifiedDiff(before: string | undefined, after: string | undefined, path: string): string {
  if (before === after) return '';
  const lines = compare(linesOf(before ?? ''), linesOf(after ?? ''));
  const name = path.replace(/^\//, '');
  const head = [
    `--- ${before === undefined ? '/dev/null' : `a/${name}`}`,
    `+++ ${after === undefined ? '/dev/null' : `b/${name}`}`,
  ];
  return `${[...head, ...hunks(lines)].join('\n')}\n`;
}

/** Lines with their ends; a last line without one is marked by its absence. */
function linesOf(text: string): readonly string[] {
  return text === '' ? [] : (text.match(/[^\n]*\n|[^\n]+$/g) ?? []);
}

function compare(a: readonly string[], b: readonly string[]): readonly DiffLine[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const kept = (lines: readonly string[]): readonly DiffLine[] => lines.map((text) => ({ sign: ' ', text }));
  const middle = common(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  return [...kept(a.slice(0, head)), ...middle, ...kept(a.slice(a.length - tail))];
}

function common(a: readonly string[], b: readonly string[]): readonly DiffLine[] {
  const gone = (text: string): DiffLine => ({ sign: '-', text });
  const fresh = (text: string): DiffLine => ({ sign: '+', text });
  // Beyond this a whole replacement is as good as a clever comparison.
  if (a.length * b.length > 4_000_000) return [...a.map(gone), ...b.map(fresh)];
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]];
    if (left !== undefined && left === right) {
      lines.push({ sign: ' ', text: left });
      i++;
      j++;
    } else if (left !== undefined && (right === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(gone(left));
      i++;
    } else {
      lines.push(fresh(right ?? ''));
      j++;
    }
  }
  return lines;
}

function hunks(lines: readonly DiffLine[]): readonly string[] {
  const result: string[] = [];
  let old = 1;
  let fresh = 1;
  for (let at = 0; at < lines.length;) {
    const change = lines.findIndex((line, index) => index >= at && line.sign !== ' ');
    if (change < 0) break;
    const start = Math.max(at, change - context);
    let end = change;
    // Changes that are nearer than twice the context share a hunk.
    for (let quiet = 0, index = change; index < lines.length && quiet <= 2 * context; index++) {
      quiet = lines[index]?.sign === ' ' ? quiet + 1 : 0;
      if (quiet === 0) end = index + 1;
    }
    const stop = Math.min(lines.length, end + context);
    old += start - at;
    fresh += start - at;
    const own = lines.slice(start, stop);
    const count = (sign: string): number => own.filter((line) => line.sign === ' ' || line.sign === sign).length;
    const [gone, came] = [count('-'), count('+')];
    result.push(`@@ -${range(old, gone)} +${range(fresh, came)} @@`, ...own.flatMap(written));
    old += gone;
    fresh += came;
    at = stop;
  }
  return result;
}

function range(start: number, count: number): string {
  if (count === 0) return `${start - 1},0`;
  return count === 1 ? String(start) : `${start},${count}`;
}

function written({ sign, text }: DiffLine): readonly string[] {
  return text.endsWith('\n') ? [`${sign}${text.slice(0, -1)}`] : [`${sign}${text}`, noNewline];
}
