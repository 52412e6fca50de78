import { expect, test } from 'vitest';
import { goQuote } from './go-quote.ts';

// Answers of strconv.Quote.
test.each([
  ['', '""'],
  ['a b', '"a b"'],
  ['say "hi" \\ there', '"say \\"hi\\" \\\\ there"'],
  ['\u0007\b\f\n\r\t\v', '"\\a\\b\\f\\n\\r\\t\\v"'],
  ['\u0000\u001f\u007f', '"\\x00\\x1f\\x7f"'],
  ['größe 日本 😀', '"größe 日本 😀"'],
  ['\u00a0\u2028\ufeff', '"\\u00a0\\u2028\\ufeff"'],
  ['\u{e0001}', '"\\U000e0001"'],
])('%j', (text, quoted) => {
  expect(goQuote(text)).toBe(quoted);
});
