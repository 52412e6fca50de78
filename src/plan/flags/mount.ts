import type { FieldEdit } from '../../cluster/change.ts';
import { isObject, listAt, objectAt, stringAt } from '../../cluster/json.ts';
import { containerPaths } from '../../collect/host/mounts.ts';
import type { PodContainer } from './pod-container.ts';

/**
 * The edits that make a path of the host visible to the container under the same path: a hostPath volume of that type and a mount, read-only
 * for a file. None where a mount shows the path already (for a folder: a writable one); a volume of that path is used again.
 */
export function mountEdits(found: PodContainer, path: string, type: 'File' | 'DirectoryOrCreate'): readonly FieldEdit[] {
  const { podSpec, container, base, at } = found;
  const shown = containerPaths(podSpec, container)(path);
  if (shown.kind === 'host-path' && shown.path === path && (type === 'File' || isWritable(found, path))) return [];
  const volumes = listAt(podSpec['volumes']).filter(isObject);
  const former = volumes.find((volume) => stringAt(objectAt(volume['hostPath'])['path'])?.replace(/\/+$/, '') === path);
  const taken = new Set(volumes.map((volume) => stringAt(volume['name']) ?? ''));
  const name = stringAt(former?.['name']) ?? freeName(path, taken);
  const mounts = listAt(container['volumeMounts']);
  const own = mounts.findIndex((mount) => stringAt(objectAt(mount)['mountPath'])?.replace(/\/+$/, '') === path);
  const edits: FieldEdit[] = [];
  const mount = { mountPath: path, name, ...(type === 'File' ? { readOnly: true } : {}) };
  if (own >= 0) edits.push({ op: 'set', path: [...at, 'volumeMounts', own], value: mount });
  else edits.push({ op: 'insert', path: [...at, 'volumeMounts'], index: mounts.length, value: mount });
  if (former === undefined)
    edits.push({
      op: 'insert',
      path: [...base, 'spec', 'volumes'],
      index: listAt(podSpec['volumes']).length,
      value: { hostPath: { path, type }, name },
    });
  return edits;
}

function isWritable({ container }: PodContainer, path: string): boolean {
  const holders = listAt(container['volumeMounts'])
    .filter(isObject)
    .filter((mount) => {
      const where = (stringAt(mount['mountPath']) ?? '').replace(/\/+$/, '');
      return path === where || path.startsWith(`${where}/`);
    })
    .sort((a, b) => (stringAt(b['mountPath']) ?? '').length - (stringAt(a['mountPath']) ?? '').length);
  return holders[0]?.['readOnly'] !== true;
}

/** A volume's name out of its path: `audit-policy-yaml`; a number is added where it is taken (DNS label, 63 characters). */
function freeName(path: string, taken: ReadonlySet<string>): string {
  const base =
    path
      .split('/')
      .filter((part) => part !== '')
      .slice(-2)
      .join('-')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
      .slice(-55)
      .replace(/^-/, '') || 'files';
  let name = base;
  for (let number = 2; taken.has(name); number++) name = `${base}-${number}`;
  return name;
}
