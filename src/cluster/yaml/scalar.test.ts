import { describe, expect, it } from 'vitest';
import { keyOfPlain, resolvePlain, resolveTagged } from './scalar.ts';

// What sigs.k8s.io/yaml (go.yaml.in/yaml/v2) makes of a plain scalar.
const table: [string, null | boolean | number | string][] = [
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((text): [string, boolean] => [text, true]),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((text): [string, boolean] => [text, false]),
  ...['', '~', 'null', 'Null', 'NULL'].map((text): [string, null] => [text, null]),
  ...['yES', 'tRUE', 'oN', 'nULL', 'Yes ', 'yesterday', '<<', '=', 'a', '-', '.', '+', '--1'].map((text): [string, string] => [
    text,
    text,
  ]),
  ['0', 0],
  ['-0', 0],
  ['12', 12],
  ['+12', 12],
  ['-12', -12],
  ['012', 10],
  ['0o12', 10],
  ['0O12', 10],
  ['0b11', 3],
  ['-0b11', -3],
  ['0x1F', 31],
  ['-0x1f', -31],
  ['1_000', 1000],
  ['1__0', 10],
  ['_1', '_1'],
  ['08', 8],
  ['0x', '0x'],
  ['0xg', '0xg'],
  ['0b2', '0b2'],
  ['12:30', '12:30'],
  ['2001-01-01', '2001-01-01'],
  ['2001-01-01T00:00:00Z', '2001-01-01T00:00:00Z'],
  ['.5', 0.5],
  ['-.5', -0.5],
  ['+.5', 0.5],
  ['.5_0', '.5_0'],
  ['1.', 1],
  ['1.5', 1.5],
  ['1_0.5', 10.5],
  ['1e3', 1000],
  ['1E+3', 1000],
  ['1e', '1e'],
  ['1e400', '1e400'],
  ['-0.0', 0],
  ['9223372036854775807', 2 ** 63],
  ['18446744073709551615', 2 ** 64],
  ['18446744073709551616', 2 ** 64],
  ['-9223372036854775809', -(2 ** 63)],
  ['1.2.3', '1.2.3'],
  ['100m', '100m'],
  ['128Mi', '128Mi'],
  ['v1', 'v1'],
];

describe('resolvePlain', () => {
  it.each(table)('reads %j as Go does', (text, value) => {
    expect(resolvePlain(text)).toStrictEqual(value);
  });

  it.each(['.inf', '.Inf', '.INF', '+.inf', '-.inf', '.nan', '.NaN', '.NAN'])('has no JSON value for %s', (text) => {
    expect(resolvePlain(text)).toBeUndefined();
  });

  it.each(['.iNF', '+.nan'])('keeps %s as text', (text) => {
    expect(resolvePlain(text)).toBe(text);
  });
});

describe('keyOfPlain', () => {
  it.each([
    ['yes', 'true'],
    ['off', 'false'],
    ['1', '1'],
    ['0x10', '16'],
    ['012', '10'],
    ['1_000', '1000'],
    ['1.50', '1.5'],
    ['0.1', '0.1'],
    ['1e3', '1000'],
    ['1000000.0', '1e+06'],
    ['0.00001', '1e-05'],
    ['18446744073709551615', '18446744073709551615'],
    ['9007199254740993', '9007199254740993'],
    ['.inf', '.inf'],
    ['+.Inf', '.inf'],
    ['2001-01-01', '2001-01-01'],
    ['a', 'a'],
  ])('names %j %j', (text, key) => {
    expect(keyOfPlain(text)).toBe(key);
  });

  it.each(['', '~', 'null'])('refuses %j', (text) => {
    expect(keyOfPlain(text)).toBeUndefined();
  });
});

describe('resolveTagged', () => {
  it.each([
    ['!!str', '123', '123'],
    ['!!str', '', ''],
    ['!<tag:yaml.org,2002:str>', '1', '1'],
    ['!!int', '3', 3],
    ['!!float', '3', 3],
    ['!!float', '3.5', 3.5],
    ['!!bool', 'yes', true],
    ['!!null', '', null],
    ['!!timestamp', '2001-01-01', '2001-01-01'],
    ['!!binary', 'aGVsbG8=', 'hello'],
    ['!local', '12', '12'],
    ['!', '12', '12'],
  ])('%s %j', (tag, text, value) => {
    expect(resolveTagged(tag, text)).toEqual({ kind: 'value', value });
  });

  it.each([
    ['!!int', 'abc'],
    ['!!int', '1.5'],
    ['!!bool', '1'],
    ['!!null', 'x'],
    ['!!timestamp', 'x'],
    ['!!float', '.inf'],
  ])('refuses %s %j without quoting it', (tag, text) => {
    expect(resolveTagged(tag, text)).toMatchObject({ kind: 'refused' });
  });
});
