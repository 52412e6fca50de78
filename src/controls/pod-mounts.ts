import type { Change } from '../cluster/change.ts';
import type { FieldPath } from '../cluster/json.ts';
import { listAt, objectAt, stringAt, valueAt } from '../cluster/json.ts';
import { containerPathIn } from './component-pod.ts';
import type { Mending } from './mending.ts';

/** The container of a static pod that runs the component: where it stands in the Pod; `undefined` where the component is no Pod. */
export function containerPath({ component }: Pick<Mending, 'component'>): FieldPath | undefined {
  return containerPathIn(component.document.value, component.name, component.host);
}

/** Folders of the host that the manifest mounts, at which path. */
function mountedPaths(at: Mending): readonly string[] {
  const path = containerPath(at);
  const mounts = path === undefined ? [] : listAt(valueAt(at.component.document.value, [...path, 'volumeMounts']));
  return mounts.flatMap((mount) => stringAt(objectAt(mount)['mountPath']) ?? []);
}

/** Makes a folder of the host visible to a static pod, read-only at the same path; no change where it is, or where there is no pod. */
export function mountFolder(at: Mending, folder: string, name: string): readonly Change[] {
  const path = containerPath(at);
  const isVisible = mountedPaths(at).some((mounted) => isWithin(folder, mounted));
  if (path === undefined || isVisible) return [];
  const spec = valueAt(at.component.document.value, ['spec']);
  const count = (list: FieldPath): number => listAt(valueAt(at.component.document.value, list)).length;
  const taken = listAt(objectAt(spec)['volumes']).some((volume) => objectAt(volume)['name'] === name);
  const volume = taken ? `bulwark-${name}` : name;
  return [
    {
      kind: 'edit-manifest',
      host: at.host,
      component: at.component.name,
      edits: [
        {
          op: 'insert',
          path: [...path, 'volumeMounts'],
          index: count([...path, 'volumeMounts']),
          value: { mountPath: folder, name: volume, readOnly: true },
        },
        {
          op: 'insert',
          path: ['spec', 'volumes'],
          index: count(['spec', 'volumes']),
          value: { hostPath: { path: folder, type: 'Directory' }, name: volume },
        },
      ],
    },
  ];
}

/** Takes the mount of one file out of a static pod, with its volume where nothing else mounts it; folders that are mounted stay. */
export function unmountFile(at: Mending, file: string): readonly Change[] {
  const path = containerPath(at);
  const pod = at.component.document.value;
  if (path === undefined) return [];
  const mounts = listAt(valueAt(pod, [...path, 'volumeMounts'])).map(objectAt);
  const index = mounts.findIndex((mount) => mount['mountPath'] === file);
  const name = mounts[index]?.['name'];
  if (index < 0) return [];
  const users = listAt(valueAt(pod, ['spec', 'containers'])).flatMap((container) =>
    listAt(objectAt(container)['volumeMounts']).filter((mount) => objectAt(mount)['name'] === name),
  );
  const volume = listAt(valueAt(pod, ['spec', 'volumes'])).findIndex((entry) => objectAt(entry)['name'] === name);
  return [
    {
      kind: 'edit-manifest',
      host: at.host,
      component: at.component.name,
      edits: [
        { op: 'remove', path: [...path, 'volumeMounts', index] },
        ...(users.length > 1 || volume < 0 ? [] : ([{ op: 'remove', path: ['spec', 'volumes', volume] }] as const)),
      ],
    },
  ];
}

/** The mount through which a static pod sees a path. */
export interface MountOfPath {
  readonly mountPath: string;
  readonly readOnly: boolean;
  /** Where the mount stands in the Pod. */
  readonly path: FieldPath;
}

/** The mount of the component's container that holds a path, the longest one deciding; `undefined` where it is no pod, or none holds it. */
export function mountOfPath(component: Mending['component'], path: string): MountOfPath | undefined {
  const container = containerPath({ component });
  if (container === undefined) return undefined;
  const list = [...container, 'volumeMounts'];
  return listAt(valueAt(component.document.value, list))
    .map((mount, index): MountOfPath => {
      const { mountPath, readOnly } = objectAt(mount);
      return { mountPath: stringAt(mountPath) ?? '', readOnly: readOnly === true, path: [...list, index] };
    })
    .filter(({ mountPath }) => mountPath !== '' && isWithin(path, mountPath))
    .toSorted((a, b) => b.mountPath.length - a.mountPath.length)[0];
}

/** Whether a path is a folder itself or lies below it. */
export function isWithin(path: string, folder: string): boolean {
  const trimmed = folder.replace(/\/+$/, '');
  return path === trimmed || path.startsWith(`${trimmed}/`);
}
