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
