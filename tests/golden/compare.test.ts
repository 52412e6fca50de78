import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/cluster/json.ts';
import { differences, matchesExpectation } from './compare.ts';

test.each<[JsonObject, JsonObject, boolean]>([
  [{ a: 1, b: 2 }, { a: 1 }, true],
  [{ a: { x: 1, y: null } }, { a: { x: 1 } }, true],
  [{ a: { x: 1, y: 2 } }, { a: { y: 2, x: 1 } }, true],
  [{ a: [1, 2] }, { a: [2, 1] }, false],
  [{}, { a: null }, true],
  [{ a: 'x.go:12: y' }, { a: 'x.go:99: y' }, true],
  [{ a: 'x.go:12: y' }, { a: 'x.ts:12: y' }, false],
  [{ a: 2 }, { aOneOf: [1, 2] }, true],
  [{ a: 3 }, { aOneOf: [1, 2] }, false],
  [{ a: [1, 2, 3] }, { aIncludes: [3, 1] }, true],
  [{ a: [1] }, { aIncludes: [3] }, false],
  [{ a: [{ x: 1 }, { y: 2 }] }, { aSet: [{ y: 2 }, { x: 1 }] }, true],
  [{ a: [1, 1] }, { aSet: [1] }, false],
])('%j as %j: %s', (result, wanted, matches) => {
  expect(matchesExpectation(result, wanted)).toBe(matches);
});

test('events are compared by id and stage, without those that are to be left out', () => {
  const event = (auditID: string, stage: string, level: string) => ({ auditID, stage, level });
  const result = { events: [event('b', 'Panic', 'x'), event('a', 'ResponseComplete', 'Metadata')] };
  const wanted = { events: [event('a', 'ResponseComplete', 'Metadata'), event('b', 'Panic', 'y')] };
  expect(differences(result, wanted)).toEqual(['events']);
  expect(differences(result, wanted, { ignoreEvents: ['b Panic'] })).toEqual([]);
});
