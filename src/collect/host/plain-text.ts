import type { Argument } from '../../cluster/command-line.ts';
import type { SeenAs } from '../../cluster/component.ts';
import { baseNameOf } from './file-reading.ts';
import type { ConfiguredComponent } from './configured-component.ts';
import { configure } from './configured-component.ts';
import type { Program } from './program.ts';
import { componentNamed, programOf } from './program.ts';
import { argumentsOf, splitWords } from './words.ts';

/** A component's name in a file's: `kube-apiserver.args`, `kubelet.cmdline`, `etcd`. */
function componentOfFileName(source: string): Program['name'] | undefined {
  return componentNamed(baseNameOf(source).replace(/\.(?:args|cmdline|conf|env|flags|txt)$/, ''));
}

/**
 * The components in a text that is a plain command line: NUL-separated as /proc/PID/cmdline, lines of `ps` output (whatever columns
 * stand before the command), a command over several lines, or a file of flags named after its component (`kube-apiserver.args`).
 * What `ps` and /proc show are processes. A text without such a command gives none.
 */
export function componentsOfPlainText(text: string, source: string, host: string): ConfiguredComponent[] {
  if (text.includes('\0')) return fromProcess(text, source, host);
  const flagsOnly = componentOfFileName(source);
  const words = splitWords(text, { comments: true });
  if (
    flagsOnly !== undefined &&
    words.length > 0 &&
    words.every((word, index) => word.text.startsWith('-') || (words[index - 1]?.text.startsWith('-') ?? false))
  ) {
    return [configured({ name: flagsOnly, arguments: argumentsOf(words, source) }, source, host, 'unit')];
  }
  const found: ConfiguredComponent[] = [];
  for (const { text: line, at } of joinedLines(text)) {
    const command = commandIn(argumentsOf(splitWords(line, { line: at }), source));
    const program = programOf(command.words);
    // A name without flags is more likely a word of a text than a command.
    if (program?.arguments[0]?.text.startsWith('-') === true)
      found.push(configured(program, source, host, command.listed ? 'process' : 'unit'));
  }
  return found;
}

/** A process as /proc shows it. All words stand on one line. */
function fromProcess(text: string, source: string, host: string): ConfiguredComponent[] {
  const words = text
    .replace(/\0$/, '')
    .split('\0')
    .map((word) => ({ text: word, place: { source, line: 1 } }));
  const program = programOf(words);
  return program === undefined ? [] : [configured(program, source, host, 'process')];
}

/** Takes away the columns of `ps`: of a line whose first or second word is a process number, all up to the first path or program. */
function commandIn(words: readonly Argument[]): { readonly words: readonly Argument[]; readonly listed: boolean } {
  const listed = [words[0], words[1]].some((word) => word !== undefined && /^\d+$/.test(word.text));
  if (!listed) return { words, listed };
  const start = words.findIndex((word, index) => index > 0 && startsCommand(word.text));
  return { words: start < 0 ? [] : words.slice(start), listed };
}

/** Columns of `ps` are numbers, times, terminals (`pts/0`, `?`) and states; what is none of these begins the command. */
function startsCommand(text: string): boolean {
  return (
    text.startsWith('/') ||
    componentNamed(text) !== undefined ||
    /^(?:sh|bash|hyperkube|grep|vi|vim|less|tail|watch|sudo|nice)$/.test(text)
  );
}

function configured(program: Program, source: string, host: string, seenAs: SeenAs): ConfiguredComponent {
  // The variables of a process are not seen here, and etcd may have all its settings there.
  const whole = program.name !== 'etcd' || program.arguments.some((word) => /^--?listen-client-urls(?:=|$)/.test(word.text));
  const document = { value: { command: program.name }, source };
  return configure({
    name: program.name,
    host,
    seenAs: whole ? seenAs : 'distribution',
    arguments: program.arguments,
    document,
    running: seenAs === 'process',
  });
}

/** Lines with backslash continuations joined (as a blank, so that columns of the first part stay right). */
function joinedLines(text: string): { text: string; at: number }[] {
  const result: { text: string; at: number }[] = [];
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index++) {
    const at = index + 1;
    let line = lines[index] ?? '';
    while (/\\\r?$/.test(line) && index + 1 < lines.length) {
      index += 1;
      line = `${line.replace(/\\\r?$/, ' ')}\n${lines[index] ?? ''}`;
    }
    result.push({ text: line, at });
  }
  return result;
}
