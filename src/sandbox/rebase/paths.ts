import { posix } from 'node:path';

/** The place of a host's path below the sandbox's root; a relative one counts from the container's root. */
export function rebasedPath(root: string, path: string): string {
  return `${root}${posix.resolve('/', path)}`;
}

/** Takes the sandbox's folders out of a text, so that it names the paths of the host. */
export function hostPathsIn(text: string, root: string): string {
  return text.replaceAll(root, '');
}
