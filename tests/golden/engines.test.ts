import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Json, JsonObject } from '../../src/cluster/json.ts';
import { isObject, objectAt } from '../../src/cluster/json.ts';
import { answerLine } from '../../src/eval/answer-line.ts';
import { loadEngine } from '../../src/eval/engines.ts';
import { InputFiles } from '../../src/eval/input-files.ts';
import { differences } from './compare.ts';

/** Engine, folder and file of recordings, and how many there are at least. */
const recordings: readonly (readonly [string, string, number])[] = [
  ['audit-config', 'audit/config.jsonl', 52],
  ['audit-policy', 'audit/policies.jsonl', 53],
  ['authentication', 'authentication/anonymous.jsonl.gz', 346],
  ['authentication', 'authentication/certificates.jsonl.gz', 103],
  ['authentication', 'authentication/headers.jsonl.gz', 38],
  ['authentication', 'authentication/oidc.jsonl.gz', 92],
  ['authentication', 'authentication/service-accounts.jsonl.gz', 78],
  ['authentication', 'authentication/static-tokens.jsonl.gz', 24],
  ['encryption-read', 'encryption/read.jsonl.gz', 300],
  ['encryption-read', 'encryption/rewrite.jsonl.gz', 110],
  ['encryption-read', 'encryption/crash.jsonl.gz', 8],
  ['encryption-read', 'encryption/wrong-reads.jsonl.gz', 1272],
  ['encryption-write', 'encryption/write.jsonl.gz', 300],
  ['encryption-resources', 'encryption/resources.jsonl.gz', 12],
  ['etcd-snapshot', 'etcd-snapshot/snapshots.jsonl', 3],
  ['impersonation', 'rbac/impersonation.jsonl.gz', 82],
  ['rbac-escalation', 'rbac/escalation.jsonl.gz', 190],
  ['rbac-object', 'rbac/objects.jsonl.gz', 28],
  ['rbac-request', 'rbac/requests.jsonl.gz', 626],
  ['rbac-rules', 'rbac/rules.jsonl.gz', 600],
];

function textOf(file: string): string {
  const bytes = readFileSync(file);
  return file.endsWith('.gz') ? gunzipSync(bytes).toString('utf8') : bytes.toString('utf8');
}

function parsedLines(file: string): readonly Json[] {
  return textOf(file)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Json);
}

/** An expectation may name a file for a member, as inputs do. */
function withFiles(wanted: JsonObject, folder: string): JsonObject {
  return Object.fromEntries(
    Object.entries(wanted).map(([name, value]) => {
      const from = isObject(value) ? value['$from'] : undefined;
      return [name, typeof from === 'string' ? parsedLines(join(folder, from)) : (value ?? null)];
    }),
  );
}

test.each(recordings)('%s: %s, as the real servers answered', async (name, path, atLeast) => {
  const file = join(import.meta.dirname, path);
  const folder = join(file, '..');
  const engine = await loadEngine(name);
  if (engine === undefined) throw new Error(`no engine ${name}`);
  const files = new InputFiles(folder);
  const lines = textOf(file).trim().split('\n');
  expect(lines.length).toBeGreaterThanOrEqual(atLeast);
  const wrong = lines.flatMap((line) => {
    const one = JSON.parse(line) as { readonly id: string; readonly expect: JsonObject; readonly ignoreEvents?: readonly string[] };
    const answered = JSON.parse(answerLine(line, engine, files).text) as JsonObject;
    if (!isObject(answered['result'])) return [`${one.id}: ${JSON.stringify(answered).slice(0, 300)}`];
    const found = differences(objectAt(answered['result']), withFiles(one.expect, folder), one);
    return found.length === 0 ? [] : [`${one.id}: ${found.join(', ')}`];
  });
  expect(wrong.slice(0, 10)).toEqual([]);
});
