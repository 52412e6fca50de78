import type { Kubeconfig } from '../../cluster/cluster.ts';
import type { Gap } from '../../cluster/gap.ts';
import { baseNameOf, parentOf } from './file-reading.ts';
import type { HostTree } from './host-tree.ts';
import { isKubeconfig, kubeconfigOf } from './kubeconfig.ts';
import { documentsOf } from './read-yaml.ts';

/** Files that are kubeconfigs by their place. */
const knownPaths = [
  '/root/.kube/config',
  '/etc/rancher/k3s/k3s.yaml',
  '/etc/rancher/rke2/rke2.yaml',
  '/var/lib/kubelet/kubeconfig',
  '/var/lib/minikube/kubeconfig',
  '/var/lib/kube-proxy/kubeconfig',
];

/** Folders with kubeconfigs among other files, and how their names end. */
const knownFolders: readonly (readonly [string, RegExp])[] = [
  ['/etc/kubernetes', /\.(?:conf|kubeconfig)$/],
  ['/var/lib/rancher/k3s/server/cred', /\.kubeconfig$/],
  ['/var/lib/rancher/k3s/agent', /\.kubeconfig$/],
  ['/var/lib/rancher/rke2/server/cred', /\.kubeconfig$/],
  ['/var/lib/rancher/rke2/agent', /\.kubeconfig$/],
  ['/var/snap/microk8s/current/credentials', /\.config$/],
];

/** Reads the kubeconfigs of a host: whom each speaks as, never its credentials. A broken one is a gap. */
export async function hostKubeconfigs(tree: HostTree, host: string | undefined, gaps: Gap[]): Promise<Kubeconfig[]> {
  const paths = new Set(knownPaths);
  for (const [folder, name] of knownFolders) {
    const listing = await tree.list(folder);
    for (const entry of listing.kind === 'entries' ? listing.entries : [])
      if (!entry.directory && name.test(entry.name)) paths.add(entry.path);
  }
  const homes = await tree.list('/home');
  for (const home of homes.kind === 'entries' ? homes.entries : []) if (home.directory) paths.add(`${home.path}/.kube/config`);
  const kubeconfigs: Kubeconfig[] = [];
  for (const path of [...paths].sort()) {
    const document = documentsOf(await tree.read(path), gaps)[0];
    if (document === undefined || !isKubeconfig(document.value)) continue;
    const options = { folder: parentOf(path), inUse: false, readFile: (file: string) => tree.read(file) };
    kubeconfigs.push(await kubeconfigOf(document, host === undefined ? options : { ...options, host }));
  }
  return kubeconfigs;
}

/** The node that a host is, by the credential of its kubelet: `system:node:NAME`. */
export function nodeNameIn(kubeconfigs: readonly Kubeconfig[]): string | undefined {
  for (const { source, users } of kubeconfigs) {
    // A copy of another host's kubelet.conf lies elsewhere; only the kubelet's own names this host.
    if (!/^(?:kubelet\.(?:conf|kubeconfig)|kubeconfig|kubelet\.config)$/.test(baseNameOf(source))) continue;
    for (const user of users) {
      const name = [user.commonName, user.name].find((text) => text?.startsWith('system:node:') === true);
      if (name !== undefined) return name.slice('system:node:'.length);
    }
  }
  return undefined;
}
