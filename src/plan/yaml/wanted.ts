import type { FieldEdit } from '../../cluster/change.ts';
import type { FieldPath, Json, JsonObject } from '../../cluster/json.ts';
import { isObject, listAt } from '../../cluster/json.ts';

/**
 * What a value becomes by an edit, as plain data: the definition that the text editor is held to.
 *
 * Returns `undefined` where the way leads through a scalar, or through a list by a name or by an index beyond its end.
 */
export function editedValue(value: Json, edit: FieldEdit): Json | undefined {
  return editAt(value, edit.path, edit);
}

function editAt(value: Json | undefined, path: FieldPath, edit: FieldEdit): Json | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return edit.op === 'insert' ? inserted(value, edit) : edit.op === 'set' ? edit.value : value;
  if (edit.op === 'remove' && (value === undefined || value === null)) return value ?? null;
  if (typeof step === 'number') return editItem(value, step, rest, edit);
  if (value !== undefined && value !== null && !isObject(value)) return edit.op === 'remove' ? value : undefined;
  const object: JsonObject = value ?? {};
  const member = Object.hasOwn(object, step) ? object[step] : undefined;
  if (edit.op === 'remove' && member === undefined) return object;
  if (edit.op === 'remove' && rest.length === 0)
    return Object.fromEntries(Object.entries(object).filter(([key]) => key !== step)) as Json;
  const changed = editAt(member, rest, edit);
  return changed === undefined ? undefined : { ...object, [step]: changed };
}

function editItem(value: Json | undefined, index: number, rest: FieldPath, edit: FieldEdit): Json | undefined {
  if (value !== undefined && value !== null && !Array.isArray(value)) return edit.op === 'remove' ? value : undefined;
  const items = listAt(value);
  if (edit.op === 'remove' && index >= items.length) return items;
  if (edit.op === 'remove' && rest.length === 0) return items.filter((_, at) => at !== index);
  if (index > items.length) return undefined;
  const changed = editAt(items[index], rest, edit);
  return changed === undefined ? undefined : [...items.slice(0, index), changed, ...items.slice(index + 1)];
}

function inserted(value: Json | undefined, edit: Extract<FieldEdit, { op: 'insert' }>): Json | undefined {
  if (value !== undefined && value !== null && !Array.isArray(value)) return undefined;
  const items = listAt(value);
  const at = Math.max(0, Math.min(edit.index, items.length));
  return [...items.slice(0, at), edit.value, ...items.slice(at)];
}

/** Whether two values are the same, whatever the order of their members. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return listAt(a as Json).every((item, index) => sameJson(item, listAt(b as Json)[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const left = Object.keys(a).filter((key) => a[key] !== undefined);
  const right = Object.keys(b).filter((key) => b[key] !== undefined);
  return left.length === right.length && left.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]));
}
