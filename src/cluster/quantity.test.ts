import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Quantity,
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  dumpQuantity,
  formatQuantity,
  isQuantityError,
  multiplyQuantity,
  parseQuantity,
  quantityFromJson,
  quantityMilliValue,
  quantityValue,
  roundQuantityUp,
  subtractQuantities,
} from './quantity.ts';

function quantity(text: string): Quantity {
  const parsed = parseQuantity(text);
  if (isQuantityError(parsed)) throw new Error(`${text}: ${parsed.error}`);
  return parsed;
}

const suffixes = ['', 'n', 'u', 'm', 'k', 'M', 'G', 'T', 'P', 'E', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'e3', 'E-3', 'e12'];
const texts = fc
  .tuple(fc.constantFrom('', '-', '+'), fc.bigInt(0n, 10n ** 22n), fc.option(fc.nat(999_999)), fc.constantFrom(...suffixes))
  .map(([sign, whole, part, suffix]) => `${sign}${whole}${part === null ? '' : `.${part}`}${suffix}`);

describe('parseQuantity', () => {
  // Each line was asked of Go's k8s.io/apimachinery/pkg/api/resource: text, printed, canonical, Value(), MilliValue().
  it.each([
    ['1.5', '1500m', '1500m', 2n, 1500n],
    ['1.5Gi', '1536Mi', '1536Mi', 1_610_612_736n, 1_610_612_736_000n],
    ['1.500', '1.500', '1500m', 2n, 1500n],
    ['+5', '+5', '5', 5n, 5000n],
    ['0009Ki', '0009Ki', '9Ki', 9216n, 9_216_000n],
    ['1000E', '1', '1', 0n, 0n],
    ['0.1n', '1n', '1n', 1n, 1n],
    ['.', '0', '0', 0n, 0n],
    ['Ki', '0', '0', 0n, 0n],
    ['1E3', '1E3', '1e3', 1000n, 1_000_000n],
    ['0.5Ki', '512', '512', 512n, 512_000n],
    ['99999Ei', '9223372036854775807', '9223372036854775807', 9_223_372_036_854_775_807n, -1000n],
  ])('%s', (text, printed, canonical, value, thousandths) => {
    const parsed = quantity(text);
    expect([formatQuantity(parsed), canonicalQuantity(parsed), quantityValue(parsed), quantityMilliValue(parsed)]).toEqual([
      printed,
      canonical,
      value,
      thousandths,
    ]);
  });

  it.each(['', 'abc', '1gb', '1 Gi', '1x', '1\n'])('refuses %j by its form', (text) => {
    expect(parseQuantity(text)).toEqual({
      error: "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    });
  });

  it.each(['1kk', '1e', '1ee3', '1K', '--1'])('refuses %j by its suffix', (text) => {
    expect(parseQuantity(text)).toEqual({ error: "unable to parse quantity's suffix" });
  });

  it('never throws and never takes long', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseQuantity(text)));
    const vast = quantity('1e2000000000');
    expect(compareQuantities(vast, quantity('1'))).toBe(1);
    expect(formatQuantity(addQuantities(vast, quantity('1')))).toBe('100e1999999998');
    expect(canonicalQuantity(quantity('1e-2000000000'))).toBe('1e-9');
  });

  it('keeps its value through its canonical form', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = quantity(text);
        const again = quantity(canonicalQuantity(parsed));
        // Above 999E a decimal suffix is lost, as in Go.
        const lost = parsed.format === 'DecimalSI' && compareQuantities(parsed, quantity('999E')) > 0;
        const lostBelow = parsed.format === 'DecimalSI' && compareQuantities(parsed, quantity('-999E')) < 0;
        expect(lost || lostBelow || compareQuantities(parsed, again) === 0).toBe(true);
        expect(lost || lostBelow || canonicalQuantity(again) === canonicalQuantity(parsed)).toBe(true);
      }),
    );
  });
});

describe('arithmetic', () => {
  it('is exact and ordered', () => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        const [left, right] = [quantity(a), quantity(b)];
        const sum = addQuantities(left, right);
        expect(compareQuantities(sum, addQuantities(right, left))).toBe(0);
        expect(compareQuantities(subtractQuantities(sum, right), left)).toBe(0);
        expect(compareQuantities(left, right)).toBe(-compareQuantities(right, left) + 0);
        expect(compareQuantities(multiplyQuantity(left, 3), addQuantities(left, addQuantities(left, left)))).toBe(0);
      }),
    );
  });

  it('rounds away from zero', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = quantity(text);
        const rounded = roundQuantityUp(parsed, -3);
        const magnitude = (value: Quantity) =>
          compareQuantities(value, quantity('0')) < 0 ? multiplyQuantity(value, -1) : value;
        expect(compareQuantities(magnitude(rounded), magnitude(parsed))).toBeGreaterThanOrEqual(0);
      }),
    );
    expect(formatQuantity(roundQuantityUp(quantity('0.0001'), -3))).toBe('1m');
    expect(formatQuantity(roundQuantityUp(quantity('-1500m'), 0))).toBe('-2');
  });
});

describe('quantityFromJson', () => {
  it('reads what the API reads', () => {
    expect(quantityFromJson(' 1 ')).toEqual(quantity('1'));
    expect(quantityFromJson(1.5)).toEqual(quantity('1.5'));
    expect(quantityFromJson(null)).toMatchObject({ format: '' });
    expect(quantityFromJson(true)).toHaveProperty('error');
  });
});

describe('dumpQuantity', () => {
  it('prints the value as Go does', () => {
    expect(dumpQuantity(quantity('0.5'), true)).toBe(
      'resource.Quantity{i:resource.int64Amount{value:5, scale:-1}, d:resource.infDecAmount{Dec:(*inf.Dec)(nil)}, s:"500m", Format:"DecimalSI"}',
    );
  });
});
