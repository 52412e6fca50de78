import { loadAdmissionConfiguration } from '../../admission/configuration.ts';
import { effectivePlugins } from '../../admission/plugins.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { versionOf } from '../../cluster/component-version.ts';
import { componentsOf } from '../../cluster/components.ts';
import { placeOf } from '../../cluster/document.ts';
import { flagFile } from '../../cluster/flag-file.ts';
import { readFlags } from '../../cluster/flags.ts';
import type { Evidence } from '../../results/finding.ts';

/** A folder from which an API server admits beside the API's objects. */
export interface StaticManifests {
  readonly path: string;
  readonly evidence: Evidence;
}

/**
 * Folders from which one plug-in of the API servers loads its objects (`staticManifestsDir`, from 1.36): no API request shows them,
 * and nothing collects them yet, so that what stands in them is not known. Sorted.
 */
export function staticManifestsDirs(cluster: Cluster, plugin: string): readonly StaticManifests[] {
  const found = componentsOf(cluster, 'kube-apiserver').flatMap(({ component }): readonly StaticManifests[] => {
    const minor = component === undefined ? undefined : versionOf(cluster, component)?.minor;
    if (component === undefined || minor === undefined) return [];
    const flags = readFlags(component, minor);
    const file = flagFile(component, flags.get('admission-control-config-file'));
    if (file.kind !== 'seen' || file.text === undefined) return [];
    const loaded = loadAdmissionConfiguration(file.text, {
      path: file.path,
      minor,
      source: file.source,
      runs: (name) => name === plugin && effectivePlugins(flags, minor).plugins.includes(name),
      readFile: (path) => {
        const other = component.files.get(path);
        return other?.kind === 'seen' && other.text !== undefined ? { text: other.text, source: other.source } : undefined;
      },
    });
    if (loaded.kind !== 'accepted') return [];
    const place = placeOf(loaded.document, ['plugins']);
    return loaded.configuration.staticManifestsDirs.map((path) => ({
      path,
      evidence: { ...place, seen: `staticManifestsDir of ${plugin}: ${path}` },
    }));
  });
  const byPath = new Map(found.map((entry) => [entry.path, entry]));
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}
