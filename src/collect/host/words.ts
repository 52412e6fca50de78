import type { Argument } from '../../cluster/command-line.ts';

/** A word of a text with the place where it begins, both counted from 1. */
export interface Word {
  readonly text: string;
  readonly line: number;
  readonly column: number;
  /** True where a quote enclosed a part of it: an empty quoted word counts as a word, and a `$VAR` in single quotes stays. */
  readonly quoted: boolean;
  /** True where single quotes enclosed a part of it. */
  readonly literal: boolean;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

/**
 * Splits a text into words as systemd.syntax(7) and sh(1) do where they agree: blanks separate; single and double quotes group; a
 * backslash takes the next character and, at a line's end, joins lines; `#` at a word's start opens a comment when `comments` is set.
 * Never fails: an open quote ends with the text. `line` and `column` are the place of the text's first character.
 */
export function splitWords(
  text: string,
  options: { readonly line?: number; readonly column?: number; readonly comments?: boolean } = {},
): Word[] {
  const words: Word[] = [];
  let line = options.line ?? 1;
  let column = options.column ?? 1;
  let open: { text: string; line: number; column: number; quoted: boolean; literal: boolean } | undefined;
  let quote = '';
  const close = (): void => {
    if (open !== undefined && (open.text !== '' || open.quoted)) words.push(open);
    open = undefined;
  };
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    const here = { line, column };
    if (char === '\n') {
      line += 1;
      column = 1;
    } else column += 1;
    if (quote === '' && /\s|\0/.test(char)) close();
    else if (quote === '' && char === '#' && options.comments === true && open === undefined) {
      while (i + 1 < text.length && text.charAt(i + 1) !== '\n') {
        i += 1;
        column += 1;
      }
    } else if (char === '\\' && quote !== "'" && i + 1 < text.length) {
      const next = text.charAt(i + 1);
      i += 1;
      if (next === '\n' || (next === '\r' && text.charAt(i + 1) === '\n')) {
        if (next === '\r') i += 1;
        line += 1;
        column = 1;
        continue;
      }
      column += 1;
      open ??= { text: '', ...here, quoted: false, literal: false };
      open.text += escapes[next] ?? next;
    } else if (quote === '' && (char === '"' || char === "'")) {
      open ??= { text: '', ...here, quoted: false, literal: false };
      open.quoted = true;
      open.literal ||= char === "'";
      quote = char;
    } else if (char === quote) quote = '';
    else {
      open ??= { text: '', ...here, quoted: false, literal: false };
      open.text += char;
    }
  }
  close();
  return words;
}

/** Words of a text file as arguments with their places. */
export function argumentsOf(words: readonly Word[], source: string): Argument[] {
  return words.map((word) => ({ text: word.text, place: { source, line: word.line, column: word.column } }));
}
