import { goQuote } from './go-quote.ts';

/** Why Go refuses a text, in its words; `undefined` where it takes it. */
export type Refusal = string | undefined;

const booleans: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((text) => [text, false] as const),
]);

/** Reads a boolean as strconv.ParseBool does; `undefined` for what it refuses. */
export function parseGoBool(text: string): boolean | undefined {
  return booleans.get(text);
}

/** Checks a boolean as strconv.ParseBool does. */
export function boolRefusal(text: string): Refusal {
  return booleans.has(text) ? undefined : syntax('ParseBool', text);
}

const anyBase = /^(?:0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO]?(?:_?[0-7])*|[1-9](?:_?[0-9])*)$/;

/** Checks a signed integer as strconv.ParseInt(text, base, bits) does; base 0 takes prefixes and underscores. */
export function intRefusal(
  text: string,
  bits: 32 | 64,
  options: { readonly base?: 0 | 10; readonly function?: string } = {},
): Refusal {
  const name = options.function ?? 'ParseInt';
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  const value = magnitude(text.slice(sign.length), options.base ?? 0);
  if (value === undefined) return syntax(name, text);
  const limit = 1n << BigInt(bits - 1);
  return value > (sign === '-' ? limit : limit - 1n) ? range(name, text) : undefined;
}

/** Checks an unsigned integer as strconv.ParseUint(text, base, bits) does. */
export function uintRefusal(text: string, bits: 31 | 64, base: 0 | 10 = 0): Refusal {
  const value = magnitude(text, base);
  if (value === undefined) return syntax('ParseUint', text);
  return value >= 1n << BigInt(bits) ? range('ParseUint', text) : undefined;
}

function magnitude(digits: string, base: 0 | 10): bigint | undefined {
  if (base === 10) return /^\d+$/.test(digits) ? BigInt(digits) : undefined;
  if (!anyBase.test(digits) || /^0[oO]$/.test(digits)) return undefined;
  const plain = digits.replaceAll('_', '');
  return BigInt(/^0\d/.test(plain) ? `0o${plain.slice(1)}` : plain.replace(/^0O/, '0o'));
}

const decimal = /^[+-]?(?:(?:\d(?:_?\d)*)\.?(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d+)?$/;
const hexadecimal =
  /^[+-]?0[xX](?:(?:_?[0-9a-fA-F])+\.?(?:[0-9a-fA-F](?:_?[0-9a-fA-F])*)?|\.[0-9a-fA-F](?:_?[0-9a-fA-F])*)[pP][+-]?\d+$/;
const notFinite = /^(?:[+-]?(?:inf|infinity)|nan)$/i;

/** Checks a floating-point number as strconv.ParseFloat(text, bits) does. */
export function floatRefusal(text: string, bits: 32 | 64): Refusal {
  if (notFinite.test(text) || hexadecimal.test(text)) return undefined;
  if (!decimal.test(text)) return syntax('ParseFloat', text);
  const value = Number(text.replaceAll('_', ''));
  return Number.isFinite(bits === 32 ? Math.fround(value) : value) ? undefined : range('ParseFloat', text);
}

function syntax(name: string, text: string): string {
  return `strconv.${name}: parsing ${goQuote(text)}: invalid syntax`;
}

function range(name: string, text: string): string {
  return `strconv.${name}: parsing ${goQuote(text)}: value out of range`;
}

const units: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1000n],
  ['µs', 1000n],
  ['μs', 1000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

/** Reads a duration as Go's time.ParseDuration does: nanoseconds, or the refusal in its words. */
export function parseGoDuration(text: string): { readonly nanoseconds: bigint } | { readonly error: string } {
  const invalid = { error: `time: invalid duration ${quoteBytes(text)}` };
  const negative = text.startsWith('-');
  let rest = /^[+-]/.test(text) ? text.slice(1) : text;
  if (rest === '0') return { nanoseconds: 0n };
  if (rest === '') return invalid;
  const limit = 1n << 63n;
  let total = 0n;
  while (rest !== '') {
    const [, whole = '', dot = '', fraction = ''] = /^(\d*)(\.?)(\d*)/.exec(rest) ?? [];
    if (whole === '' && dot === '') return invalid;
    if (BigInt(`0${whole}`) > limit || (whole === '' && fraction === '')) return invalid;
    rest = rest.slice(whole.length + dot.length + fraction.length);
    const [name = ''] = /^[^.0-9]*/.exec(rest) ?? [];
    if (name === '') return { error: `time: missing unit in duration ${quoteBytes(text)}` };
    const unit = units.get(name);
    if (unit === undefined) return { error: `time: unknown unit ${quoteBytes(name)} in duration ${quoteBytes(text)}` };
    rest = rest.slice(name.length);
    total += BigInt(`0${whole}`) * unit + (BigInt(`0${fraction}`) * unit) / 10n ** BigInt(fraction.length);
    if (total > limit) return invalid;
  }
  if (!negative && total > limit - 1n) return invalid;
  return { nanoseconds: negative ? -total : total };
}

/** Checks a duration as time.ParseDuration does. */
export function durationRefusal(text: string): Refusal {
  const parsed = parseGoDuration(text);
  return 'error' in parsed ? parsed.error : undefined;
}

/** The quoting of package time: quotes and backslashes escaped, every byte outside printable ASCII as `\xNN`. */
function quoteBytes(text: string): string {
  let quoted = '';
  for (const byte of new TextEncoder().encode(text)) {
    const character = String.fromCharCode(byte);
    if (byte < 0x20 || byte >= 0x80) quoted += `\\x${byte.toString(16).padStart(2, '0')}`;
    else quoted += character === '"' || character === '\\' ? `\\${character}` : character;
  }
  return `"${quoted}"`;
}
