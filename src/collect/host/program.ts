import type { Argument } from '../../cluster/command-line.ts';
import type { ComponentName } from '../../cluster/component.ts';
import { baseNameOf } from './file-reading.ts';
import { splitWords } from './words.ts';

/** The programs whose command lines are read. */
export const componentNames: readonly ComponentName[] = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'etcd',
  'kubelet',
  'kube-proxy',
];

/** A component's name by its program's file name. */
export function componentNamed(word: string): ComponentName | undefined {
  const base = baseNameOf(word);
  return componentNames.find((name) => name === base);
}

/** A command that starts a component: which one, and the words after the program. */
export interface Program {
  readonly name: ComponentName;
  readonly arguments: readonly Argument[];
}

const shells: ReadonlySet<string> = new Set(['sh', 'bash', 'ash', 'dash']);
const redirection = /^(?:\d*>{1,2}|\d*<|&>)/;
/** Commands that take a component's name or file as an argument without starting it. */
const otherCommands: ReadonlySet<string> = new Set(
  'cat chmod chown cp crictl curl grep journalctl kill killall kubectl less ln ls more mv nano pgrep pidof pkill rm service systemctl tail test vi vim watch which'.split(
    ' ',
  ),
);
const separators: ReadonlySet<string> = new Set([';', '&&', '||', '|', '&']);

/**
 * Finds the component that a command starts: its program may stand behind a wrapper (`/go-runner --log-file=… /usr/local/bin/kube-apiserver …`,
 * `hyperkube kube-apiserver`, `nice`, `exec`) or inside `sh -c TEXT`, whose last such command counts. Redirections and what follows the
 * command (`;`, `|`, `&&`) are no arguments. `undefined` when it starts none.
 */
export function programOf(words: readonly Argument[]): Program | undefined {
  const first = words[0];
  if (first === undefined) return undefined;
  if (shells.has(baseNameOf(first.text))) return programInShell(words);
  if (otherCommands.has(baseNameOf(first.text))) return undefined;
  const index = words.findIndex(
    (word, at) => componentNamed(word.text) !== undefined && (at === 0 || standsAsProgram(word.text, words[at - 1]?.text)),
  );
  const word = words[index];
  const name = word === undefined ? undefined : componentNamed(word.text);
  return name === undefined ? undefined : { name, arguments: words.slice(index + 1) };
}

/** `--name etcd` names a member, it does not start one: a bare word after a flag without `=` is that flag's value. */
function standsAsProgram(word: string, before: string | undefined): boolean {
  return word.startsWith('/') || before === undefined || !before.startsWith('-') || before.includes('=') || before === '--';
}

function programInShell(words: readonly Argument[]): Program | undefined {
  const flag = words.findIndex((word) => /^-[a-z]*c[a-z]*$/.test(word.text));
  const script = flag < 0 ? undefined : words[flag + 1];
  if (script === undefined) return undefined;
  const inside = splitWords(script.text, { comments: true }).map((word) => ({ text: word.text, place: script.place }));
  let best: Program | undefined;
  let command: Argument[] = [];
  for (const word of [...inside, { text: ';', place: script.place }]) {
    const ends = separators.has(word.text) || word.text.endsWith(';');
    if (!ends || word.text.length > 1)
      command.push(ends && !separators.has(word.text) ? { ...word, text: word.text.slice(0, -1) } : word);
    if (!ends) continue;
    const stop = command.findIndex((item) => redirection.test(item.text) || separators.has(item.text));
    best = programOf(stop < 0 ? command : command.slice(0, stop)) ?? best;
    command = [];
  }
  return best;
}
