import { expect, test } from 'vitest';
import { answer } from '../../../src/eval/admission-config.ts';
import { failuresOf, readCases } from '../config-cases.ts';

test('admission-config: the same files are accepted, with the same messages, as by kube-apiserver 1.31 and 1.36', () => {
  const cases = readCases(`${import.meta.dirname}/config.jsonl.gz`);
  expect(cases).toHaveLength(28);
  expect(failuresOf(cases, answer)).toEqual([]);
});
