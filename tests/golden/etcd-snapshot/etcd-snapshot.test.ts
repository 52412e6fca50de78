import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Json, JsonObject } from '../../../src/cluster/json.ts';
import { isObject, objectAt } from '../../../src/cluster/json.ts';
import { answer } from '../../../src/eval/etcd-snapshot.ts';
import { differences } from '../compare.ts';

interface Case {
  readonly id: string;
  readonly version: string;
  readonly input: JsonObject;
  readonly expect: JsonObject;
}

const folder = import.meta.dirname;

function lines(file: string): Json[] {
  const bytes = readFileSync(join(folder, file));
  const text = file.endsWith('.gz') ? gunzipSync(bytes).toString('utf8') : bytes.toString('utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Json);
}

/** The two forms by which lines name files, for the members of one object. */
function withFiles(object: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => {
      const from = isObject(value) ? value['$from'] : undefined;
      const path = isObject(value) ? value['$path'] : undefined;
      if (typeof from === 'string') return [name, lines(from)];
      return [name, typeof path === 'string' ? join(folder, path) : (value ?? null)];
    }),
  );
}

test.each(lines('snapshots.jsonl') as unknown as Case[])('$id: every number, key and revision', ({ version, input, expect: wanted }) => {
  const answered = answer(withFiles(input), Number(version.split('.')[1]));
  expect(answered).toHaveProperty('result');
  if (!('result' in answered)) return;
  expect(differences(answered.result, withFiles(wanted))).toEqual([]);
  expect(objectAt(answered.result)['faults']).toEqual([]);
});
