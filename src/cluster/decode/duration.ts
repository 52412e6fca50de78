import { goQuote } from '../go-quote.ts';

const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  '\u00B5s': 1_000n,
  '\u03BCs': 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const limit = 2n ** 63n;

/**
 * Parses a duration as Go's time.ParseDuration does: `300ms`, `-1.5h`, `2h45m`, `0`.
 *
 * Returns nanoseconds, or Go's message: `time: missing unit in duration "3"`.
 */
export function parseDuration(text: string): bigint | { readonly error: string } {
  const fail = (problem: string): { error: string } => ({ error: `time: ${problem} ${goQuote(text)}` });
  const negative = text.startsWith('-');
  let rest = /^[-+]/.test(text) ? text.slice(1) : text;
  if (rest === '0') return 0n;
  if (rest === '') return fail('invalid duration');
  let total = 0n;
  while (rest !== '') {
    const match = /^(\d*)(?:\.(\d*))?/.exec(rest);
    const whole = match?.[1] ?? '';
    const fraction = match?.[2] ?? '';
    if (whole === '' && fraction === '') return fail('invalid duration');
    rest = rest.slice(match?.[0].length ?? 0);
    const value = BigInt(whole === '' ? 0 : whole);
    if (value > limit) return fail('invalid duration');
    const unitName = /^[^.\d]*/.exec(rest)?.[0] ?? '';
    if (unitName === '') return fail('missing unit in duration');
    rest = rest.slice(unitName.length);
    const unit = Object.hasOwn(units, unitName) ? units[unitName] : undefined;
    if (unit === undefined) return fail(`unknown unit ${goQuote(unitName)} in duration`);
    const digits = fraction.slice(0, 18);
    const part = value * unit + (digits === '' ? 0n : (BigInt(digits) * unit) / 10n ** BigInt(digits.length));
    total += part;
    if (part > limit || total > limit) return fail('invalid duration');
  }
  if (!negative && total === limit) return fail('invalid duration');
  return negative ? -total : total;
}

/** Prints nanoseconds as Go's Duration.String does: `0s`, `1.5µs`, `2h45m0s`. */
export function formatDuration(nanoseconds: bigint): string {
  const sign = nanoseconds < 0n ? '-' : '';
  const value = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  if (value === 0n) return '0s';
  if (value < 1_000n) return `${sign}${value}ns`;
  if (value < 1_000_000n) return `${sign}${decimal(value, 3)}\u00B5s`;
  if (value < 1_000_000_000n) return `${sign}${decimal(value, 6)}ms`;
  const minutes = value / 60_000_000_000n;
  const seconds = `${decimal(value % 60_000_000_000n, 9)}s`;
  if (minutes === 0n) return sign + seconds;
  return minutes < 60n ? `${sign}${minutes}m${seconds}` : `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

function decimal(value: bigint, places: number): string {
  const scale = 10n ** BigInt(places);
  const fraction = String(value % scale)
    .padStart(places, '0')
    .replace(/0+$/, '');
  return `${value / scale}${fraction === '' ? '' : `.${fraction}`}`;
}
