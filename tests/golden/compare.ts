import type { Json, JsonObject } from '../../src/cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../../src/cluster/json.ts';

/**
 * Compares an engine's result with what a server was seen to answer, and returns the members of `expect` that differ.
 *
 * `x` equal; `xOneOf`: `x` is one of a list; `xIncludes`: the list `x` holds all of them; `xSet`: the same items in any order;
 * `events`: the same audit events by `auditID` and `stage` without the line's `ignoreEvents`. Null and absent are the same, the order
 * of members does not matter, line numbers of Go sources are not compared. More members in `result` are fine at the top.
 */
export function differences(result: JsonObject, expect: JsonObject, line: JsonObject = {}): readonly string[] {
  return Object.entries(expect)
    .filter(([name, wanted]) => !memberMatches(result, name, wanted ?? null, line))
    .map(([name]) => name);
}

/** Reports whether a result is what a server was seen to answer. */
export function matchesExpectation(result: JsonObject, expect: JsonObject, line: JsonObject = {}): boolean {
  return differences(result, expect, line).length === 0;
}

function memberMatches(result: JsonObject, name: string, wanted: Json, line: JsonObject): boolean {
  const of = (suffix: string): Json => result[name.slice(0, -suffix.length)] ?? null;
  if (name.endsWith('OneOf')) return listAt(wanted).some((item) => same(of('OneOf'), item));
  if (name.endsWith('Includes')) return listAt(wanted).every((item) => listAt(of('Includes')).some((have) => same(have, item)));
  if (name.endsWith('Set')) return sameSet(of('Set'), wanted);
  if (name === 'events') return sameEvents(listAt(result['events']), listAt(wanted), listAt(line['ignoreEvents']));
  return same(result[name] ?? null, wanted);
}

function same(a: Json, b: Json): boolean {
  return canonical(a) === canonical(b);
}

function sameSet(a: Json, b: Json): boolean {
  const sorted = (value: Json) => listAt(value).map(canonical).sort().join('\n');
  return (a === null || Array.isArray(a)) && sorted(a) === sorted(b);
}

function sameEvents(have: readonly Json[], want: readonly Json[], ignored: readonly Json[]): boolean {
  const index = (events: readonly Json[]): string =>
    events
      .map((event) => ({ key: ['auditID', 'stage'].map((name) => stringAt(objectAt(event)[name])).join(' '), event }))
      .filter(({ key }) => !ignored.includes(key))
      .map(({ key, event }) => `${key} ${canonical(event)}`)
      .sort()
      .join('\n');
  return index(have) === index(want);
}

/** One text for all values that count as equal. */
function canonical(value: Json): string {
  if (typeof value === 'string') return JSON.stringify(value.replace(/(\.go):\d+/g, '$1:0'));
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .sort()
    .filter((key) => value[key] !== null && value[key] !== undefined)
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`);
  return `{${members.join(',')}}`;
}
