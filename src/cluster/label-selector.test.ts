import { expect, test } from 'vitest';
import type { Json } from './json.ts';
import { readLabelSelector } from './label-selector.ts';

const matches = (selector: Json | undefined, labels: Record<string, string>) => readLabelSelector(selector)?.(labels);

test.each<[Json | undefined, Record<string, string>, boolean | undefined]>([
  [undefined, {}, false],
  [null, {}, false],
  [{}, {}, true],
  [{ matchLabels: { a: 'b' } }, { a: 'b' }, true],
  [{ matchLabels: { a: 'b' } }, { a: 'c' }, false],
  [{ matchLabels: { a: '' } }, {}, false],
  [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['b', 'c'] }] }, { a: 'c' }, true],
  [{ matchExpressions: [{ key: 'a', operator: 'In', values: [''] }] }, {}, false],
  [{ matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['b'] }] }, {}, true],
  [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }, {}, false],
  [{ matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] }, {}, true],
  [{ matchExpressions: [{ key: 'a', operator: 'In' }] }, { a: 'b' }, undefined],
  [{ matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] }, { a: 'b' }, undefined],
  [{ matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] }, { a: '2' }, undefined],
  [{ matchLabels: { toString: 'x' } }, {}, false],
  ['a=b', { a: 'b' }, undefined],
  [{ matchLabels: 'a=b' }, { a: 'b' }, undefined],
  [{ matchExpressions: { key: 'a', operator: 'Exists' } }, { a: 'b' }, undefined],
  [{ matchExpressions: [{ key: 'a', operator: 'In', values: 'b' }] }, { a: 'b' }, undefined],
  [{ matchExpressions: [null] }, { a: 'b' }, undefined],
  [{ matchLabels: null, matchExpressions: null }, {}, true],
  [{ matchExpressions: [{ key: 'a', operator: 'Exists', values: null }] }, { a: 'b' }, true],
  [{ matchLabels: { 'a.example/b_c': 'D-e.f' } }, { 'a.example/b_c': 'D-e.f' }, true],
  [{ matchLabels: { 'A/b': 'c' } }, { 'A/b': 'c' }, undefined],
  [{ matchLabels: { a: '-b' } }, { a: '-b' }, undefined],
  [{ matchLabels: { ['a'.repeat(64)]: 'b' } }, {}, undefined],
  [{ matchLabels: { a: 'b'.repeat(63) } }, { a: 'b'.repeat(63) }, true],
])('%j on %j: %s', (selector, labels, expected) => {
  expect(matches(selector, labels)).toBe(expected);
});
