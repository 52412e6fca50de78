import type { Measure } from './width.ts';

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Fills a text with spaces up to `width` columns; a longer one is left as it is. */
export function padEnd(text: string, width: number, measure: Measure): string {
  return text + ' '.repeat(Math.max(0, width - measure(text)));
}

/** Fills a text with spaces in front, up to `width` columns. */
export function padStart(text: string, width: number, measure: Measure): string {
  return ' '.repeat(Math.max(0, width - measure(text))) + text;
}

/** Puts `right` at the right edge of a line of `width` columns, two spaces from `left`; `undefined` where both do not fit. */
export function leftAndRight(left: string, right: string, width: number, measure: Measure): string | undefined {
  const gap = width - measure(left) - measure(right);
  return gap < 2 ? undefined : left + ' '.repeat(gap) + right;
}

/** Breaks a text into lines of at most `width` columns, at spaces where there are any, inside a long word (a path) else. */
export function wrap(text: string, width: number, measure: Measure): string[] {
  const room = Math.max(1, width);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').filter((part) => part !== '')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (measure(joined) <= room) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    const pieces = breakWord(word, room, measure);
    lines.push(...pieces.slice(0, -1));
    line = pieces.at(-1) ?? '';
  }
  if (line !== '' || lines.length === 0) lines.push(line);
  return lines;
}

/** Breaks a word that is too long, after `/`, `.`, `,`, `=` or `-` where one stands in the second half of the line. */
function breakWord(word: string, width: number, measure: Measure): string[] {
  const pieces: string[] = [];
  let rest = word;
  while (measure(rest) > width) {
    const head = take(rest, width, measure);
    const cut = Math.max(...['/', '.', ',', '=', '-'].map((mark) => head.lastIndexOf(mark)));
    const piece = cut >= head.length / 2 ? head.slice(0, cut + 1) : head;
    pieces.push(piece);
    rest = rest.slice(piece.length);
  }
  if (rest !== '') pieces.push(rest);
  return pieces;
}

/** The first graphemes that fit into `width` columns, at least one. */
function take(text: string, width: number, measure: Measure): string {
  let head = '';
  let columns = 0;
  for (const { segment } of segmenter.segment(text)) {
    columns += measure(segment);
    if (columns > width && head !== '') break;
    head += segment;
  }
  return head;
}

/** Shortens a text to `width` columns with `…` at its end; a text that fits is left as it is. */
export function shorten(text: string, width: number, measure: Measure): string {
  if (measure(text) <= width) return text;
  return width <= 1 ? '…' : `${take(text, width - 1, measure).trimEnd()}…`;
}

/** Shortens a path at its front, whole steps first: `…/manifests/kube-apiserver.yaml`, `….securityContext.privileged`. */
export function shortenPath(path: string, width: number, measure: Measure, separator: '/' | '.' = '/'): string {
  if (measure(path) <= width) return path;
  const steps = path.split(separator);
  for (let from = 1; from < steps.length; from += 1) {
    const tail = `…${separator}${steps.slice(from).join(separator)}`;
    if (measure(tail) <= width) return tail;
  }
  return shorten(steps.at(-1) ?? path, width, measure);
}
