import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Component } from '../cluster/component.ts';
import { isObject, listAt, objectAt, stringsAt } from '../cluster/json.ts';
import { containerPaths, onTheHost } from '../collect/host/mounts.ts';
import type { PathMapping } from '../collect/host/mounts.ts';

/**
 * Where a file that a component names may lie on this machine, best first: where it was read from, and its path on the host below each
 * of the host trees. Empty where nothing of the host is at hand.
 */
export function localPaths(component: Component, path: string, hostRoots: readonly string[]): readonly string[] {
  const known = component.files.get(path);
  const mapped = mappingOf(component)(path);
  return [
    ...(known?.kind === 'seen' ? [known.source] : []),
    ...(mapped.kind === 'host-path' ? hostRoots.map((root) => join(root, mapped.path)) : []),
  ];
}

/** Reads a file that a component names; `undefined` where it is not here or may not be read. It is read anew at each call, and not kept. */
export function readComponentFile(component: Component, path: string, hostRoots: readonly string[]): string | undefined {
  for (const candidate of localPaths(component, path, hostRoots)) {
    try {
      return readFileSync(candidate, 'utf8');
    } catch {
      // Another place may have it.
    }
  }
  return undefined;
}

function mappingOf(component: Component): PathMapping {
  const pod = objectAt(component.document.value);
  const spec = objectAt(pod['spec']);
  const containers = listAt(spec['containers']).filter(isObject);
  if (pod['kind'] !== 'Pod' || containers[0] === undefined) return onTheHost;
  const own = containers.find((container) =>
    [...stringsAt(container['command']), ...stringsAt(container['args'])].some((word) => word.endsWith(component.name)),
  );
  return containerPaths(spec, own ?? containers[0]);
}
