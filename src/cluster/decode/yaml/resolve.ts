import type { YamlNode } from './parser.ts';
import { YamlSyntaxError } from './tokens.ts';

/** What a scalar means. A timestamp is a string: go-yaml hands it on as it stands where no type is asked for. */
export type Scalar =
  | { readonly kind: 'null' }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string };

const prefix = 'tag:yaml.org,2002:';
const trueWords = new Set(['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON']);
const falseWords = new Set(['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF']);
const nullWords = new Set(['', '~', 'null', 'Null', 'NULL']);
const floatWords: Readonly<Record<string, number>> = Object.fromEntries(
  ['inf', 'Inf', 'INF'].flatMap((word) => [
    [`.${word}`, Infinity],
    [`+.${word}`, Infinity],
    [`-.${word}`, -Infinity],
  ]),
);

/**
 * Resolves a scalar as go-yaml v2 does: YAML 1.1 words (`yes`, `off`, `y`), Go's integer literals (`0o17`, `0x1F`, `017`,
 * `0b11`, underscores), floats, timestamps. Throws YamlSyntaxError where a tag does not fit the text.
 */
export function resolveScalar(node: YamlNode & { kind: 'scalar' }): Scalar {
  const { value, tag } = node;
  if (tag === '' && !node.implicit) return { kind: 'string', value };
  if (tag === `${prefix}binary`) return { kind: 'string', value: decodeBinary(node) };
  const kinds: Readonly<Record<string, Scalar['kind'] | 'timestamp'>> = {
    bool: 'bool',
    int: 'int',
    float: 'float',
    null: 'null',
    timestamp: 'timestamp',
  };
  const wanted = tag.startsWith(prefix) ? kinds[tag.slice(prefix.length)] : undefined;
  if (tag !== '' && wanted === undefined) return { kind: 'string', value };
  const resolved = resolvePlain(value, wanted === undefined || wanted === 'timestamp');
  if (wanted === undefined) return resolved.kind === 'timestamp' ? { kind: 'string', value } : resolved;
  if (wanted === 'float' && resolved.kind === 'int' && resolved.value <= 9_223_372_036_854_775_807n)
    return { kind: 'float', value: Number(resolved.value) };
  if (resolved.kind !== wanted) {
    throw new YamlSyntaxError(
      `yaml: cannot decode !!${shortKind(resolved.kind)} \`${value}\` as a !!${tag.slice(prefix.length)}`,
      node.mark,
    );
  }
  return resolved.kind === 'timestamp' ? { kind: 'string', value } : resolved;
}

function shortKind(kind: string): string {
  return kind === 'string' ? 'str' : kind;
}

function decodeBinary(node: YamlNode & { kind: 'scalar' }): string {
  const text = node.value.replaceAll(/[\r\n]/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
    throw new YamlSyntaxError('yaml: !!binary value contains invalid base64 data', node.mark);
  }
  return new TextDecoder().decode(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
}

function resolvePlain(text: string, timestamps: boolean): Scalar | { kind: 'timestamp' } {
  if (nullWords.has(text)) return { kind: 'null' };
  if (trueWords.has(text)) return { kind: 'bool', value: true };
  if (falseWords.has(text)) return { kind: 'bool', value: false };
  const word = floatWords[text];
  if (word !== undefined) return { kind: 'float', value: word };
  if (text === '.nan' || text === '.NaN' || text === '.NAN') return { kind: 'float', value: Number.NaN };
  if (text.startsWith('.'))
    return /^\.\d+(?:_?\d)*(?:[eE][-+]?\d+)?$/.test(text) && !text.includes('_') ? finite(text) : { kind: 'string', value: text };
  if (!/^[-+\d]/.test(text)) return { kind: 'string', value: text };
  if (timestamps && isTimestamp(text)) return { kind: 'timestamp' };
  return resolveNumber(text);
}

function finite(text: string): Scalar {
  const value = Number(text);
  return Number.isFinite(value) ? { kind: 'float', value } : { kind: 'string', value: text };
}

function resolveNumber(text: string): Scalar {
  const plain = text.replaceAll('_', '');
  const literal = goInteger(plain);
  if (literal !== undefined) return { kind: 'int', value: literal };
  if (/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(plain)) {
    const value = Number(plain);
    if (Number.isFinite(value)) return { kind: 'float', value };
  }
  return { kind: 'string', value: text };
}

/** Go's strconv.ParseInt(text, 0, 64), then ParseUint: base by prefix, `0` alone means octal; signed down to -2^63, unsigned up to 2^64-1. */
function goInteger(text: string): bigint | undefined {
  const match = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[oO]?([0-7]+)|0[bB]([01]+)|(0|[1-9]\d*))$/.exec(text);
  if (match === null) return undefined;
  const [, sign, hex, octal, binary, decimal] = match;
  let value = 0n;
  if (hex !== undefined) value = BigInt(`0x${hex}`);
  else if (octal !== undefined) value = BigInt(`0o${octal}`);
  else if (binary !== undefined) value = BigInt(`0b${binary}`);
  else if (decimal !== undefined) value = BigInt(decimal);
  if (sign === '-') return value <= 2n ** 63n ? -value : undefined;
  // ParseUint takes no sign.
  return value < (sign === '+' ? 2n ** 63n : 2n ** 64n) ? value : undefined;
}

/** The forms of time that go-yaml tries: a date, a date and a time, RFC 3339 with short fields. */
function isTimestamp(text: string): boolean {
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:([Tt ])(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?(Z|[-+]\d\d:\d\d)?)?$/.exec(text);
  if (match === null) return false;
  const [, year, month, day, separator, hour, minute, second, zone] = match;
  if (separator !== undefined && (separator === ' ') !== (zone === undefined)) return false;
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  const inDate = Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= days;
  return inDate && Number(hour ?? 0) < 24 && Number(minute ?? 0) < 60 && Number(second ?? 0) < 60;
}
