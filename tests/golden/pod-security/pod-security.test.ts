import { Writable } from 'node:stream';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/cluster/json.ts';
import { isObject } from '../../../src/cluster/json.ts';
import { runEval } from '../../../src/eval/run.ts';
import { differences } from '../compare.ts';

const folder = import.meta.dirname;

/** Asks the command for a file of recordings, as a user would, and compares line by line. */
async function failuresOf(name: string): Promise<{ readonly count: number; readonly failures: readonly string[] }> {
  const cases = gunzipSync(readFileSync(`${folder}/${name}`)).toString('utf8').trim().split('\n');
  let text = '';
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString('utf8');
      done();
    },
  });
  const stderr = process.stderr;
  const code = await runEval(
    { engine: 'pod-security', input: name, strict: true },
    { stdin: process.stdin, stdout, stderr, cwd: folder },
  );
  const answers = text.trim().split('\n');
  expect(answers.length).toBe(cases.length);
  const failures: string[] = [];
  for (const [index, line] of cases.entries()) {
    const wanted = JSON.parse(line) as { id: string; expect: JsonObject };
    const answer = JSON.parse(answers[index] ?? '') as JsonObject;
    const result = isObject(answer['result']) ? answer['result'] : undefined;
    const differing = result === undefined ? ['no result'] : differences(result, wanted.expect);
    if (answer['id'] !== wanted.id || differing.length > 0) failures.push(`${wanted.id}: ${differing.join(', ')}\n  ${answers[index]}\n  ${JSON.stringify(wanted.expect)}`);
  }
  expect(code).toBe(0);
  return { count: cases.length, failures };
}

test.each([
  ['pod-security-enforce-1.31.jsonl.gz', 13593],
  ['pod-security-enforce-1.36.jsonl.gz', 15405],
  ['pod-security-modes.jsonl.gz', 2468],
  ['pod-security-namespaces.jsonl.gz', 158],
  ['pod-security-exemptions.jsonl.gz', 436],
])('%s: all answers are the server’s', async (name, count) => {
  const { count: asked, failures } = await failuresOf(name);
  expect(failures.slice(0, 5)).toEqual([]);
  expect(asked).toBe(count);
});
