import type { Json, JsonArray, JsonObject } from '../cluster/json.ts';
import { isObject } from '../cluster/json.ts';

/** Reports whether two JSON values are the same; the order of members does not count. */
export function isSameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    const [x, y] = [a as JsonArray, b as JsonArray];
    return x.length === y.length && x.every((item, index) => isSameJson(item, y[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => isSameJson(a[key], b[key]));
}

/** The JSON merge patch that makes `after` of `before`: null for a member that goes, lists whole. Source: RFC 7386. */
export function patchBetween(before: JsonObject, after: JsonObject): JsonObject {
  const patch: Record<string, Json> = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [before[key], after[key]];
    if (isSameJson(was, is)) continue;
    if (is === undefined) patch[key] = null;
    else patch[key] = isObject(was) && isObject(is) ? patchBetween(was, is) : is;
  }
  return patch;
}

/** What joins the items of a list in a strategic merge patch, as far as pod templates have such lists. */
const mergeKeys = ['name', 'containerPort'] as const;

/**
 * The strategic merge patch that makes `after` of `before`: of containers and ports only what differs, joined by `name` or
 * `containerPort`; other lists whole. Items are changed, not taken out. Source: k8s.io/api/core/v1 `patchMergeKey`.
 */
export function strategicPatchBetween(before: JsonObject, after: JsonObject): JsonObject {
  const patch: Record<string, Json> = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [before[key], after[key]];
    if (isSameJson(was, is)) continue;
    if (is === undefined) patch[key] = null;
    else if (isObject(was) && isObject(is)) patch[key] = strategicPatchBetween(was, is);
    else
      patch[key] = (Array.isArray(was) && Array.isArray(is) ? changedItems(was as JsonArray, is as JsonArray) : undefined) ?? is;
  }
  return patch;
}

function changedItems(was: JsonArray, is: JsonArray): Json | undefined {
  const key = mergeKeys.find((name) => [...was, ...is].every((item) => isObject(item) && item[name] !== undefined));
  if (key === undefined || was.length !== is.length) return undefined;
  return is.flatMap((item, index): readonly Json[] => {
    const former = was[index];
    if (!isObject(item) || !isObject(former) || isSameJson(item, former)) return [];
    return [{ [key]: item[key] ?? null, ...strategicPatchBetween(former, item) }];
  });
}
