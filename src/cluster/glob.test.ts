import fc from 'fast-check';
import { expect, it } from 'vitest';
import { globMatches } from './glob.ts';

it.each([
  ['*', '', true],
  ['a*', 'a', true],
  ['a*b', 'ab', true],
  ['a*b', 'aXbX', false],
  ['a*a', 'a', false],
  ['*/x', 'ns/x', true],
  ['a.c', 'abc', false],
  ['', 'a', false],
])('globMatches(%s, %s) is %s', (glob, text, expected) => expect(globMatches(glob, text)).toBe(expected));

it('globMatches agrees with the regular expression of the same meaning', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 8 });
  const glob = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 6 });
  fc.assert(fc.property(glob, text, (g, t) => globMatches(g, t) === new RegExp(`^${g.replaceAll('*', '.*')}$`).test(t)));
});
