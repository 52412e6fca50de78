import type { JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../../cluster/json.ts';
import { cleanHostPath, joinHostPath } from './file-reading.ts';

/** Where a path inside a container lies on the host. */
type HostPath =
  | { readonly kind: 'host-path'; readonly path: string }
  /** The path lies in the container's own image or in no mount: nothing of the host shows there. */
  | { readonly kind: 'not-mounted' }
  /** The mount is of a kind whose content is not on the host's disk under a known path. */
  | { readonly kind: 'other-volume'; readonly volume: string; readonly type: string };

/** Turns a path that a component uses into a path on the host. */
export type PathMapping = (path: string) => HostPath;

/** The mapping of a program that runs on the host itself. */
export const onTheHost: PathMapping = (path) => ({ kind: 'host-path', path: cleanHostPath(path) });

/**
 * The mapping of a container: the mount with the longest `mountPath` that holds the path decides (a mount inside another hides
 * its part), `subPath` goes between the volume's path and the rest. A hostPath of type File is mounted on a file path.
 */
export function containerPaths(podSpec: JsonObject, container: JsonObject): PathMapping {
  const volumes = new Map<string, JsonObject>();
  for (const volume of listAt(podSpec['volumes']).filter(isObject)) volumes.set(stringAt(volume['name']) ?? '', volume);
  const mounts = listAt(container['volumeMounts'])
    .filter(isObject)
    .toSorted((a, b) => mountPathOf(b).length - mountPathOf(a).length);
  return (path) => {
    const wanted = joinHostPath(stringAt(container['workingDir']) ?? '/', path);
    const mount = mounts.find((candidate) => covers(mountPathOf(candidate), wanted));
    if (mount === undefined) return { kind: 'not-mounted' };
    const name = stringAt(mount['name']) ?? '';
    const volume = volumes.get(name);
    if (volume === undefined) return { kind: 'not-mounted' };
    const onHost = stringAt(objectAt(volume['hostPath'])['path']);
    if (onHost === undefined)
      return { kind: 'other-volume', volume: name, type: Object.keys(volume).find((key) => key !== 'name') ?? 'emptyDir' };
    const subPath = stringAt(mount['subPath']) ?? '';
    const base = subPath === '' ? onHost : `${onHost}/${subPath}`;
    return { kind: 'host-path', path: cleanHostPath(`${base}/${wanted.slice(mountPathOf(mount).length)}`) };
  };
}

function mountPathOf(mount: JsonObject): string {
  return cleanHostPath(stringAt(mount['mountPath']) ?? '/');
}

function covers(mountPath: string, path: string): boolean {
  return mountPath === '/' || path === mountPath || path.startsWith(`${mountPath}/`);
}
