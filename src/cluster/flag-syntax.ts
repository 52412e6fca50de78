import type { Argument } from './command-line.ts';
import { goQuote } from './go-quote.ts';
import type { Place } from './place.ts';
import type { StartError } from './start-error.ts';

/** One occurrence of a flag: its normalized name and the text that was given (`true` for a boolean without a value). */
export interface GivenFlag {
  readonly name: string;
  readonly text: string;
  readonly place: Place;
}

/** What a flag parser made of a command line; `rest` are the words that are no flags. */
export interface ParsedFlags {
  readonly given: readonly GivenFlag[];
  readonly rest: readonly Argument[];
  /** In the order of the words; the component stops at the first. */
  readonly errors: readonly StartError[];
}

/** What a parser must know of a flag: its type (`bool` and `version` need no value); `undefined` for a flag that does not exist. */
export type TypeOf = (name: string) => string | undefined;

/** Why a value is refused, in the parser's words. */
export type Check = (name: string, text: string) => string | undefined;

const shorthands: ReadonlyMap<string, string> = new Map([
  ['v', 'v'],
  ['h', 'help'],
]);

/** How pflag names a flag in the message about its value. */
function flagLabel(name: string): string {
  const letter = [...shorthands].find(([, long]) => long === name)?.[0];
  return letter === undefined ? `--${name}` : `-${letter}, --${name}`;
}

/**
 * Reads words as spf13/pflag does (flag.go parseArgs) for a Kubernetes component: an underscore in a name is a dash, a boolean takes
 * a value only after `=`, `--` ends the flags, flags and other words may be mixed. After an error reading goes on with the next word.
 */
export function parsePflags(words: readonly Argument[], typeOf: TypeOf, check: Check): ParsedFlags {
  const reader = new PflagReader(words, typeOf, check);
  reader.read();
  return reader;
}

class PflagReader implements ParsedFlags {
  readonly given: GivenFlag[] = [];
  readonly rest: Argument[] = [];
  readonly errors: StartError[] = [];
  #next = 0;
  readonly #words: readonly Argument[];
  readonly #typeOf: TypeOf;
  readonly #check: Check;

  constructor(words: readonly Argument[], typeOf: TypeOf, check: Check) {
    this.#words = words;
    this.#typeOf = typeOf;
    this.#check = check;
  }

  read(): void {
    for (let word = this.#take(); word !== undefined; word = this.#take()) {
      const { text } = word;
      if (!text.startsWith('-') || text === '-') this.rest.push(word);
      else if (text === '--') this.rest.push(...this.#words.slice(this.#next, (this.#next = this.#words.length)));
      else if (text.startsWith('--')) this.#long(word);
      else this.#short(word);
    }
  }

  #take(): Argument | undefined {
    return this.#words[this.#next++];
  }

  #long(word: Argument): void {
    const body = word.text.slice(2);
    if (/^[-=]/.test(body)) return this.#fail(word, `bad flag syntax: ${word.text}`);
    const equals = body.indexOf('=');
    const written = equals < 0 ? body : body.slice(0, equals);
    const name = written.replaceAll('_', '-');
    const type = this.#typeOf(name);
    if (type === undefined) {
      this.#fail(word, `unknown flag: --${written}`, name);
      // What follows an unknown flag without `=` is most likely its value, not a word of its own.
      if (equals < 0 && this.#words[this.#next]?.text.startsWith('-') === false) this.#next++;
      return;
    }
    if (equals >= 0) return this.#set(word, name, body.slice(equals + 1));
    if (needsNoValue(type)) return this.#set(word, name, 'true');
    const value = this.#take();
    if (value === undefined) return this.#fail(word, `flag needs an argument: --${written}`, name);
    this.#set(word, name, value.text);
  }

  /** `-v=2`, `-v2`, `-v 2`, `-hv2`; any other letter is unknown. */
  #short(word: Argument): void {
    let letters = word.text.slice(1);
    while (letters !== '' && !letters.startsWith('test.')) {
      const letter = letters[0] ?? '';
      const name = shorthands.get(letter);
      if (name === undefined)
        return this.#fail(word, `unknown shorthand flag: ${quoteFirstByte(letters)} in -${letters}`, longName(word.text));
      if (letters.length > 2 && letters[1] === '=') return this.#set(word, name, letters.slice(2));
      if (name === 'help') {
        this.#set(word, name, 'true');
        letters = letters.slice(1);
        continue;
      }
      if (letters.length > 1) return this.#set(word, name, letters.slice(1));
      const value = this.#take();
      if (value === undefined) return this.#fail(word, `flag needs an argument: '${letter}' in -${letters}`, name);
      return this.#set(word, name, value.text);
    }
  }

  #set(word: Argument, name: string, text: string): void {
    this.given.push({ name, text, place: word.place });
    const refusal = this.#check(name, text);
    if (refusal !== undefined)
      this.#fail(word, `invalid argument ${goQuote(text)} for ${goQuote(flagLabel(name))} flag: ${refusal}`, name);
  }

  #fail(word: Argument, message: string, flag?: string): void {
    this.errors.push({ ...(flag === undefined ? {} : { flag }), message, place: word.place });
  }
}

/** Go's `%q` of the first byte of a text, read as a character. */
function quoteFirstByte(text: string): string {
  const byte = new TextEncoder().encode(text)[0] ?? 0;
  const character = String.fromCharCode(byte);
  if (character === "'") return String.raw`'\''`;
  return `'${goQuote(character)
    .slice(1, -1)
    .replace(String.raw`\"`, '"')}'`;
}

/** The flag that was meant by `-anonymous-auth=false`. */
function longName(text: string): string {
  return text.slice(1).replace(/=.*$/s, '').replaceAll('_', '-');
}

function needsNoValue(type: string): boolean {
  return type === 'bool' || type === 'version';
}

/**
 * Reads words as Go's own flag package does, which etcd uses: `-name` and `--name` are the same, the first word that is no flag ends
 * the flags, a boolean takes a value only after `=`.
 */
export function parseGoFlags(words: readonly Argument[], typeOf: TypeOf, check: Check): ParsedFlags {
  const given: GivenFlag[] = [];
  const errors: StartError[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === undefined) break;
    if (word.text === '--') return { given, errors, rest: words.slice(i + 1) };
    const match = /^--?([^-=][^=]*)(?:=([\s\S]*))?$/.exec(word.text);
    if (match === null) {
      if (!word.text.startsWith('-') || word.text === '-') return { given, errors, rest: words.slice(i) };
      errors.push({ message: `bad flag syntax: ${word.text}`, place: word.place });
      continue;
    }
    const [, name = '', inline] = match;
    const type = typeOf(name);
    if (type === undefined) {
      errors.push({ flag: name, message: `flag provided but not defined: -${name}`, place: word.place });
      if (inline === undefined && words[i + 1]?.text.startsWith('-') === false) i++;
      continue;
    }
    const text = inline ?? (type === 'bool' ? 'true' : words[++i]?.text);
    if (text === undefined) {
      errors.push({ flag: name, message: `flag needs an argument: -${name}`, place: word.place });
      continue;
    }
    given.push({ name, text, place: word.place });
    const refusal = check(name, text);
    if (refusal === undefined) continue;
    const what =
      type === 'bool'
        ? `invalid boolean value ${goQuote(text)} for -${name}`
        : `invalid value ${goQuote(text)} for flag -${name}`;
    errors.push({
      flag: name,
      message: `${what}: ${refusal.endsWith('value out of range') ? 'value out of range' : 'parse error'}`,
      place: word.place,
    });
  }
  return { given, errors, rest: [] };
}
