import type { Change } from '../cluster/change.ts';
import { isObject } from '../cluster/json.ts';
import {
  afterPatch,
  appliedOver,
  composePatches,
  composeStrategic,
  isObjectChange,
  objectKey,
  referenceOf,
} from './planned-objects.ts';
import { editYaml } from './yaml/edit.ts';

/** A change with the controls that ask for it. */
export interface Asked {
  readonly change: Change;
  readonly controls: readonly string[];
}

/** What a change is about: two changes of one key meet. */
export function changeKey(change: Change): string {
  if (isObjectChange(change)) return `object ${objectKey(referenceOf(change))}`;
  switch (change.kind) {
    case 'set-flag':
    case 'remove-flag':
      return `flag ${change.host} ${change.component} ${change.flag}`;
    case 'write-file':
    case 'edit-file':
      return `file ${change.host} ${change.path}`;
    case 'mount-directory':
      return `directory ${change.host} ${change.component} ${change.path}`;
    case 'edit-manifest':
      return `manifest ${change.host} ${change.component}`;
    case 'rewrite-objects':
      return `rewrite ${change.resource}.${change.apiGroup}`;
    default:
      return `manual ${JSON.stringify(change)}`;
  }
}

/**
 * Makes of the changes of one group one a thing: of a flag the last value, of a file the last text with its edits made, of an object
 * one application or patch. Each was thought of on the cluster that the former ones leave, so that the last word holds them all.
 */
export function mergeChanges(asked: readonly Asked[]): readonly Asked[] {
  const merged = new Map<string, Asked[]>();
  for (const { change, controls } of asked) {
    const key = changeKey(change);
    const former = merged.get(key) ?? [];
    const last = former.at(-1);
    const one = last === undefined ? undefined : joined(last.change, change);
    if (last === undefined || one === undefined) merged.set(key, [...former, { change, controls }]);
    else merged.set(key, [...former.slice(0, -1), { change: one, controls: [...new Set([...last.controls, ...controls])] }]);
  }
  return [...merged.values()].flat();
}

/** Two changes of one thing as one; `undefined` where both are to be made one after the other. */
function joined(first: Change, second: Change): Change | undefined {
  if (first.kind === 'edit-file' && second.kind === 'edit-file')
    return sameEdits(first, second)
      ? first
      : { ...second, secret: first.secret || second.secret, edits: [...first.edits, ...second.edits] };
  if (first.kind === 'write-file' && second.kind === 'edit-file') {
    const edited = editYaml(first.text, second.edits);
    return edited.kind === 'edited' ? { ...first, text: edited.text, secret: first.secret || second.secret } : undefined;
  }
  if (first.kind === 'edit-manifest' && second.kind === 'edit-manifest')
    return sameEdits(first, second) ? first : { ...second, edits: [...first.edits, ...second.edits] };
  if (first.kind === 'apply-object' && second.kind === 'apply-object') {
    const object = appliedOver(first.object, second.object);
    return isObject(object) ? { ...second, object } : second;
  }
  if (first.kind === 'patch-object' && second.kind === 'patch-object') {
    // A patch of one kind cannot take in one of the other: they are made one after the other.
    if (first.strategic !== second.strategic) return undefined;
    const compose = first.strategic === true ? composeStrategic : composePatches;
    const patch = compose(first.patch, second.patch);
    return isObject(patch) ? { ...second, patch } : second;
  }
  if (first.kind === 'apply-object' && second.kind === 'patch-object') {
    const object = afterPatch(first.object, second);
    return isObject(object) ? { ...first, object } : undefined;
  }
  if (first.kind === 'patch-object' && second.kind === 'apply-object') return undefined;
  if (first.kind === 'delete-object' && second.kind === 'apply-object') return undefined;
  return second;
}

function sameEdits(first: { readonly edits: unknown }, second: { readonly edits: unknown }): boolean {
  return JSON.stringify(first.edits) === JSON.stringify(second.edits);
}
