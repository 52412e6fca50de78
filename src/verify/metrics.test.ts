import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { samplesOf } from './metrics.ts';

const text = `# HELP a_total Help.
# TYPE a_total counter
a_total{type="to_storage",prefix="k8s:enc:secretbox:v1:"} 3
a_total{quote="a\\"b\\\\c\\nd",} 4.5e1 1700000000
a_total 7
a_total_more{x="y"} 8
a_total{broken="x} 9
a_total{x="y"} +Inf
`;

describe('samplesOf', () => {
  test('reads labels, escapes and values of one metric alone', () => {
    expect(samplesOf(text, 'a_total')).toEqual([
      { name: 'a_total', labels: { type: 'to_storage', prefix: 'k8s:enc:secretbox:v1:' }, value: 3 },
      { name: 'a_total', labels: { quote: 'a"b\\c\nd' }, value: 45 },
      { name: 'a_total', labels: {}, value: 7 },
      { name: 'a_total', labels: { x: 'y' }, value: Number.POSITIVE_INFINITY },
    ]);
  });

  test('any text gives an answer', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', '{', '}', '"', '\\', ',', '=', ' ', '1', '\n', 'NaN', '-'), { maxLength: 60 }),
        (parts) => {
          for (const sample of samplesOf(`a${parts.join('')}`, 'a')) expect(Number.isNaN(sample.value)).toBe(false);
        },
      ),
      { numRuns: 3000 },
    );
  });
});
