import type { Change } from '../../cluster/change.ts';
import { splitWords } from '../../collect/host/words.ts';
import type { YamlEdit } from '../yaml/edit.ts';
import { removeFlag, setFlag } from './edit-words.ts';

interface UnitWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Makes a change of flags in a systemd unit: the words of the `ExecStart` that starts the component are replaced, inserted (on a line of
 * their own where the others stand so) or removed. A flag that stands elsewhere (an environment file, a variable) is not found here and a
 * new one is added, which counts because it comes last. Other kinds of changes leave the unit as it is: a program on the host sees its
 * files without a mount. Refused where no such command is found.
 */
export function editUnit(text: string, change: Change): YamlEdit {
  if (change.kind === 'edit-manifest') return { kind: 'refused', why: 'a systemd unit is no manifest' };
  if (change.kind !== 'set-flag' && change.kind !== 'remove-flag') return { kind: 'edited', text };
  const command = commandOf(text, change.component);
  if (command === undefined) return { kind: 'refused', why: `no ExecStart of the unit starts ${change.component}` };
  const words = command.map((word) => word.text);
  const flags = words.slice(1);
  const edits =
    change.kind === 'set-flag'
      ? setFlag(flags, change.component, change.flag, change.value)
      : removeFlag(flags, change.component, change.flag);
  let result = text;
  for (const edit of edits.toSorted((a, b) => b.index - a.index)) {
    const word = command[edit.index + 1];
    const former = command[edit.index];
    if (edit.op === 'replace' && word !== undefined)
      result = result.slice(0, word.start) + quoted(edit.text) + result.slice(word.end);
    else if (edit.op === 'remove' && word !== undefined && former !== undefined)
      result = result.slice(0, former.end) + result.slice(word.end);
    else if (edit.op === 'insert') result = inserted(result, command, edit.index, edit.text);
  }
  return { kind: 'edited', text: result };
}

/**
 * Inserts a word before the one at `index`, on a line of its own where the others stand so, and before a last flag rather than behind
 * it, so that no other line changes. Where a variable may bring flags the new one goes behind all: the last one counts.
 */
function inserted(text: string, command: readonly UnitWord[], index: number, word: string): string {
  const last = command.at(-1);
  const former = command.at(-2);
  const gap = former === undefined || last === undefined ? ' ' : text.slice(former.end, last.start);
  const between = /\\\r?\n/.test(gap) ? gap : ' ';
  const variables = command.some((one) => one.text.startsWith('$'));
  const isFlag = last !== undefined && former !== undefined && /^--[^=]+=/.test(last.text);
  const next = command[index + 1] ?? (isFlag ? last : undefined);
  if (next !== undefined && !variables) return `${text.slice(0, next.start)}${quoted(word)}${between}${text.slice(next.start)}`;
  const end = last?.end ?? text.length;
  return `${text.slice(0, end)}${between}${quoted(word)}${text.slice(end)}`;
}

function quoted(word: string): string {
  return /[\s"'\\]/.test(word) ? `"${word.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"` : word;
}

/** The words of the last `ExecStart` that starts the program, the program first, with their ranges in the text. */
function commandOf(text: string, program: string): readonly UnitWord[] | undefined {
  let found: readonly UnitWord[] | undefined;
  for (const match of text.matchAll(/^[ \t]*ExecStart[ \t]*=[ \t]*(?<command>(?:[^\\\n]|\\[\s\S])*)/gm)) {
    const command = match.groups?.['command'] ?? '';
    const start = match.index + match[0].length - command.length;
    const words = wordsIn(text, start, command);
    const at = words.findIndex(
      (word) =>
        word.text
          .replace(/^[-@:+!]+/, '')
          .split('/')
          .at(-1) === program,
    );
    if (at >= 0) found = words.slice(at);
  }
  return found;
}

function wordsIn(text: string, start: number, command: string): readonly UnitWord[] {
  const lines = [0];
  for (let at = command.indexOf('\n'); at >= 0; at = command.indexOf('\n', at + 1)) lines.push(at + 1);
  return splitWords(command).map((word) => {
    const from = start + (lines[word.line - 1] ?? 0) + word.column - 1;
    return { text: word.text, start: from, end: wordEnd(text, from) };
  });
}

function wordEnd(text: string, start: number): number {
  let quote = '';
  for (let at = start; at < text.length; at++) {
    const sign = text[at] ?? '';
    if (sign === '\\' && quote !== "'") {
      if (/^\\\r?\n/.test(text.slice(at, at + 3))) return at;
      at++;
    } else if (quote === '' && /\s/.test(sign)) return at;
    else if (sign === quote) quote = '';
    else if (quote === '' && (sign === '"' || sign === "'")) quote = sign;
  }
  return text.length;
}
