import type { Argument } from '../../cluster/command-line.ts';
import type { Place } from '../../cluster/place.ts';
import type { Word } from './words.ts';
import { splitWords } from './words.ts';

/** One `Name=value` of a unit file; `value` holds the raw text with its line breaks, `line` and `column` are its place. */
export interface UnitSetting {
  readonly section: string;
  readonly name: string;
  readonly value: string;
  readonly source: string;
  readonly line: number;
  readonly column: number;
}

/** Reports whether a text is a systemd unit that starts something. */
export function looksLikeUnit(text: string): boolean {
  // The plain search spares a long text the expression.
  return text.includes('[Service]') && /^\s*\[Service\]\s*$/m.test(text);
}

/** Reads a unit file or drop-in (systemd.syntax(7)): comments, joined lines and comments between joined lines. Total. */
export function readUnit(text: string, source: string): UnitSetting[] {
  const settings: UnitSetting[] = [];
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  let section = '';
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    const at = index + 1;
    if (/^\s*(?:[#;]|$)/.test(line)) continue;
    const header = /^\s*\[([^\]]+)\]\s*$/.exec(line);
    if (header !== null) {
      section = header[1] ?? '';
      continue;
    }
    const match = /^(\s*([A-Za-z][\w-]*)\s*=\s*)([\s\S]*)$/.exec(line);
    let value = match?.[3] ?? '';
    while (value.endsWith('\\') && index + 1 < lines.length) {
      index += 1;
      const next = lines[index] ?? '';
      // A comment between joined lines is left out; an empty line stands for its break, so that places stay right.
      value = `${value.slice(0, -1)} \n${/^\s*[#;]/.test(next) ? '\\' : next}`;
    }
    if (match !== null)
      settings.push({ section, name: match[2] ?? '', value, source, line: at, column: (match[1] ?? '').length + 1 });
  }
  return settings;
}

/** The values of a list setting of [Service] in order; an empty assignment drops what stood before. */
function serviceValues(settings: readonly UnitSetting[], name: string): UnitSetting[] {
  const values: UnitSetting[] = [];
  for (const setting of settings) {
    if (setting.section !== 'Service' || setting.name !== name) continue;
    if (setting.value.trim() === '') values.length = 0;
    else values.push(setting);
  }
  return values;
}

/** A variable of a unit's environment, with the place that set it. */
export interface UnitVariable {
  readonly value: string;
  readonly place: Place;
}

/** The variables that `Environment=` sets, the later one wins. */
export function environmentOfUnit(settings: readonly UnitSetting[]): Map<string, UnitVariable> {
  const variables = new Map<string, UnitVariable>();
  for (const setting of serviceValues(settings, 'Environment')) {
    for (const word of splitWords(setting.value, { line: setting.line, column: setting.column })) {
      const equals = word.text.indexOf('=');
      if (equals > 0)
        variables.set(word.text.slice(0, equals), {
          value: word.text.slice(equals + 1),
          place: placeOfWord(setting.source, word),
        });
    }
  }
  return variables;
}

/** A file that `EnvironmentFile=` names; a `-` before it says that it may be absent. */
export interface EnvironmentFile {
  readonly path: string;
  readonly optional: boolean;
}

/** The files of `EnvironmentFile=`, in order. */
export function environmentFilesOf(settings: readonly UnitSetting[]): EnvironmentFile[] {
  return serviceValues(settings, 'EnvironmentFile').map(({ value }) => {
    const text = value.trim().replace(/^"(.*)"$/, '$1');
    return text.startsWith('-') ? { path: text.slice(1), optional: true } : { path: text, optional: false };
  });
}

/**
 * The command lines of `ExecStart=` with variables expanded as systemd.service(5) says: `$NAME` as a word of its own splits at
 * blanks and vanishes when empty, `${NAME}` anywhere is put in unsplit, `$$` is a dollar sign. A word out of a variable has the place
 * where the variable is set.
 */
export function commandsOf(settings: readonly UnitSetting[], variables: ReadonlyMap<string, UnitVariable>): Argument[][] {
  return serviceValues(settings, 'ExecStart').map((setting) => {
    const words = splitWords(setting.value, { line: setting.line, column: setting.column });
    const prefix = /^[@:+!|-]+/.exec(words[0]?.text ?? '')?.[0] ?? '';
    const first = words[0];
    const rest =
      first === undefined
        ? []
        : [{ ...first, text: first.text.slice(prefix.length) }, ...words.slice(prefix.includes('@') ? 2 : 1)];
    // `:` switches expansion off.
    return rest.flatMap((word) =>
      prefix.includes(':') ? [argument(setting.source, word)] : expand(setting.source, word, variables),
    );
  });
}

function expand(source: string, word: Word, variables: ReadonlyMap<string, UnitVariable>): Argument[] {
  const whole = word.quoted ? null : /^\$([A-Za-z_]\w*)$/.exec(word.text);
  if (whole !== null) {
    const variable = variables.get(whole[1] ?? '');
    return variable === undefined ? [] : splitWords(variable.value).map((part) => ({ text: part.text, place: variable.place }));
  }
  let place: Place = placeOfWord(source, word);
  const text = word.text.replace(/\$(?:\$|\{([A-Za-z_]\w*)\})/g, (_, name: string | undefined) => {
    if (name === undefined) return '$';
    const variable = variables.get(name);
    if (variable !== undefined && word.text === `\${${name}}`) place = variable.place;
    return variable?.value ?? '';
  });
  return text === '' && !word.quoted ? [] : [{ text, place }];
}

function argument(source: string, word: Word): Argument {
  return { text: word.text, place: placeOfWord(source, word) };
}

function placeOfWord(source: string, word: Word): Place {
  return { source, line: word.line, column: word.column };
}
