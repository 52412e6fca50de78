import type { Change } from '../cluster/change.ts';
import { redactText } from '../collect/redact.ts';
import { removeFlag, setFlag } from './flags/edit-words.ts';
import { containerOf } from './flags/pod-container.ts';
import { manifestEdits } from './flags/static-pod.ts';
import { filesOfHost } from './planned-files.ts';
import type { HostChange } from './planned-cluster.ts';
import { isHostChange, viewsOf } from './planned-cluster.ts';
import { afterPatch, appliedOver, isObjectChange, referenceOf } from './planned-objects.ts';
import type { Replay } from './replay.ts';
import { editYaml } from './yaml/edit.ts';
import { sameJson } from './yaml/wanted.ts';

/** Whether a change would leave everything as it is. What cannot be told is a change. */
export function changesNothing(now: Replay, change: Change): boolean {
  if (isHostChange(change)) return hostStays(now, change);
  if (!isObjectChange(change)) return false;
  const live = now.object(referenceOf(change));
  if (change.kind === 'delete-object') return live === undefined;
  if (change.kind === 'patch-object') return live === undefined || sameJson(afterPatch(live, change), live);
  return live !== undefined && sameJson(appliedOver(live, change.object), live);
}

function hostStays(now: Replay, change: HostChange): boolean {
  const views = viewsOf(now.components, change.host, change.component);
  if (views.length === 0) return false;
  const words = views.map((view) => view.commandLine.arguments.map((argument) => argument.text));
  if (change.kind === 'set-flag')
    return words.every((own) => setFlag(own, change.component, change.flag, change.value).length === 0);
  if (change.kind === 'remove-flag') return words.every((own) => removeFlag(own, change.component, change.flag).length === 0);
  const pods = views.filter((view) => containerOf(view.document.value, view.name) !== undefined);
  const mounted = pods.every((view) => {
    const edits = manifestEdits(view.document.value, change);
    return 'refused' in edits || edits.length === 0;
  });
  if (change.kind === 'mount-directory') return pods.length > 0 && mounted;
  if (change.kind === 'edit-manifest') return false;
  const file = filesOfHost(views).get(change.path);
  if (file?.kind !== 'seen' || file.text === undefined) return false;
  if (change.kind === 'write-file')
    return mounted && redactText(change.text) === file.text && (file.mode === undefined || file.mode === change.mode);
  const edited = editYaml(file.text, change.edits);
  return edited.kind === 'edited' && edited.text === file.text;
}
