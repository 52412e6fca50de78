import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCsvRecord } from './go-csv.ts';
import { boolRefusal, floatRefusal, intRefusal, parseGoDuration, uintRefusal } from './go-numbers.ts';

describe('a CSV record', () => {
  it.each([
    ['a,b', ['a', 'b']],
    ['"a,b",c', ['a,b', 'c']],
    ['"a""b"', ['a"b']],
    ['""', ['']],
    ['a,', ['a', '']],
    ['\n\na', ['a']],
    ['a\nb', ['a']],
    ['"a\nb",c', ['a\nb', 'c']],
    [' a', [' a']],
  ])('%j is %j', (text, fields) => {
    expect(readCsvRecord(text)).toEqual({ fields });
  });

  it.each([
    ['a"b', 'parse error on line 1, column 2: bare " in non-quoted-field'],
    ['"a"b', 'parse error on line 1, column 3: extraneous or missing " in quoted-field'],
    ['"a', 'parse error on line 1, column 3: extraneous or missing " in quoted-field'],
    ['é,"b', 'parse error on line 1, column 6: extraneous or missing " in quoted-field'],
    ['"a\nb', 'record on line 1; parse error on line 2, column 2: extraneous or missing " in quoted-field'],
    ['\n', 'EOF'],
  ])('%j is refused: %s', (text, error) => {
    expect(readCsvRecord(text)).toEqual({ error });
  });

  it('reads back what was quoted', () => {
    // A carriage return before a line end is lost in Go's reader too.
    const field = fc.string().filter((text) => !text.includes('\r'));
    const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(fc.array(field, { minLength: 1 }), (fields) => {
        expect(readCsvRecord(fields.map(quote).join(','))).toEqual({ fields });
      }),
    );
  });
});

describe('numbers', () => {
  it.each(['0', '-9223372036854775808', '9223372036854775807', '0x1F', '0b11', '0o17', '017', '1_000', '+5'])(
    '%s is an int64',
    (text) => {
      expect(intRefusal(text, 64)).toBeUndefined();
    },
  );

  it.each(['', '08', '1__0', '_1', '1_', '0x', '1.0', ' 1', '--1'])('%j is none', (text) => {
    expect(intRefusal(text, 64)).toBe(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  });

  it('out of range say so', () => {
    expect(intRefusal('9223372036854775808', 64)).toBe('strconv.ParseInt: parsing "9223372036854775808": value out of range');
    expect(uintRefusal('2147483648', 31, 10)).toBe('strconv.ParseUint: parsing "2147483648": value out of range');
    expect(floatRefusal('1e39', 32)).toBe('strconv.ParseFloat: parsing "1e39": value out of range');
    expect(floatRefusal('1e39', 64)).toBeUndefined();
  });

  it('are not booleans, but for 0 and 1', () => {
    expect(['0', '1', 't', 'F', 'TRUE', 'False'].map(boolRefusal)).toEqual(Array.from({ length: 6 }));
    expect(boolRefusal('yes')).toBe('strconv.ParseBool: parsing "yes": invalid syntax');
  });
});

describe('durations', () => {
  it.each([
    ['0', 0n],
    ['1h30m', 5_400_000_000_000n],
    ['-.5s', -500_000_000n],
    ['1.5us', 1500n],
    ['2562047h47m16.854775807s', 9_223_372_036_854_775_807n],
  ])('%s are %i nanoseconds', (text, nanoseconds) => {
    expect(parseGoDuration(text)).toEqual({ nanoseconds });
  });

  it.each([
    ['', 'time: invalid duration ""'],
    ['5', 'time: missing unit in duration "5"'],
    ['5x', 'time: unknown unit "x" in duration "5x"'],
    ['5é', 'time: unknown unit "\\xc3\\xa9" in duration "5\\xc3\\xa9"'],
    ['.', 'time: invalid duration "."'],
    ['99999999999h', 'time: invalid duration "99999999999h"'],
  ])('%j are refused: %s', (text, error) => {
    expect(parseGoDuration(text)).toEqual({ error });
  });
});
