const context = 3;
/** Beyond this many differing lines the whole middle is shown as replaced: a table of all pairs would be too large. */
const mostLines = 2000;

interface Line {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
}

/**
 * A unified difference of two texts with three lines of context; empty where they are equal. Callers blank secrets first.
 */
export function unifiedDifference(
  before: string,
  after: string,
  names: { readonly before: string; readonly after: string },
): readonly string[] {
  if (before === after) return [];
  const lines = compare(before.split('\n'), after.split('\n'));
  const result = [`--- ${names.before}`, `+++ ${names.after}`];
  const marked = lines.flatMap((line, index) => (line.sign === ' ' ? [] : [index]));
  let from = 0;
  while (from < marked.length) {
    let to = from;
    while (to + 1 < marked.length && (marked[to + 1] ?? 0) - (marked[to] ?? 0) <= context * 2) to++;
    result.push(
      ...hunk(lines, Math.max(0, (marked[from] ?? 0) - context), Math.min(lines.length, (marked[to] ?? 0) + context + 1)),
    );
    from = to + 1;
  }
  return result;
}

function hunk(lines: readonly Line[], start: number, end: number): readonly string[] {
  const count = (part: readonly Line[], without: '-' | '+'): number => part.filter(({ sign }) => sign !== without).length;
  const head = lines.slice(0, start);
  const body = lines.slice(start, end);
  const old = `${count(head, '+') + 1},${count(body, '+')}`;
  const fresh = `${count(head, '-') + 1},${count(body, '-')}`;
  return [`@@ -${old} +${fresh} @@`, ...body.map(({ sign, text }) => `${sign}${text}`)];
}

function compare(before: readonly string[], after: readonly string[]): readonly Line[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < before.length - head && tail < after.length - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const old = before.slice(head, before.length - tail);
  const fresh = after.slice(head, after.length - tail);
  const same = (text: string): Line => ({ sign: ' ', text });
  return [...before.slice(0, head).map(same), ...middle(old, fresh), ...before.slice(before.length - tail).map(same)];
}

function middle(old: readonly string[], fresh: readonly string[]): readonly Line[] {
  const removed = old.map((text): Line => ({ sign: '-', text }));
  const added = fresh.map((text): Line => ({ sign: '+', text }));
  if (old.length > mostLines || fresh.length > mostLines) return [...removed, ...added];
  const width = fresh.length + 1;
  const lengths = new Uint16Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = fresh.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        old[i] === fresh[j]
          ? (lengths[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0);
  const result: Line[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < fresh.length) {
    if (i < old.length && j < fresh.length && old[i] === fresh[j]) {
      result.push({ sign: ' ', text: old[i] ?? '' });
      i++;
      j++;
    } else if (i < old.length && (j === fresh.length || (lengths[(i + 1) * width + j] ?? 0) >= (lengths[i * width + j + 1] ?? 0)))
      result.push({ sign: '-', text: old[i++] ?? '' });
    else result.push({ sign: '+', text: fresh[j++] ?? '' });
  }
  return result;
}
