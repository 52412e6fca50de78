import type { Change, FieldEdit } from '../../cluster/change.ts';
import type { ComponentName } from '../../cluster/component.ts';
import type { FieldPath, Json } from '../../cluster/json.ts';
import { listAt } from '../../cluster/json.ts';
import type { WordEdit } from './edit-words.ts';
import { removeFlag, setFlag } from './edit-words.ts';
import { mountEdits } from './mount.ts';
import type { PodContainer } from './pod-container.ts';
import { containerOf } from './pod-container.ts';

export type { PodContainer } from './pod-container.ts';

/** Field edits of a manifest, or why the change cannot be made in it. */
export type ManifestEdits = readonly FieldEdit[] | { readonly refused: string };

/**
 * The field edits that a change means for the static pod manifest of its component: the right item of `command` or `args` is replaced,
 * inserted or removed; a file or folder is mounted where no mount shows it. Other kinds of changes mean none. A component that a
 * shell starts is refused: its words cannot be edited item by item.
 */
export function manifestEdits(value: Json, change: Change): ManifestEdits {
  if (!('component' in change)) return [];
  const found = containerOf(value, change.component);
  if (found === undefined) return { refused: `no container of the manifest starts ${change.component}` };
  switch (change.kind) {
    case 'set-flag':
      return wordEdits(found, setFlag(found.words, change.component, change.flag, change.value), change.component);
    case 'remove-flag':
      return wordEdits(found, removeFlag(found.words, change.component, change.flag), change.component);
    case 'write-file':
      return mountEdits(found, change.path, 'File');
    case 'mount-directory':
      return mountEdits(found, change.path, 'DirectoryOrCreate');
    case 'edit-manifest':
      return change.edits.map((edit) => ({ ...edit, path: [...found.base, ...edit.path] }));
    default:
      return [];
  }
}

function wordEdits(found: PodContainer, edits: readonly WordEdit[], component: ComponentName): ManifestEdits {
  if (edits.length === 0) return [];
  const { items } = found;
  if (items === undefined)
    return { refused: `${component} is started by a shell (\`sh -c\`): its words cannot be edited one by one` };
  const last = items.length;
  // From the end on, so that the places of the others stay right.
  return edits
    .filter((edit) => edit.op === 'insert' || items[edit.index] !== undefined)
    .toSorted((a, b) => b.index - a.index)
    .map((edit): FieldEdit => {
      if (edit.op === 'insert')
        return { op: 'insert', ...placeOfInsert(found, items, Math.min(edit.index, last)), value: edit.text };
      const path = items[edit.index] ?? [];
      return edit.op === 'remove' ? { op: 'remove', path } : { op: 'set', path, value: edit.text };
    });
}

function placeOfInsert(found: PodContainer, items: readonly FieldPath[], index: number): { path: FieldPath; index: number } {
  const next = items[index];
  if (next !== undefined) return { path: next.slice(0, -1), index: Number(next.at(-1)) };
  const former = items[index - 1];
  if (former !== undefined) return { path: former.slice(0, -1), index: Number(former.at(-1)) + 1 };
  const field = listAt(found.container['args']).length > 0 ? 'args' : 'command';
  return { path: [...found.at, field], index: listAt(found.container[field]).length };
}
