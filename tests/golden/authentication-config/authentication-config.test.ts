import { expect, test } from 'vitest';
import { answer } from '../../../src/eval/authentication-config.ts';
import { failuresOf, readCases } from '../config-cases.ts';

const cases = readCases(`${import.meta.dirname}/config.jsonl.gz`);
/** Files that only a CEL compiler can judge: the engine says that it does not know. */
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

test('authentication-config: only files with CEL expressions are left undecided', () => {
  expect(needCel.map(({ id }) => id.slice(id.lastIndexOf('/') + 1)).toSorted()).toEqual([
    'email-bracket-without-verified',
    'email-without-verified',
    'expr-no-claims',
    'expr-syntax',
    'expr-unknown-var',
    'extra-kubernetes',
    'groups-expr-type',
    'rule-expr-literal-string',
    'user-rule-field',
    'user-rule-type',
    'username-expr-type',
  ]);
});
