import type { FieldEdit } from './change.ts';
import type { FieldPath, Json, JsonArray, JsonObject } from './json.ts';
import { isObject, listAt } from './json.ts';

/**
 * Makes edits on a value, one after the other: a later edit's path is that of the value which the former ones left.
 *
 * Mappings on the way are made; a step that meets something of another kind replaces it. Total; the value given is not changed.
 */
export function applyEdits(value: Json, edits: readonly FieldEdit[]): Json {
  return edits.reduce<Json>((here, edit) => {
    if (edit.op === 'remove') return removed(here, edit.path);
    if (edit.op === 'set') return changed(here, edit.path, () => edit.value);
    return changed(here, edit.path, (list) => {
      const items = [...listAt(list)];
      items.splice(edit.index, 0, edit.value);
      return items;
    });
  }, value);
}

function changed(value: Json | undefined, path: FieldPath, make: (former: Json | undefined) => Json): Json {
  const [step, ...rest] = path;
  if (step === undefined) return make(value);
  if (typeof step === 'number') {
    const items: Json[] = [...(Array.isArray(value) ? (value as JsonArray) : [])];
    items[Math.min(step, items.length)] = changed(items[step], rest, make);
    return items;
  }
  const members: JsonObject = isObject(value) ? value : {};
  return { ...members, [step]: changed(members[step], rest, make) };
}

function removed(value: Json, path: FieldPath): Json {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (typeof step === 'number') {
    if (!Array.isArray(value) || step >= value.length) return value;
    const items = value as JsonArray;
    return rest.length === 0
      ? items.filter((_, index) => index !== step)
      : items.map((item, index) => (index === step ? removed(item, rest) : item));
  }
  if (!isObject(value) || !Object.hasOwn(value, step)) return value;
  const { [step]: former, ...others } = value;
  if (rest.length === 0) return others;
  return { ...value, [step]: removed(former ?? null, rest) };
}
