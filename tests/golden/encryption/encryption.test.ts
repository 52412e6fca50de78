import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/cluster/json.ts';
import { answer as read } from '../../../src/eval/encryption-read.ts';
import { answer as resources } from '../../../src/eval/encryption-resources.ts';
import { answer as write } from '../../../src/eval/encryption-write.ts';
import type { EvalEngine } from '../../../src/eval/engine.ts';
import { differences } from '../compare.ts';

interface Case {
  readonly id: string;
  readonly version: string;
  readonly input: JsonObject;
  readonly expect: JsonObject;
}

function casesOf(file: string): readonly Case[] {
  const text = gunzipSync(readFileSync(join(import.meta.dirname, file))).toString('utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Case);
}

test.each<[string, EvalEngine, number]>([
  ['read.jsonl.gz', read, 300],
  ['rewrite.jsonl.gz', read, 110],
  ['crash.jsonl.gz', read, 8],
  ['wrong-reads.jsonl.gz', read, 1272],
  ['write.jsonl.gz', write, 300],
  ['resources.jsonl.gz', resources, 12],
])('%s: every value as the real servers answered', (file, engine, atLeast) => {
  const cases = casesOf(file);
  expect(cases.length).toBeGreaterThanOrEqual(atLeast);
  const wrong = cases.flatMap(({ id, version, input, expect: wanted }) => {
    const answered = engine(input, Number(version.split('.')[1]));
    const found = 'result' in answered ? differences(answered.result, wanted) : [JSON.stringify(answered)];
    return found.length === 0 ? [] : [`${id}: ${found.join(', ')}`];
  });
  expect(wrong).toEqual([]);
});
