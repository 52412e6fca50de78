import { expect, test } from 'vitest';
import { formattedWithoutArguments } from './go-format.ts';

// What Go 1.24's fmt.Errorf printed.
test.each([
  ['userextras/example.com/%2ftop', 'userextras/example.com/%!f(MISSING)top'],
  ['100%', '100%!(NOVERB)'],
  ['100%%', '100%'],
  ['%.', '%!.(MISSING)'],
  ['%[2][2]', '%![(BADINDEX)2]'],
  ['%[x]d', '%!d(BADINDEX)'],
  ['%*d', '%!(BADWIDTH)%!d(MISSING)'],
  ['%.*d', '%!(BADPREC)%!d(MISSING)'],
  ['%😀', '%!😀(MISSING)'],
  ['%99999999d', '%!(NOVERB)'],
  ['no directive', 'no directive'],
])('%j', (text, printed) => {
  expect(formattedWithoutArguments(text)).toBe(printed);
});
