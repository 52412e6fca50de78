import type { Change } from '../cluster/change.ts';
import { editHostText } from '../plan/host-text.ts';
import type { PlanGroup, PlannedFile } from '../plan/plan.ts';
import { editYaml } from '../plan/yaml/edit.ts';
import { parseDocuments } from '../cluster/yaml/parse.ts';
import { containerOf } from '../plan/flags/pod-container.ts';

/** The files of a group on one host in the order in which they are written: folders, what a component reads, and last what starts it. */
export function filesInOrder(group: PlanGroup, host: string): readonly PlannedFile[] {
  const rank = { directory: 0, file: 1, manifest: 2 } as const;
  return group.files.filter((file) => file.host === host).toSorted((a, b) => rank[a.role] - rank[b.role]);
}

/** A file's text after a group's changes, or why they cannot be made in it. */
export type EditedText = { readonly kind: 'edited'; readonly text: string } | { readonly kind: 'refused'; readonly why: string };

/**
 * Makes a group's changes in the real text of a file, the one with its secrets; `undefined`: there is no such file yet. The same edits
 * that the plan made in the text with blanked secrets. Total; `why` quotes no value.
 */
export function textAfter(group: PlanGroup, file: PlannedFile, text: string | undefined): EditedText {
  const changes = group.changes.map(({ change }) => change);
  if (file.role === 'manifest') {
    if (text === undefined) return { kind: 'refused', why: 'there is no such file' };
    const own = changes.filter((change) => isOf(change, file));
    return editHostText(text, isManifest(text, file) ? 'manifest' : 'unit', own);
  }
  let result = text;
  for (const change of changes) {
    if (!isOf(change, file) || !('path' in change) || change.path !== file.path) continue;
    if (change.kind === 'write-file') result = change.text;
    else if (change.kind === 'edit-file') {
      if (result === undefined) return { kind: 'refused', why: 'there is no such file' };
      const edited = editYaml(result, change.edits);
      if (edited.kind === 'refused') return edited;
      result = edited.text;
    }
  }
  return result === undefined ? { kind: 'refused', why: 'no change of the group writes it' } : { kind: 'edited', text: result };
}

function isOf(change: Change, file: PlannedFile): boolean {
  return 'component' in change && change.host === file.host && (change.component === file.component || file.role !== 'manifest');
}

function isManifest(text: string, { component }: PlannedFile): boolean {
  const value = parseDocuments(text, '').documents[0]?.value;
  return value !== undefined && containerOf(value, component) !== undefined;
}
