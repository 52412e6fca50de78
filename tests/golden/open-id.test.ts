import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/cluster/json.ts';
import { isObject, objectAt } from '../../src/cluster/json.ts';
import { answer as authentication } from '../../src/eval/authentication.ts';
import { differences } from './compare.ts';

interface Line {
  readonly id: string;
  readonly input: JsonObject;
  readonly expect: JsonObject;
}

const linesOf = (path: string): readonly Line[] =>
  gunzipSync(readFileSync(join(import.meta.dirname, path)))
    .toString('utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

/** CEL is not evaluated: where an expression has the word the answer is `unknown`, never a guess. */
describe('authentication: authentication/oidc.jsonl.gz', () => {
  const lines = linesOf('authentication/oidc.jsonl.gz');

  test('answers as the real server did wherever it answers', () => {
    const answered = lines.flatMap((line) => {
      const result = objectAt(authentication(line.input, 31))['result'];
      return isObject(result) ? [{ line, result }] : [];
    });
    expect(answered.length).toBeGreaterThanOrEqual(67);
    const wrong = answered.filter(({ line, result }) => differences(result, line.expect).length > 0);
    expect(wrong.map(({ line }) => line.id)).toEqual([]);
  });

  test('is unknown only where an expression of CEL has the word', () => {
    const silent = lines.filter((line) => !isObject(objectAt(authentication(line.input, 31))['result']));
    for (const { id, input } of silent) expect(JSON.stringify(input), id).toMatch(/[eE]xpression/);
  });
});
