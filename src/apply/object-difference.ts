import type { Json, JsonObject } from '../cluster/json.ts';
import { isObject, objectAt } from '../cluster/json.ts';
import { redactObject } from '../collect/redact.ts';
import { withoutServerFields } from '../plan/without-server-fields.ts';
import { unifiedDifference } from './difference.ts';

/** Annotations that controllers keep beside what owners write. */
const controllersAnnotations = ['deployment.kubernetes.io/revision', 'kubectl.kubernetes.io/last-applied-configuration'];

/** An object as its owner writes it: without what the server keeps, and without controllers' annotations. */
export function ownPart(object: JsonObject): JsonObject {
  const rest = withoutServerFields(object);
  const metadata = objectAt(rest['metadata']);
  const annotations = without(objectAt(metadata['annotations']), controllersAnnotations);
  const kept = Object.keys(annotations).length === 0 ? without(metadata, ['annotations']) : { ...metadata, annotations };
  return { ...rest, metadata: kept };
}

function without(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name, value]) => !names.includes(name) && value !== undefined));
}

/** Whether two objects are the same but for what the server and controllers keep. */
export function sameObject(one: JsonObject, other: JsonObject): boolean {
  return JSON.stringify(sorted(ownPart(one))) === JSON.stringify(sorted(ownPart(other)));
}

/** Whether an object is what a plan saw: the plan's copy has its secrets blanked, so that both sides are compared so. */
export function sameBlanked(seen: JsonObject, live: JsonObject): boolean {
  return shown(seen) === shown(live);
}

/** Whether everything that `part` says holds in `whole`, which may say more: defaults that the server filled in. `null`: it is absent. */
export function holdsIn(part: JsonObject, whole: JsonObject): boolean {
  return contains(ownPart(whole), ownPart(part));
}

/** As `holdsIn` for what a plan saw, secrets blanked on both sides. */
export function holdsBlanked(seen: JsonObject, live: JsonObject): boolean {
  return contains(redactObject(ownPart(live)), redactObject(ownPart(seen)));
}

function contains(whole: Json | undefined, part: Json | undefined): boolean {
  if (part === undefined) return true;
  if (Array.isArray(part)) {
    const [own, others] = [part as readonly Json[], Array.isArray(whole) ? (whole as readonly Json[]) : undefined];
    return others !== undefined && own.length === others.length && own.every((item, index) => contains(others[index], item));
  }
  if (isObject(part)) return isObject(whole) && Object.entries(part).every(([key, value]) => contains(whole[key], value));
  return part === (whole ?? null);
}

/** The unified difference of two objects as sorted JSON, secrets blanked. */
export function objectDifference(
  before: JsonObject | undefined,
  after: JsonObject | undefined,
  names: { readonly before: string; readonly after: string },
): readonly string[] {
  return unifiedDifference(before === undefined ? '' : shown(before), after === undefined ? '' : shown(after), names);
}

function shown(object: JsonObject): string {
  return JSON.stringify(sorted(redactObject(ownPart(object))), null, 2);
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(sorted);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).flatMap(([key, member]): [string, Json][] =>
    member === undefined ? [] : [[key, sorted(member)]],
  );
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The merge patch that turns `from` into `to`, but for what the server keeps; an empty one where they are the same. */
export function patchBetween(from: JsonObject, to: JsonObject): JsonObject {
  const patch = difference(ownPart(from), ownPart(to));
  return isObject(patch) ? patch : {};
}

function difference(from: Json | undefined, to: Json | undefined): Json | undefined {
  if (to === undefined) return from === undefined ? undefined : null;
  if (!isObject(to) || !isObject(from)) return JSON.stringify(sortedOr(from)) === JSON.stringify(sortedOr(to)) ? undefined : to;
  const result: Record<string, Json> = {};
  for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const member = difference(from[key], to[key]);
    if (member !== undefined) result[key] = member;
  }
  return Object.keys(result).length === 0 ? undefined : result;
}

function sortedOr(value: Json | undefined): Json {
  return value === undefined ? null : sorted(value);
}

/** The members of `object` at the places that a merge patch touches. */
export function touchedPart(object: JsonObject, patch: JsonObject): JsonObject {
  const result: Record<string, Json> = {};
  for (const [key, value] of Object.entries(patch)) {
    const own = object[key];
    if (own === undefined) continue;
    result[key] = isObject(value) && isObject(own) ? touchedPart(own, value) : own;
  }
  return result;
}
