import type { Change, FieldEdit } from '../../cluster/change.ts';
import type { Argument } from '../../cluster/command-line.ts';
import type { ComponentName } from '../../cluster/component.ts';
import type { FieldPath, Json, JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt, valueAt } from '../../cluster/json.ts';
import { programOf } from '../../collect/host/program.ts';
import { mountEdits } from './mount.ts';
import type { WordEdit } from './edit-words.ts';
import { removeFlag, setFlag } from './edit-words.ts';

/** Field edits of a manifest, or why the change cannot be made in it. */
export type ManifestEdits = readonly FieldEdit[] | { readonly refused: string };

/** A component's container inside a document: the pod's place, and the words that configure it with the place of each. */
export interface PodContainer {
  /** Where the pod stands in its document: empty, or `['items', 3]`. */
  readonly base: FieldPath;
  readonly at: FieldPath;
  readonly container: JsonObject;
  readonly podSpec: JsonObject;
  readonly words: readonly string[];
  /** The list item of each word; `undefined` where several words stand in one (`sh -c`). */
  readonly items: readonly FieldPath[] | undefined;
}

/** Finds the container that runs a component in a document that holds a Pod, or a list of such. */
export function containerOf(value: Json, name: ComponentName): PodContainer | undefined {
  for (const base of podBases(value, [])) {
    const podSpec = objectAt(valueAt(value, [...base, 'spec']));
    for (const [index, container] of listAt(podSpec['containers']).entries()) {
      if (!isObject(container)) continue;
      const at: FieldPath = [...base, 'spec', 'containers', index];
      const items = new Map<Argument, FieldPath>();
      for (const field of ['command', 'args'])
        for (const [item, word] of listAt(container[field]).entries())
          items.set({ text: scalarText(word), place: { source: '' } }, [...at, field, item]);
      const program = programOf([...items.keys()]);
      if (program?.name !== name) continue;
      const places = program.arguments.map((word) => items.get(word));
      const whole = places.every((place) => place !== undefined);
      const words = program.arguments.map((word) => word.text);
      return {
        base,
        at,
        container,
        podSpec,
        words,
        items: whole && !startsByShell(container) ? places.flatMap((place) => [place ?? []]) : undefined,
      };
    }
  }
  return undefined;
}

function startsByShell(container: JsonObject): boolean {
  const [first] = [...listAt(container['command']), ...listAt(container['args'])];
  return /(?:^|\/)(?:sh|bash|ash|dash)$/.test(scalarText(first));
}

function scalarText(value: Json | undefined): string {
  return typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

function* podBases(value: Json, base: FieldPath): Generator<FieldPath> {
  if (Array.isArray(value)) for (const [index, item] of listAt(value).entries()) yield* podBases(item, [...base, index]);
  else if (isObject(value) && (stringAt(value['kind']) ?? '').endsWith('List') && Array.isArray(value['items']))
    yield* podBases(value['items'] as Json, [...base, 'items']);
  else if (isObject(value) && isObject(value['spec'])) yield base;
}

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
    case 'edit-file':
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
