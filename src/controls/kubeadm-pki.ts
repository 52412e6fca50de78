import { distributionOf } from '../cluster/component-version.ts';
import { listAt, objectAt, stringAt, valueAt } from '../cluster/json.ts';
import type { Mending } from './mending.ts';

/** Where kubeadm puts certificates. */
export const kubeadmPki = '/etc/kubernetes/pki';

/** Reports whether a component's certificates are kubeadm's: its folder is named by a flag or mounted, or kubeadm's own files show it. */
export function usesKubeadmPki(at: Mending): boolean {
  if (distributionOf(at.cluster) === 'kubeadm' || at.component.seenAs === 'kubeadm') return true;
  const { source, value } = at.component.document;
  if (source.includes('etc/kubernetes/manifests/')) return true;
  const paths = listAt(valueAt(value, ['spec', 'volumes'])).map(
    (volume) => stringAt(objectAt(objectAt(volume)['hostPath'])['path']) ?? '',
  );
  const words = at.component.commandLine.arguments.map(({ text }) => text);
  return [...paths, ...words].some((text) => text.includes(kubeadmPki));
}

/** The first of some files that is known not to be on the component's host: its folder was listed, without it. */
export function absentFile(at: Mending, paths: readonly string[]): string | undefined {
  return paths.find((path) => {
    const slash = path.lastIndexOf('/');
    const folder = at.cluster.directories.find(
      (directory) => directory.host === at.host && directory.path === path.slice(0, slash),
    );
    return folder !== undefined && !folder.entries.some(({ name }) => name === path.slice(slash + 1));
  });
}
