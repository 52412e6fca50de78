import { expect, test } from 'vitest';
import { warningHeaders } from './warning-headers.ts';

test('short warnings come as they are, each once', () => {
  expect(warningHeaders(['a', 'b', 'a', ''])).toEqual(['a', 'b']);
});

test('a text with a control character is never sent', () => {
  expect(warningHeaders(['a\nb', 'c'])).toEqual(['c']);
});

test('4,096 characters together are still whole', () => {
  const texts = ['a'.repeat(4000), 'b'.repeat(96)];
  expect(warningHeaders(texts)).toEqual(texts);
});

test('beyond, each is cut to 256 characters, until the cut ones reach 4,096', () => {
  const texts = Array.from({ length: 30 }, (_, index) => `${index} ${'é'.repeat(300)}`);
  const sent = warningHeaders(texts);
  expect(sent.length).toBe(16);
  expect(
    sent.every(
      (text, index) =>
        text ===
        Array.from(texts[index] ?? '')
          .slice(0, 256)
          .join(''),
    ),
  ).toBe(true);
});
