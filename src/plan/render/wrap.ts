/** Width of PLAN.md. */
const width = 100;

/**
 * Breaks a paragraph into lines of at most 100 columns, at blanks; `indent` stands before every line but the first, which has `first`.
 * A word that is longer stays whole. Text in backticks is not broken.
 */
export function wrap(text: string, first = '', indent = ' '.repeat(first.length)): readonly string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of words(text)) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line];
}

/** Words of a text; a stretch in backticks is one. Control characters, which could forge lines, become blanks. */
function words(text: string): readonly string[] {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').match(/`[^`]*`\S*|\S+/g) ?? [];
}

/** A bullet of a list. */
export function bullet(text: string): readonly string[] {
  return wrap(text, '- ');
}

/** Text as inline code: with more backticks around where it holds some. */
export function code(text: string): string {
  const clean = text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
  const longest = Math.max(0, ...(clean.match(/`+/g) ?? []).map((ticks) => ticks.length));
  const ticks = '`'.repeat(longest + 1);
  return longest === 0 ? `\`${clean}\`` : `${ticks} ${clean} ${ticks}`;
}
