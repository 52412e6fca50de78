import { dump, load } from 'js-yaml';
import { applyEdits } from '../../cluster/apply-edits.ts';
import type { Change, FieldEdit } from '../../cluster/change.ts';
import type { FieldPath, Json } from '../../cluster/json.ts';
import { isObject, objectAt, stringAt, valueAt } from '../../cluster/json.ts';
import { kubeletFields } from '../../cluster/kubelet-fields.ts';
import type { KubeletField } from '../../cluster/kubelet-fields.ts';
import { parseDocuments } from '../../cluster/yaml/parse.ts';
import type { Mending, SeenFile } from '../mending.ts';
import type { RemedyContext } from '../remedy.ts';

/** A field and the value it is to have. */
export type Wanted = readonly (readonly [KubeletField, boolean | number | string])[];

/**
 * Changes after which a kubelet has the values: on the command line where a flag stands (it wins) or no file is named, in the last
 * drop-in that sets the field, else in the file of `--config`. kubeadm's ConfigMap, from which new nodes are made, follows.
 */
export function kubeletChanges(at: Mending, context: RemedyContext, wanted: Wanted): readonly Change[] {
  const byFlag: Change[] = [];
  const byFile = new Map<string, FieldEdit[]>();
  for (const [field, value] of wanted) {
    const { flag } = kubeletFields[field];
    const path = field.split('.');
    const file = at.flag(flag).given || at.flags.errors.some((error) => error.flag === flag) ? undefined : decidingFile(at, path);
    if (file === undefined) byFlag.push(...at.set(flag, String(value)));
    else byFile.set(file.path, [...(byFile.get(file.path) ?? []), { op: 'set', path, value }]);
  }
  const files = [...byFile].flatMap(([path, edits]) => at.edit(path, edits));
  return [...byFlag, ...files, ...configMapChanges(context, wanted)];
}

/** The drop-in that sets the field last, else the file of `--config`; `undefined` where neither was seen. */
function decidingFile(at: Mending, path: FieldPath): SeenFile | undefined {
  const folder = at.flag('config-dir').value.replace(/\/+$/, '');
  const dropIns = [...at.component.files.values()].filter(
    (file): file is SeenFile =>
      folder !== '' &&
      file.kind === 'seen' &&
      file.text !== undefined &&
      file.path.startsWith(`${folder}/`) &&
      file.path.endsWith('.conf'),
  );
  const sets = (file: SeenFile): boolean =>
    valueAt(parseDocuments(file.text, file.source).documents[0]?.value ?? null, path) !== undefined;
  const last = dropIns
    .filter(sets)
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .at(-1);
  return last ?? at.seenFile('config');
}

/** ConfigMap kubelet-config holds what kubeadm gives to nodes that join or are upgraded. */
function configMapChanges(context: RemedyContext, wanted: Wanted): readonly Change[] {
  const map = context.cluster.objects.get('ConfigMap', 'kube-system', 'kubelet-config');
  const text = stringAt(objectAt(map?.manifest['data'])['kubelet']);
  const value = text === undefined ? undefined : parsed(text);
  if (value === undefined) return [];
  const edits = wanted
    .map(([field, to]): FieldEdit & { readonly op: 'set' } => ({ op: 'set', path: field.split('.'), value: to }))
    .filter((edit) => valueAt(value, edit.path) !== edit.value);
  if (edits.length === 0) return [];
  const kubelet = dump(applyEdits(value, edits), { lineWidth: -1, noRefs: true });
  const object = { apiVersion: 'v1', kind: 'ConfigMap', name: 'kubelet-config', namespace: 'kube-system' };
  return [{ kind: 'patch-object', object, patch: { data: { kubelet } } }];
}

function parsed(text: string): Json | undefined {
  try {
    const value: unknown = load(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
