import type { Change, ObjectReference } from '../cluster/change.ts';
import type { Json, JsonObject } from '../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../cluster/json.ts';
import type { ClusterObject } from '../cluster/objects.ts';
import { kindKey, ObjectIndex } from '../cluster/objects.ts';

/** A change of an object. */
export type ObjectChange = Extract<Change, { kind: 'apply-object' | 'patch-object' | 'delete-object' }>;

/** Whether a change is one of an object. */
export function isObjectChange(change: Change): change is ObjectChange {
  return change.kind === 'apply-object' || change.kind === 'patch-object' || change.kind === 'delete-object';
}

/** The object that a change speaks of. */
export function referenceOf(change: ObjectChange): ObjectReference {
  if (change.kind !== 'apply-object') return change.object;
  const { apiVersion, kind, metadata } = change.object;
  const { name, namespace } = objectAt(metadata);
  const where = stringAt(namespace);
  return {
    apiVersion: stringAt(apiVersion) ?? '',
    kind: stringAt(kind) ?? '',
    name: stringAt(name) ?? '',
    ...(where === undefined ? {} : { namespace: where }),
  };
}

/** One text for one object, whatever its version. */
export function objectKey({ apiVersion, kind, namespace, name }: ObjectReference): string {
  return `${kindKey(apiVersion, kind)} ${namespace ?? ''} ${name}`;
}

/** Finds the object that a reference names. */
export function objectIn(objects: ObjectIndex, reference: ObjectReference): ClusterObject | undefined {
  return objects.get(kindKey(reference.apiVersion, reference.kind), reference.namespace, reference.name);
}

/** JSON merge patch: null removes a member, lists are replaced whole. Source: RFC 7386. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result: Record<string, Json> = {};
  for (const [key, value] of Object.entries(isObject(target) ? target : {})) if (value !== undefined) result[key] = value;
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (value !== undefined) result[key] = mergePatch(result[key], value);
  }
  return result;
}

/** What joins the items of a list in a strategic merge patch, as far as pod templates have such lists. */
const mergeKeys = ['name', 'containerPort'] as const;

/** The member by which all items of two lists are known; `undefined`: the list is replaced whole. */
function mergeKeyOf(...lists: readonly (readonly Json[])[]): string | undefined {
  const items = lists.flat();
  return items.length === 0
    ? undefined
    : mergeKeys.find((key) => items.every((item) => isObject(item) && item[key] !== undefined));
}

/** Strategic merge patch, as far as pod templates need it: lists of containers and ports are merged item by item. */
export function strategicPatch(target: Json | undefined, patch: Json): Json {
  return patched(target, patch, false);
}

/** Two strategic merge patches as one that has the effect of both, the later one winning. */
export function composeStrategic(first: Json | undefined, second: Json): Json {
  return patched(first, second, true);
}

/** `keepNull`: what is patched is a patch itself, whose nulls remove. */
function patched(target: Json | undefined, patch: Json, keepNull: boolean): Json {
  if (Array.isArray(patch)) {
    const [live, wanted] = [listAt(target), listAt(patch)];
    const key = mergeKeyOf(live, wanted);
    if (key === undefined) return patch;
    const of = (item: Json): Json | undefined => objectAt(item)[key];
    const merged = live.map((item) => {
      const own = wanted.find((candidate) => of(candidate) === of(item));
      return own === undefined ? item : patched(item, own, keepNull);
    });
    const added = wanted.filter((item) => !live.some((candidate) => of(candidate) === of(item)));
    return [...merged, ...added.map((item) => patched(undefined, item, keepNull))];
  }
  if (!isObject(patch)) return patch;
  const result: Record<string, Json> = {};
  for (const [key, value] of Object.entries(isObject(target) ? target : {})) if (value !== undefined) result[key] = value;
  for (const [key, value] of Object.entries(patch)) {
    if (value === null && !keepNull) delete result[key];
    else if (value !== undefined) result[key] = patched(result[key], value, keepNull);
  }
  return result;
}

/** An object after a patch of either kind. */
export function afterPatch(live: Json | undefined, change: Extract<Change, { kind: 'patch-object' }>): Json {
  return change.strategic === true ? strategicPatch(live, change.patch) : mergePatch(live, change.patch);
}

/** Two merge patches as one that has the effect of both, the later one winning. */
export function composePatches(first: Json | undefined, second: Json): Json {
  if (!isObject(first) || !isObject(second)) return second;
  const result: Record<string, Json> = {};
  for (const [key, value] of Object.entries(first)) if (value !== undefined) result[key] = value;
  for (const [key, value] of Object.entries(second)) if (value !== undefined) result[key] = composePatches(result[key], value);
  return result;
}

/**
 * What an object becomes by server-side apply, as far as plans use it: mappings are merged, items of lists that have a `name` by that
 * name, other lists are replaced. Source: structured-merge-diff; the API's lists with other keys are not applied by plans.
 */
export function appliedOver(live: Json | undefined, applied: Json): Json {
  if (Array.isArray(applied)) return appliedList(listAt(live), listAt(applied));
  if (!isObject(applied) || !isObject(live)) return applied;
  const result: Record<string, Json> = {};
  for (const [key, value] of Object.entries(live)) if (value !== undefined) result[key] = value;
  for (const [key, value] of Object.entries(applied)) if (value !== undefined) result[key] = appliedOver(result[key], value);
  return result;
}

function appliedList(live: readonly Json[], applied: readonly Json[]): Json {
  const named = (item: Json | undefined): string | undefined => (isObject(item) ? stringAt(item['name']) : undefined);
  if (
    applied.length === 0 ||
    !applied.every((item) => named(item) !== undefined) ||
    !live.every((item) => named(item) !== undefined)
  )
    return applied;
  const merged = live.map((item) => {
    const own = applied.find((candidate) => named(candidate) === named(item));
    return own === undefined ? item : appliedOver(item, own);
  });
  return [...merged, ...applied.filter((item) => !live.some((candidate) => named(candidate) === named(item)))];
}

/** The objects after changes, in order; an object that is changed keeps its place, new ones follow. Pure. */
export function plannedObjects(objects: ObjectIndex, changes: readonly ObjectChange[]): ObjectIndex {
  if (changes.length === 0) return objects;
  const byKey = new Map<string, ClusterObject | undefined>();
  const made = new Map<string, ClusterObject>();
  const seenIn = objects.all.some((object) => object.seenIn === 'api') ? 'api' : 'file';
  for (const change of changes) {
    const reference = referenceOf(change);
    const key = objectKey(reference);
    const former = byKey.has(key) ? byKey.get(key) : (made.get(key) ?? objectIn(objects, reference));
    const next = change.kind === 'delete-object' ? undefined : changedObject(former, change, reference, seenIn);
    if (objectIn(objects, reference) !== undefined) byKey.set(key, next);
    else if (next === undefined) made.delete(key);
    else made.set(key, next);
  }
  const kept = objects.all.flatMap((object) => {
    const key = `${object.kindKey} ${object.namespace ?? ''} ${object.name}`;
    if (!byKey.has(key)) return [object];
    const next = byKey.get(key);
    return next === undefined ? [] : [next];
  });
  return new ObjectIndex([...kept, ...made.values()]);
}

function changedObject(
  former: ClusterObject | undefined,
  change: Exclude<ObjectChange, { kind: 'delete-object' }>,
  reference: ObjectReference,
  seenIn: 'api' | 'file',
): ClusterObject | undefined {
  if (change.kind === 'patch-object' && former === undefined) return undefined;
  const next =
    change.kind === 'apply-object' ? appliedOver(former?.manifest, change.object) : afterPatch(former?.manifest, change);
  if (!isObject(next)) return former;
  const { apiVersion, kind, name, namespace } = reference;
  const manifest: JsonObject = next;
  return {
    kindKey: kindKey(apiVersion, kind),
    apiVersion: former?.apiVersion ?? apiVersion,
    kind,
    name,
    namespace,
    manifest,
    document: { value: manifest, source: former?.document.source ?? 'plan' },
    base: [],
    seenIn: former?.seenIn ?? seenIn,
  };
}
