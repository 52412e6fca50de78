import type { Json } from './json.ts';
import {
  type Amount,
  addAmounts,
  canonicalBinary,
  canonicalDecimal,
  compareAmounts,
  fitsInt64,
  maxInt64,
  multiplyAmount,
  negateAmount,
  roundAmountUp,
  scaledValue,
  signOf,
} from './quantity-amount.ts';

/** The way a quantity is written; a value that was never given has none. */
type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent' | '';

/**
 * Kubernetes' resource.Quantity (k8s.io/apimachinery pkg/api/resource/quantity.go). `text` is the text the server keeps
 * from parsing when it takes it for canonical (`+5`, `1.500` and `0009Ki` are kept as they were written).
 */
export interface Quantity {
  readonly amount: Amount;
  readonly format: QuantityFormat;
  readonly text?: string;
}

/** A refused text, in the server's words. */
export interface QuantityError {
  readonly error: string;
}

const formatWrong: QuantityError = {
  error: "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
};
const numericWrong: QuantityError = { error: 'unable to parse numeric part of quantity' };
const suffixWrong: QuantityError = { error: "unable to parse quantity's suffix" };

const decimalSuffixes: ReadonlyMap<string, number> = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]);
const binarySuffixes: ReadonlyMap<string, number> = new Map([
  ['Ki', 10],
  ['Mi', 20],
  ['Gi', 30],
  ['Ti', 40],
  ['Pi', 50],
  ['Ei', 60],
]);

const nano = -9;
const milli = -3;
const maxInt64Factors = 18;

/** The largest value whose thousandths fit in 64 bits (Go's resource.MaxMilliValue). */
export const maxMilliValue = maxInt64 / 1000n;

/** Zero without a format: Go's `resource.Quantity{}`. */
export const zeroQuantity: Quantity = { amount: { kind: 'int64', value: 0n, scale: 0 }, format: '' };

interface QuantityParts {
  readonly positive: boolean;
  readonly value: string;
  readonly numerator: string;
  readonly denominator: string;
  readonly suffix: string;
}

/** Parses a quantity as Go's ParseQuantity does, with its limits: smaller than nano is rounded up, binary is capped at 2^63-1. */
export function parseQuantity(text: string): Quantity | QuantityError {
  if (text === '') return formatWrong;
  if (text === '0') return { amount: { kind: 'int64', value: 0n, scale: 0 }, format: 'DecimalSI', text };
  const parts = splitQuantity(text);
  if (parts === undefined) return formatWrong;
  const suffix = interpretSuffix(parts.suffix);
  if (suffix === undefined) return suffixWrong;
  return parseShort(text, parts, suffix) ?? parseLong(parts, suffix);
}

/** Whether parsing refused the text. */
export function isQuantityError(value: Quantity | QuantityError): value is QuantityError {
  return 'error' in value;
}

/** Reads a quantity out of a JSON value as Go's UnmarshalJSON: strings are trimmed, numbers read as written, null is zero. */
export function quantityFromJson(value: Json | undefined): Quantity | QuantityError {
  if (value === null || value === undefined) return zeroQuantity;
  if (typeof value === 'string') return parseQuantity(value.trim());
  if (typeof value === 'number') return parseQuantity(String(value));
  return formatWrong;
}

/** A whole number as a quantity (Go's resource.NewQuantity with DecimalSI). */
export function wholeQuantity(value: number): Quantity {
  return { amount: { kind: 'int64', value: BigInt(value), scale: 0 }, format: 'DecimalSI' };
}

function splitQuantity(text: string): QuantityParts | undefined {
  const sign = /^[+-]?/.exec(text)?.[0] ?? '';
  let position = sign.length;
  while (text[position] === '0') position += 1;
  const positive = sign !== '-';
  if (position >= text.length) return { positive, value: '0', numerator: '0', denominator: '', suffix: '' };
  const numerator = /^[0-9]*/.exec(text.slice(position))?.[0] ?? '';
  position += numerator.length;
  let denominator = '';
  if (text[position] === '.') {
    denominator = /^[0-9]*/.exec(text.slice(position + 1))?.[0] ?? '';
    position += 1 + denominator.length;
  }
  const value = text.slice(0, position);
  const suffix = text.slice(position);
  if (!/^[eEinumkKMGTP]*[-+]?[0-9]*$/.test(suffix) || suffix.endsWith('\n')) return undefined;
  return { positive, value, numerator: numerator === '' ? '0' : numerator, denominator, suffix };
}

interface SuffixMeaning {
  readonly base: 2 | 10;
  readonly exponent: number;
  readonly format: Exclude<QuantityFormat, ''>;
}

function interpretSuffix(suffix: string): SuffixMeaning | undefined {
  const decimal = decimalSuffixes.get(suffix);
  if (decimal !== undefined) return { base: 10, exponent: decimal, format: 'DecimalSI' };
  const binary = binarySuffixes.get(suffix);
  if (binary !== undefined) return { base: 2, exponent: binary, format: 'BinarySI' };
  const exponent = /^[eE]([-+]?[0-9]+)$/.exec(suffix)?.[1];
  if (exponent === undefined) return undefined;
  const value = BigInt(exponent.replace(/^\+/, ''));
  // Go keeps 32 bits of what fits in 64.
  return fitsInt64(value) ? { base: 10, exponent: Number(BigInt.asIntN(32, value)), format: 'DecimalExponent' } : undefined;
}

/** The path of short numbers: up to 18 digits, no digits below nano, held in 64 bits. */
function parseShort(text: string, parts: QuantityParts, suffix: SuffixMeaning): Quantity | undefined {
  const digits = parts.numerator.length + parts.denominator.length;
  let precision = maxInt64Factors - digits;
  let mantissa = 1n;
  let scale = suffix.exponent;
  if (suffix.format === 'BinarySI') {
    if (parts.denominator !== '') return undefined;
    scale = 0;
    mantissa = 1n << BigInt(suffix.exponent);
    precision = 15 - parts.numerator.length - Math.trunc((suffix.exponent * 3) / 10) - 1;
  }
  scale -= parts.denominator.length;
  if (precision < 0 || scale < nano) return undefined;
  const shifted = parts.numerator + parts.denominator;
  const value = BigInt(shifted);
  const product = value * mantissa;
  if (!fitsInt64(product)) return undefined;
  const amount: Amount = { kind: 'int64', value: parts.positive ? product : -product, scale };
  const kept =
    suffix.format === 'BinarySI' ? (value & 7n) !== 0n : scale % 3 === 0 && !shifted.endsWith('000') && !shifted.startsWith('0');
  return kept ? { amount, format: suffix.format, text } : { amount, format: suffix.format };
}

function parseLong(parts: QuantityParts, suffix: SuffixMeaning): Quantity | QuantityError {
  const match = /^[+-]?([0-9]*)(?:\.([0-9]*))?$/.exec(parts.value);
  const digits = (match?.[1] ?? '') + (match?.[2] ?? '');
  if (digits === '') return numericWrong;
  let unscaled = BigInt(digits);
  let scale = (match?.[2] ?? '').length;
  if (suffix.base === 10) scale -= suffix.exponent;
  else unscaled *= 2n ** BigInt(suffix.exponent);
  let amount: Amount = roundAmountUp({ kind: 'decimal', unscaled, scale }, nano).amount;
  let format: QuantityFormat = suffix.format;
  const most: Amount = { kind: 'decimal', unscaled: maxInt64, scale: 0 };
  if (format === 'BinarySI' && compareAmounts(amount, most) > 0) amount = most;
  const one: Amount = { kind: 'decimal', unscaled: 1n, scale: 0 };
  if (format === 'BinarySI' && compareAmounts(amount, one) < 0 && signOf(amount) > 0) format = 'DecimalSI';
  return { amount: parts.positive ? amount : negateAmount(amount), format };
}

/** The quantity as the server prints it: the text it kept, else Go's canonical form. */
export function formatQuantity(quantity: Quantity): string {
  return quantity.text ?? canonicalQuantity(quantity);
}

/** Go's CanonicalizeBytes: the largest suffix that loses nothing; a decimal exponent without suffix loses it, as in Go (`1000E` prints `1`). */
export function canonicalQuantity(quantity: Quantity): string {
  if (signOf(quantity.amount) === 0) return '0';
  const format = effectiveFormat(quantity);
  if (format === 'BinarySI') {
    const { digits, exponent } = canonicalBinary(roundAmountUp(quantity.amount, 0).amount);
    return `${digits}${suffixOf(binarySuffixes, exponent * 10)}`;
  }
  const { digits, exponent } = canonicalDecimal(quantity.amount);
  if (format === 'DecimalSI') return `${digits}${suffixOf(decimalSuffixes, exponent)}`;
  return exponent === 0 ? `${digits}` : `${digits}e${exponent}`;
}

function effectiveFormat(quantity: Quantity): QuantityFormat {
  if (quantity.format !== 'BinarySI') return quantity.format;
  const bound: Amount = { kind: 'int64', value: 1024n, scale: 0 };
  if (compareAmounts(quantity.amount, bound) < 0 && compareAmounts(quantity.amount, negateAmount(bound)) > 0) return 'DecimalSI';
  return roundAmountUp(quantity.amount, 0).exact ? 'BinarySI' : 'DecimalSI';
}

function suffixOf(suffixes: ReadonlyMap<string, number>, exponent: number): string {
  for (const [suffix, value] of suffixes) if (value === exponent) return suffix;
  return '';
}

/** The quantity as Go's `%#v` prints it in messages of servers before 1.34; `printed` tells whether its text had been asked for before. */
export function dumpQuantity(quantity: Quantity, printed: boolean): string {
  const { amount } = quantity;
  const int64 = amount.kind === 'int64' ? amount : { value: 0n, scale: 0 };
  const decimal = amount.kind === 'int64' ? '(*inf.Dec)(nil)' : '(*inf.Dec)(0x0)';
  const text = printed ? formatQuantity(quantity) : (quantity.text ?? '');
  return `resource.Quantity{i:resource.int64Amount{value:${int64.value}, scale:${int64.scale}}, d:resource.infDecAmount{Dec:${decimal}}, s:${JSON.stringify(text)}, Format:${JSON.stringify(quantity.format)}}`;
}

/** Compares two quantities exactly. */
export function compareQuantities(a: Quantity, b: Quantity): -1 | 0 | 1 {
  return compareAmounts(a.amount, b.amount);
}

/** The sign of a quantity. */
export function quantitySign(quantity: Quantity): -1 | 0 | 1 {
  return signOf(quantity.amount);
}

/** a + b; a zero takes the format of the other (Go's Add). */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { amount: addAmounts(a.amount, b.amount), format: signOf(a.amount) === 0 ? b.format : a.format };
}

/** a - b; a zero takes the format of the other (Go's Sub). */
export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  return { amount: addAmounts(a.amount, negateAmount(b.amount)), format: signOf(a.amount) === 0 ? b.format : a.format };
}

/** A quantity times a whole number (Go's Mul). */
export function multiplyQuantity(quantity: Quantity, factor: number | bigint): Quantity {
  return { amount: multiplyAmount(quantity.amount, BigInt(factor)), format: quantity.format };
}

/** Rounds up, away from zero, to 10^scale (Go's RoundUp); -3 is what the API does to every resource list. */
export function roundQuantityUp(quantity: Quantity, scale: number): Quantity {
  const { amount } = quantity;
  if (amount.kind === 'int64' && amount.scale >= scale) return quantity;
  return { amount: roundAmountUp(amount, scale).amount, format: quantity.format };
}

/** Go's Value(): whole units, rounded up, in 64 bits. */
export function quantityValue(quantity: Quantity): bigint {
  return scaledValue(quantity.amount, 0);
}

/** Go's MilliValue(): thousandths, rounded up, in 64 bits with their overflow. */
export function quantityMilliValue(quantity: Quantity): bigint {
  return scaledValue(quantity.amount, milli);
}
