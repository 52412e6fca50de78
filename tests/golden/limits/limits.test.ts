import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/cluster/json.ts';
import { objectAt, stringAt } from '../../../src/cluster/json.ts';
import type { EvalEngine } from '../../../src/eval/engine.ts';
import { answer as limits } from '../../../src/eval/limits.ts';
import { answer as limitsObject } from '../../../src/eval/limits-object.ts';
import { differences } from '../compare.ts';

const folder = import.meta.dirname;

function read(name: string): string {
  const bytes = readFileSync(join(folder, name));
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

function lines(name: string): JsonObject[] {
  return read(name)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as JsonObject);
}

function failures(engine: EvalEngine, cases: readonly JsonObject[], inputOf: (input: JsonObject) => JsonObject): unknown[] {
  return cases.flatMap((line) => {
    const answered = engine(inputOf(objectAt(line['input'])), Number((stringAt(line['version']) ?? '').split('.')[1]));
    const wrong = 'result' in answered ? differences(answered.result, objectAt(line['expect']), line) : ['result'];
    return wrong.length === 0 ? [] : [{ id: line['id'], wrong, answered, expect: line['expect'] }];
  });
}

describe('recorded limits', () => {
  it('requests are answered as recorded', () => {
    const world = JSON.parse(read('limits-world.json')) as JsonObject;
    const setups = new Map(lines('limits-setups.jsonl').map((setup) => [setup['id'], setup['object']]));
    const cases = lines('limits.jsonl.gz');
    const inputOf = (input: JsonObject): JsonObject => {
      const reference = stringAt(objectAt(input['setup'])['$from']) ?? '';
      return { ...input, world, setup: setups.get(reference.split('#')[1] ?? '') };
    };
    expect(cases).toHaveLength(1006);
    expect(failures(limits, cases, inputOf)).toEqual([]);
  });

  it('objects are accepted and refused as recorded', () => {
    const cases = lines('limits-objects.jsonl');
    expect(cases).toHaveLength(70);
    expect(failures(limitsObject, cases, (input) => input)).toEqual([]);
  });
});
