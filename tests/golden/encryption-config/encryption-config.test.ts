import { expect, test } from 'vitest';
import { stringAt } from '../../../src/cluster/json.ts';
import { loadEncryptionConfiguration } from '../../../src/encryption/configuration.ts';
import { answer } from '../../../src/eval/encryption-config.ts';
import { failuresOf, readCases } from '../config-cases.ts';

const cases = readCases(`${import.meta.dirname}/config.jsonl.gz`);

test('encryption-config: the same files are accepted, with the same messages, as by kube-apiserver 1.31 and 1.36', () => {
  expect(cases).toHaveLength(290);
  expect(failuresOf(cases, answer)).toEqual([]);
});

test('encryption-config: what reports print of a refusal holds no key', () => {
  const secret = /secret"?: *"?([A-Za-z0-9+/]{20,})/g;
  for (const { id, version, input } of cases) {
    const text = stringAt(input['config']);
    if (text === undefined) continue;
    const loaded = loadEncryptionConfiguration(text, { path: 'enc.yaml', minor: Number(version.slice(2)), gates: () => true });
    if (loaded.kind === 'accepted') continue;
    for (const [, key = ''] of text.matchAll(secret)) expect(loaded.reportMessage ?? loaded.message, id).not.toContain(key);
  }
});
