import { expect, test } from 'vitest';
import { answer } from '../../../src/eval/authentication-config.ts';
import { failuresOf, readCases } from '../config-cases.ts';

const cases = readCases(`${import.meta.dirname}/config.jsonl.gz`);
/** Files whose fault only cel-go's parser words: the engine says that it does not know. */
const needCel = cases.filter(({ input, version }) => 'unknown' in answer(input, Number(version.split('.')[1])));

test('authentication-config: the same files are accepted, with the same messages, as by kube-apiserver 1.31', () => {
  expect(cases).toHaveLength(33);
  expect(
    failuresOf(
      cases.filter((item) => !needCel.includes(item)),
      answer,
    ),
  ).toEqual([]);
});

test('authentication-config: only an expression that cannot be read is left undecided', () => {
  expect(needCel.map(({ id }) => id.slice(id.lastIndexOf('/') + 1))).toEqual(['expr-syntax']);
});
