/** What a scalar of a manifest means to Kubernetes, or the words in which its reader refuses it. */
export type Scalar =
  | { readonly kind: 'value'; readonly value: null | boolean | number | string }
  | { readonly kind: 'refused'; readonly message: string };

const words = new Map<string, null | boolean>();
for (const text of ['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON']) words.set(text, true);
for (const text of ['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF']) words.set(text, false);
for (const text of ['', '~', 'null', 'Null', 'NULL']) words.set(text, null);

const endless = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const styleFloat = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const dotFloat = /^\.[0-9]+(?:[eE][-+]?[0-9]+)?$/;
const timestamp =
  /^\d{4}-\d{1,2}-\d{1,2}(?:(?:[Tt]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|[-+]\d\d:\d\d))|(?: \d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?))?$/;

// INVARIANT(scalar-first): a plain scalar that begins with none of these is a string without a look at the rest.
const suspects = new Uint8Array(128);
for (const letter of '+-.0123456789yYnNtTfFoO~') suspects[letter.charCodeAt(0)] = 1;

/** Reports whether a plain scalar's first character leaves open that it is more than a string. Total. */
export function mayBeMoreThanString(first: number): boolean {
  return first < 128 && suspects[first] === 1;
}

/**
 * Resolves a plain scalar without a tag as sigs.k8s.io/yaml does: `yes` and `on` are booleans, `012`, `0o12`, `0b11` and `1_000`
 * integers, `.5` and `1e3` floats; `12:30` and dates stay strings; an integer beyond 64 bits is a float.
 *
 * Returns: `undefined` for an infinity or a NaN, which JSON cannot hold (Kubernetes refuses the document). Numbers beyond 2^53 lose
 * their last digits, as every JSON number does here. Total.
 * Source: go.yaml.in/yaml/v2 resolve.go (v2.4.4), which sigs.k8s.io/yaml v1.6.0 uses; read 2026-11-26.
 */
export function resolvePlain(text: string): null | boolean | number | string | undefined {
  const word = words.get(text);
  if (word !== undefined) return word;
  const first = text.charCodeAt(0);
  if (!mayBeMoreThanString(first)) return text;
  if (first === 46 /* . */) {
    if (endless.test(text)) return undefined;
    return dotFloat.test(text) ? finite(text, text) : text;
  }
  if (first > 57) return text;
  if (endless.test(text)) return undefined;
  const plain = text.includes('_') ? text.replaceAll('_', '') : text;
  const integer = parseInteger(plain);
  if (integer !== undefined) return Number(integer);
  return styleFloat.test(plain) ? finite(plain, text) : text;
}

/** A float too large for 64 bits is an error to strconv, and then just text. */
function finite(number: string, text: string): number | string {
  const value = Number(number);
  if (!Number.isFinite(value)) return text;
  return value === 0 ? 0 : value;
}

/** `strconv.ParseInt(text, 0, 64)`, else `ParseUint`: prefixes 0x, 0o, 0b and 0, no value beyond 64 bits; `undefined` where both fail. */
function parseInteger(text: string): bigint | number | undefined {
  const match = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/.exec(text);
  if (match === null) return undefined;
  const [, sign = '', hex, binary, octal, decimal] = match;
  if (decimal !== undefined && decimal.length < 16) {
    const small = Number(decimal);
    return sign === '-' && small !== 0 ? -small : small;
  }
  const digits =
    hex !== undefined ? `0x${hex}` : binary !== undefined ? `0b${binary}` : octal !== undefined ? `0o${octal}` : (decimal ?? '0');
  const size = BigInt(digits);
  const value = sign === '-' ? -size : size;
  if (value >= -(2n ** 63n) && value < 2n ** 63n) return value;
  return sign === '' && value < 2n ** 64n ? value : undefined;
}

/**
 * The member name that a plain key becomes: keys follow the same rules as values and are then printed (`yes: c` is `true`, `0x10: a`
 * is `16`, `1.50: a` is `1.5`). Returns `undefined` for a null key, which Kubernetes refuses.
 *
 * Source: sigs.k8s.io/yaml convertToJSONableObject.
 */
export function keyOfPlain(text: string): string | undefined {
  if (text !== '' && !mayBeMoreThanString(text.charCodeAt(0)) && !words.has(text)) return text;
  const value = resolvePlain(text);
  if (value === undefined) return text.toLowerCase().replace(/^\+/, '');
  if (value === null) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  const integer = parseInteger(text.replaceAll('_', ''));
  return integer === undefined ? formatFloat32(value) : integer.toString();
}

/** Go's `strconv.FormatFloat(value, 'g', -1, 32)`: the shortest digits that give the same 32-bit float. */
function formatFloat32(value: number): string {
  const single = Math.fround(value);
  if (!Number.isFinite(single)) return single > 0 ? '.inf' : '-.inf';
  if (single === 0) return '0';
  let digits = single.toExponential(8);
  for (let precision = 0; precision < 9; precision++) {
    digits = single.toExponential(precision);
    if (Math.fround(Number(digits)) === single) break;
  }
  const [mantissa = '0', exponentText = '0'] = digits.split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 6)
    return Number(digits).toFixed(Math.max(0, mantissa.replace(/^-?\d\.?/, '').length - exponent));
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

const standard = 'tag:yaml.org,2002:';

/**
 * Resolves a scalar with an explicit tag, given as it stands in the text (`!!str`, `!local`, `!<tag:yaml.org,2002:int>`).
 *
 * A tag of one's own, and the bare `!`, leave the text as it is. A tag that the text does not fit refuses the document.
 */
export function resolveTagged(tag: string, text: string): Scalar {
  const verbatim = tag.startsWith('!<') ? tag.slice(2, -1) : tag;
  const short = verbatim.startsWith(standard) ? `!!${verbatim.slice(standard.length)}` : verbatim;
  if (short === '!!binary') return { kind: 'value', value: decodeBinary(text) };
  if (short === '!!str' || !['!!bool', '!!int', '!!float', '!!null', '!!timestamp'].includes(short))
    return { kind: 'value', value: text };
  const value = resolvePlain(text);
  if (short === '!!timestamp' && timestamp.test(text)) return { kind: 'value', value: text };
  if (value === undefined) return { kind: 'refused', message: 'json: unsupported value: an infinity or not a number' };
  const found = tagOf(value, text);
  if (found === short || (short === '!!float' && found === '!!int')) return { kind: 'value', value };
  return { kind: 'refused', message: `cannot decode ${found} as a ${short}` };
}

function tagOf(value: null | boolean | number | string, text: string): string {
  if (value === null) return '!!null';
  if (typeof value === 'boolean') return '!!bool';
  if (typeof value === 'string') return '!!str';
  return parseInteger(text.replaceAll('_', '')) === undefined ? '!!float' : '!!int';
}

/** Bytes that are not UTF-8 become U+FFFD, as Go's JSON writer prints them. */
function decodeBinary(text: string): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(
    Uint8Array.from(globalThis.atob(text.replaceAll(/[^A-Za-z0-9+/]/g, '').replace(/^((?:.{4})*).$/, '$1')), (c) =>
      c.charCodeAt(0),
    ),
  );
}
