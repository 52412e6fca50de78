import { loadAdmissionConfiguration } from '../../admission/configuration.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { componentsOf } from '../../cluster/components.ts';
import { versionOf } from '../../cluster/component-version.ts';
import { flagFile } from '../../cluster/flag-file.ts';
import { readFlags } from '../../cluster/flags.ts';

/** Folders from which API servers load policies (`staticManifestsDir`, from 1.36); no API request shows what is in them. */
export function staticManifestsDirs(cluster: Cluster): readonly string[] {
  const dirs = componentsOf(cluster, 'kube-apiserver').flatMap(({ component }): readonly string[] => {
    const minor = component === undefined ? undefined : versionOf(cluster, component)?.minor;
    if (component === undefined || minor === undefined || minor < 36) return [];
    const file = flagFile(component, readFlags(component, minor).get('admission-control-config-file'));
    if (file.kind !== 'seen' || file.text === undefined) return [];
    const loaded = loadAdmissionConfiguration(file.text, {
      path: file.path,
      minor,
      source: file.source,
      readFile: () => undefined,
    });
    return loaded.kind === 'accepted' ? loaded.configuration.staticManifestsDirs : [];
  });
  return [...new Set(dirs)].sort();
}
