import type { ComponentName } from '../../cluster/component.ts';
import { flagSpec } from '../../cluster/tables/flag-table.ts';

/** An edit of a list of words; indices are those of the words as they were. */
export type WordEdit =
  | { readonly op: 'replace'; readonly index: number; readonly text: string }
  | { readonly op: 'remove'; readonly index: number }
  /** Before the word at `index`; at the number of words it appends. */
  | { readonly op: 'insert'; readonly index: number; readonly text: string };

/** Where a flag stands: `--flag=value` in one word, `--flag value` in two, or a switch without a value. */
export interface Occurrence {
  readonly name: string;
  readonly index: number;
  readonly form: 'joined' | 'pair' | 'switch';
  /** A bare word behind a switch, meant as its value (`--anonymous-auth false`): it stops the component and goes with the flag's change. */
  readonly stray?: true;
}

/**
 * Finds the flags among a component's words, as its parser splits them: pflag (an underscore is a dash, a boolean takes a value only
 * after `=`, `--` ends the flags) or, for etcd, Go's flag package (one dash or two, the first other word ends them).
 */
export function occurrencesOf(words: readonly string[], component: ComponentName): readonly Occurrence[] {
  const found: Occurrence[] = [];
  const go = component === 'etcd';
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '--') break;
    const match = /^--?([^-=][^=]*)(=)?/.exec(word);
    if (match === null) {
      if (go) break;
      continue;
    }
    const name = go ? (match[1] ?? '') : (match[1] ?? '').replaceAll('_', '-');
    // To pflag one dash is a letter's (`-v`); a whole name behind it is a slip that stops the component, and goes with the flag's change.
    if (!go && !word.startsWith('--') && (name.length < 2 || flagSpec(component, undefined, name) === undefined)) continue;
    const type = flagSpec(component, undefined, name)?.type;
    if (match[2] !== undefined) found.push({ name, index, form: 'joined' });
    else if (type === 'bool' || type === 'version')
      found.push({ name, index, form: 'switch', ...(words[index + 1]?.startsWith('-') === false ? { stray: true } : {}) });
    else if (type === undefined && words[index + 1]?.startsWith('-') !== false) found.push({ name, index, form: 'switch' });
    else found.push({ name, index: index++, form: 'pair' });
  }
  return found;
}

/**
 * The edits after which `--flag=value` counts and stands once. A flag that is there keeps its place and form; a new one goes where the
 * flags are sorted by name, else behind the last. No edits where the words say it already. Source: spf13/pflag flag.go; Go's flag package.
 */
export function setFlag(words: readonly string[], component: ComponentName, flag: string, value: string): readonly WordEdit[] {
  const all = occurrencesOf(words, component);
  const own = all.filter((occurrence) => occurrence.name === flag);
  const [kept, ...others] = own;
  if (kept === undefined) return [{ op: 'insert', index: placeFor(words, all, flag), text: `--${flag}=${value}` }];
  return [...replaced(words, component === 'etcd', kept, value), ...others.flatMap(removed)];
}

/** The edits after which the flag is gone. */
export function removeFlag(words: readonly string[], component: ComponentName, flag: string): readonly WordEdit[] {
  return occurrencesOf(words, component)
    .filter((occurrence) => occurrence.name === flag)
    .flatMap(removed);
}

function replaced(words: readonly string[], go: boolean, occurrence: Occurrence, value: string): readonly WordEdit[] {
  const { index, form, stray } = occurrence;
  const word = words[index] ?? '';
  const next = words[index + 1];
  const slip = !go && !word.startsWith('--');
  if (form === 'pair' && next !== undefined && !slip)
    return next === value ? [] : [{ op: 'replace', index: index + 1, text: value }];
  const written = form === 'joined' ? word.slice(0, word.indexOf('=')) : word;
  const text = `${slip ? '-' : ''}${written}=${value}`;
  const rest: readonly WordEdit[] =
    stray === true || (form === 'pair' && next !== undefined) ? [{ op: 'remove', index: index + 1 }] : [];
  return text === word || (form === 'switch' && value === 'true' && !slip) ? rest : [{ op: 'replace', index, text }, ...rest];
}

function removed({ index, form, stray }: Occurrence): readonly WordEdit[] {
  return form === 'pair' || stray === true
    ? [
        { op: 'remove', index },
        { op: 'remove', index: index + 1 },
      ]
    : [{ op: 'remove', index }];
}

/** Among sorted flags (kubeadm puts --advertise-address first) the place by name; else behind the last; first of all where there are none. */
function placeFor(words: readonly string[], all: readonly Occurrence[], flag: string): number {
  const last = all.at(-1);
  if (last === undefined) return 0;
  // A last flag that lacks its value must not take the new one for it.
  if (last.form === 'pair' && last.index + 1 >= words.length) return last.index;
  const rest = all.slice(1);
  const sorted = rest.length > 1 && rest.every(({ name }, index) => index === 0 || (rest[index - 1]?.name ?? '') <= name);
  const next = sorted ? rest.find(({ name }) => name > flag) : undefined;
  return next?.index ?? last.index + (last.form === 'pair' ? 2 : 1);
}

/** Carries the edits out. */
export function applyWordEdits(words: readonly string[], edits: readonly WordEdit[]): readonly string[] {
  const result: string[] = [];
  for (let index = 0; index <= words.length; index++) {
    for (const edit of edits) if (edit.op === 'insert' && edit.index === index) result.push(edit.text);
    if (index === words.length) break;
    if (edits.some((edit) => edit.op === 'remove' && edit.index === index)) continue;
    const change = edits.find((edit) => edit.op === 'replace' && edit.index === index);
    result.push(change?.op === 'replace' ? change.text : (words[index] ?? ''));
  }
  return result;
}
