import type { Change } from '../cluster/change.ts';
import type { Component } from '../cluster/component.ts';
import { parseDocuments } from '../cluster/yaml/parse.ts';
import { containerOf } from './flags/pod-container.ts';
import { manifestEdits } from './flags/static-pod.ts';
import { editUnit } from './flags/unit.ts';
import type { YamlEdit } from './yaml/edit.ts';
import { editYaml } from './yaml/edit.ts';

/** Which way a component's own file can be edited: its static pod manifest, its unit; `undefined`: its text is not at hand. */
export function ownFileOf(component: Component): 'manifest' | 'unit' | undefined {
  if (component.text === undefined) return undefined;
  if (component.seenAs === 'unit') return 'unit';
  const first = parseDocuments(component.text, '').documents[0]?.value;
  return first !== undefined && containerOf(first, component.name) !== undefined ? 'manifest' : undefined;
}

/**
 * Makes changes of one component in the text of its manifest or unit: flags, mounts for files and folders, other edits.
 *
 * `text` may be the real one of the host or the one with blanked secrets: the same edits are made in both. Changes that do not touch
 * the file leave it as it is. Refused where an edit cannot be made without touching more. Total.
 */
export function editHostText(text: string, kind: 'manifest' | 'unit', changes: readonly Change[]): YamlEdit {
  let result = text;
  for (const change of changes) {
    const edited = kind === 'unit' ? editUnit(result, change) : editManifest(result, change);
    if (edited.kind === 'refused') return edited;
    result = edited.text;
  }
  return { kind: 'edited', text: result };
}

function editManifest(text: string, change: Change): YamlEdit {
  const value = parseDocuments(text, '').documents[0]?.value;
  if (value === undefined) return { kind: 'refused', why: 'the manifest holds no document' };
  const edits = manifestEdits(value, change);
  return 'refused' in edits ? { kind: 'refused', why: edits.refused } : editYaml(text, edits);
}
