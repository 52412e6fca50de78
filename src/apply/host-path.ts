import { realpathSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { cleanHostPath } from '../collect/host/file-reading.ts';

/** Where a host's file lies on this machine, or why it must not be touched. */
export type RealPath = { readonly kind: 'path'; readonly path: string } | { readonly kind: 'refused'; readonly why: string };

/**
 * The real path of a host's file below `root` (`/`: this machine). Links are followed, so that the file behind a link is replaced and
 * not the link; a path that leads out of `root` is refused: an absolute link of a copied tree would name a file of this machine.
 */
export function realPathOf(root: string, path: string): RealPath {
  const wanted = join(resolve(root), cleanHostPath(path));
  const rest: string[] = [];
  for (let here = wanted; ; here = dirname(here)) {
    const real = realOrAbsent(here);
    if (real === undefined && here !== dirname(here)) {
      rest.unshift(here.slice(dirname(here).length).replace(/^\//, ''));
      continue;
    }
    const found = join(real ?? '/', ...rest);
    const inside = relative(realOrAbsent(resolve(root)) ?? resolve(root), found);
    if (inside.startsWith('..')) return { kind: 'refused', why: `${path} is a link that leads out of ${root}` };
    return { kind: 'path', path: found };
  }
}

function realOrAbsent(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
