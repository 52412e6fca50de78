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
  const lines = joinedLines(text);
  const listed = lines.filter(({ text: line }) => /\S/.test(line)).length > 1 || /^\s*(?:\S+\s+)?\d+\s/.test(text);
  for (const { text: line, at } of lines) {
    const program = programInLine(argumentsOf(splitWords(line, { line: at }), source));
    if (program !== undefined) found.push(configured(program, source, host, listed ? 'process' : 'unit'));
  }
  return found;
}

/** A process as /proc shows it. Words are found by index: the whole stands on one line. */
function fromProcess(text: string, source: string, host: string): ConfiguredComponent[] {
  const words = text
    .replace(/\0$/, '')
    .split('\0')
    .map((word) => ({ text: word, place: { source, line: 1 } }));
  const program = programOf(words);
  return program === undefined ? [] : [configured(program, source, host, 'process')];
}

/** `ps` prints columns before the command; a command is told by its program followed by nothing or by flags. */
function programInLine(words: readonly Argument[]): Program | undefined {
  for (const [index, word] of words.entries()) {
    if (/^-/.test(word.text)) return undefined;
    const isProgram =
      componentNamed(word.text) !== undefined || /\/(?:ba|da|a)?sh$|^(?:ba|da|a)?sh$|(?:^|\/)hyperkube$/.test(word.text);
    if (!isProgram && /^(?:grep|vi|vim|less|tail|kubectl|systemctl|journalctl|watch)$/.test(baseNameOf(word.text)))
      return undefined;
    if (!isProgram) continue;
    const next = words[index + 1];
    if (next !== undefined && !next.text.startsWith('-') && componentNamed(next.text) === undefined) return undefined;
    return programOf(words.slice(index));
  }
  return undefined;
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
