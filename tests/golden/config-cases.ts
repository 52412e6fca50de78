import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { JsonObject } from '../../src/cluster/json.ts';
import { objectAt } from '../../src/cluster/json.ts';
import type { EvalEngine } from '../../src/eval/engine.ts';
import { differences } from './compare.ts';

/** One recorded case of a configuration file. */
export interface ConfigCase {
  readonly id: string;
  readonly version: string;
  readonly input: JsonObject;
  readonly expect: JsonObject;
}

/** Reads the cases of a `.jsonl.gz` file. */
export function readCases(path: string): readonly ConfigCase[] {
  return gunzipSync(readFileSync(path))
    .toString('utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ConfigCase);
}

/** Addresses in memory differ from one start of a server to the next. */
function withoutAddresses(value: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(value).replaceAll(/0x[0-9a-f]{6,}/g, '0x0')) as JsonObject;
}

/** The cases that an engine answers otherwise than the recorded server, as printable lines. */
export function failuresOf(cases: readonly ConfigCase[], answer: EvalEngine): readonly string[] {
  return cases.flatMap(({ id, version, input, expect }) => {
    const given = answer(input, Number(version.split('.')[1]));
    const result = 'result' in given ? withoutAddresses(given.result) : {};
    const differing = 'result' in given ? differences(result, withoutAddresses(objectAt(expect))) : ['no result'];
    return differing.length === 0 ? [] : [`${id}: ${differing.join(', ')}\n  have ${JSON.stringify(given)}\n  want ${JSON.stringify(expect)}`];
  });
}
