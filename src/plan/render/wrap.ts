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

/** Words of a text; a stretch in backticks is one, unless it is too long for a line (Markdown lets code go over lines). Control characters, which could forge lines, become blanks. */
function words(text: string): readonly string[] {
  const found = text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').match(/`[^`]*`\S*|\S+/g) ?? [];
  return found.flatMap((word) => (word.length > width - 4 ? word.split(' ') : [word]));
}

/** A command of a shell in lines of at most 100 columns where it has options to break before. */
export function commandLines(command: string): readonly string[] {
  const clean = command.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
  if (clean.length <= width || clean.startsWith('#') || /['"|]/.test(clean)) return [clean];
  const lines: string[] = [];
  let line = '';
  for (const part of clean.split(/ (?=--?[a-z])/)) {
    if (line !== '' && line.length + part.length + 3 > width) {
      lines.push(`${line} \\`);
      line = `  ${part}`;
    } else line = line === '' ? part : `${line} ${part}`;
  }
  return [...lines, line];
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
