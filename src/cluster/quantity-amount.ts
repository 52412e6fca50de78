/**
 * The two number forms behind a Kubernetes quantity (k8s.io/apimachinery pkg/api/resource: amount.go, math.go, scale_int.go).
 *
 * `int64` is the fast form, value × 10^scale in 64 bits; `decimal` is gopkg.in/inf.v0, unscaled × 10^-scale without bounds.
 * Which of the two a value has shows in the server's messages, so both are kept.
 */
export type Amount = Int64Amount | DecimalAmount;

interface Int64Amount {
  readonly kind: 'int64';
  readonly value: bigint;
  readonly scale: number;
}

interface DecimalAmount {
  readonly kind: 'decimal';
  readonly unscaled: bigint;
  readonly scale: number;
}

export const maxInt64 = 2n ** 63n - 1n;
const minInt64 = -(2n ** 63n);

/** Beyond this distance of exponents a sum is its greater part: the server itself would not come to an end there. */
const maxExponentDistance = 20_000;

/** Whether `value` fits in 64 bits. */
export function fitsInt64(value: bigint): boolean {
  return value <= maxInt64 && value >= minInt64;
}

/** The sign of an amount: -1, 0 or 1. */
export function signOf(amount: Amount): -1 | 0 | 1 {
  const digits = amount.kind === 'int64' ? amount.value : amount.unscaled;
  if (digits === 0n) return 0;
  return digits > 0n ? 1 : -1;
}

/** The decimal form of an amount. */
function toDecimal(amount: Amount): DecimalAmount {
  if (amount.kind === 'decimal') return amount;
  return { kind: 'decimal', unscaled: amount.value, scale: -amount.scale };
}

/** Compares two amounts exactly; never expands an exponent, so absurd exponents cost nothing. */
export function compareAmounts(a: Amount, b: Amount): -1 | 0 | 1 {
  const signA = signOf(a);
  const signB = signOf(b);
  if (signA !== signB) return signA < signB ? -1 : 1;
  if (signA === 0) return 0;
  const order = compareMagnitudes(toDecimal(a), toDecimal(b));
  if (order === 0) return 0;
  return order === signA ? 1 : -1;
}

function compareMagnitudes(a: DecimalAmount, b: DecimalAmount): -1 | 0 | 1 {
  const digitsA = absolute(a.unscaled);
  const digitsB = absolute(b.unscaled);
  const highestA = digitsA.toString().length - a.scale;
  const highestB = digitsB.toString().length - b.scale;
  if (highestA !== highestB) return highestA < highestB ? -1 : 1;
  const scale = Math.max(a.scale, b.scale);
  const left = digitsA * 10n ** BigInt(scale - a.scale);
  const right = digitsB * 10n ** BigInt(scale - b.scale);
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Adds two amounts: in 64 bits while that fits, else in decimal (Go's int64Amount.Add, then inf.Dec.Add). */
export function addAmounts(a: Amount, b: Amount): Amount {
  if (a.kind === 'int64' && b.kind === 'int64') {
    const sum = addInt64(a, b);
    if (sum !== undefined) return sum;
  }
  const left = toDecimal(a);
  const right = toDecimal(b);
  if (Math.abs(left.scale - right.scale) > maxExponentDistance) {
    if (left.unscaled === 0n) return right;
    if (right.unscaled === 0n) return left;
    return compareMagnitudes(left, right) < 0 ? right : left;
  }
  const scale = Math.max(left.scale, right.scale);
  return { kind: 'decimal', unscaled: rescale(left, scale) + rescale(right, scale), scale };
}

function addInt64(a: Int64Amount, b: Int64Amount): Int64Amount | undefined {
  if (b.value === 0n) return a;
  if (a.value === 0n) return b;
  const scale = Math.min(a.scale, b.scale);
  const left = scaleUpInt64(a.value, a.scale - scale);
  const right = scaleUpInt64(b.value, b.scale - scale);
  if (left === undefined || right === undefined || !fitsInt64(left + right)) return undefined;
  return { kind: 'int64', value: left + right, scale };
}

/** The amount with the other sign. */
export function negateAmount(amount: Amount): Amount {
  if (amount.kind === 'int64') return { ...amount, value: BigInt.asIntN(64, -amount.value) };
  return { ...amount, unscaled: -amount.unscaled };
}

/** Multiplies by a whole number: in 64 bits while that fits (Go's int64Amount.Mul), else in decimal. */
export function multiplyAmount(amount: Amount, factor: bigint): Amount {
  if (amount.kind === 'int64') {
    if (amount.value === 0n) return amount;
    if (factor === 0n) return { kind: 'int64', value: 0n, scale: 0 };
    const product = amount.value * factor;
    if (fitsInt64(product) && (amount.scale <= 0 || scaleUpInt64(product, amount.scale) !== undefined)) {
      return { ...amount, value: product };
    }
  }
  const decimal = toDecimal(amount);
  return { ...decimal, unscaled: decimal.unscaled * factor };
}

/** Rounds away from zero so that no digit stands below 10^scale; `exact` tells whether nothing was lost (Go's AsScale). */
export function roundAmountUp(amount: Amount, scale: number): { readonly amount: Amount; readonly exact: boolean } {
  if (amount.kind === 'int64') {
    if (amount.scale >= scale) return { amount, exact: true };
    const { value, exact } = scaleDown(amount.value, scale - amount.scale);
    return { amount: { kind: 'int64', value, scale }, exact };
  }
  const missing = -scale - amount.scale;
  if (missing > maxExponentDistance || amount.unscaled === 0n) return { amount, exact: true };
  if (missing >= 0) return { amount: { kind: 'decimal', unscaled: rescale(amount, -scale), scale: -scale }, exact: true };
  const { value, exact } = scaleDown(amount.unscaled, amount.scale + scale);
  return { amount: { kind: 'decimal', unscaled: value, scale: -scale }, exact };
}

/** The amount in units of 10^scale as Go's ScaledValue gives it: rounded up, in 64 bits, with its overflows. */
export function scaledValue(amount: Amount, scale: number): bigint {
  if (amount.kind === 'int64') {
    if (amount.scale < scale) return scaleDown(amount.value, scale - amount.scale).value;
    const distance = amount.scale - scale;
    const fitting = scaleUpInt64(amount.value, distance);
    if (fitting !== undefined) return fitting;
    // Go multiplies these in one step and keeps the low 64 bits; in several steps it answers 0.
    return [1, 2, 3, 6, 9].includes(distance) && amount.value !== minInt64
      ? BigInt.asIntN(64, amount.value * 10n ** BigInt(distance))
      : 0n;
  }
  const distance = amount.scale + scale;
  if (distance <= 0) {
    const power = distance >= -18 ? 10n ** BigInt(-distance) : minInt64;
    return BigInt.asIntN(64, BigInt.asIntN(64, amount.unscaled) * (distance === 0 ? 1n : power));
  }
  if (distance > maxExponentDistance) return amount.unscaled > 0n ? 1n : 0n;
  const divisor = 10n ** BigInt(distance);
  if (amount.unscaled < maxInt64 && distance < 19) {
    const small = BigInt.asIntN(64, amount.unscaled);
    return small % divisor === 0n ? small / divisor : small / divisor + 1n;
  }
  const remainder = ((amount.unscaled % divisor) + divisor) % divisor;
  const floor = (amount.unscaled - remainder) / divisor;
  return BigInt.asIntN(64, remainder === 0n ? floor : BigInt.asIntN(64, floor) + 1n);
}

/** Digits and decimal exponent with the exponent as large as can be and a multiple of three (Go's AsCanonicalBytes). */
export function canonicalDecimal(amount: Amount): { readonly digits: bigint; readonly exponent: number } {
  const decimal = toDecimal(amount);
  const { rest, times } = removeFactors(decimal.unscaled, 10n);
  const exponent = times - decimal.scale;
  const excess = ((exponent % 3) + 3) % 3;
  return { digits: rest * 10n ** BigInt(excess), exponent: exponent - excess };
}

/** Digits and exponent of 1024 of a whole amount (Go's AsCanonicalBase1024Bytes). */
export function canonicalBinary(amount: Amount): { readonly digits: bigint; readonly exponent: number } {
  const whole = toDecimal(roundAmountUp(amount, 0).amount);
  const { rest, times } = removeFactors(whole.unscaled * 10n ** BigInt(Math.min(-whole.scale, maxExponentDistance)), 1024n);
  return { digits: rest, exponent: times };
}

function removeFactors(value: bigint, factor: bigint): { readonly rest: bigint; readonly times: number } {
  let rest = value;
  let times = 0;
  while (rest !== 0n && rest % factor === 0n) {
    rest /= factor;
    times += 1;
  }
  return { rest, times };
}

function rescale(amount: DecimalAmount, scale: number): bigint {
  return amount.unscaled * 10n ** BigInt(scale - amount.scale);
}

function scaleUpInt64(value: bigint, scale: number): bigint | undefined {
  if (value === 0n || scale === 0) return value;
  if (scale > 18) return undefined;
  const result = value * 10n ** BigInt(scale);
  return fitsInt64(result) ? result : undefined;
}

function scaleDown(value: bigint, scale: number): { readonly value: bigint; readonly exact: boolean } {
  if (value === 0n) return { value, exact: true };
  const away = value > 0n ? 1n : -1n;
  if (scale > absolute(value).toString().length) return { value: away, exact: false };
  const divisor = 10n ** BigInt(scale);
  const quotient = value / divisor;
  return value % divisor === 0n ? { value: quotient, exact: true } : { value: quotient + away, exact: false };
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}
