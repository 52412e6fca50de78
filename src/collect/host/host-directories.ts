import type { HostDirectory } from '../../cluster/cluster.ts';
import type { Document } from '../../cluster/document.ts';
import type { Gap } from '../../cluster/gap.ts';
import { networkFolders } from '../../cluster/network-folders.ts';
import { redactDocument } from '../redact.ts';
import { ownershipOf } from './flag-files.ts';
import type { HostTree } from './host-tree.ts';
import { documentsOf } from './read-yaml.ts';

/** Folders whose entries' modes and owners controls ask for. */
const listedFolders = [
  '/etc/kubernetes',
  '/etc/kubernetes/manifests',
  '/etc/kubernetes/pki',
  '/etc/kubernetes/pki/etcd',
  '/etc/kubernetes/ssl',
  '/var/lib/minikube/certs',
  '/var/lib/minikube/certs/etcd',
  '/var/lib/kubelet/pki',
  '/var/lib/rancher/k3s/server/tls',
  '/var/lib/rancher/rke2/server/tls',
  '/var/lib/rancher/rke2/agent/pod-manifests',
  '/var/snap/microk8s/current/certs',
];

/** Lists the folders of a host that no flag names: names, modes, owners; of CNI configurations the documents too. Absent ones are left out. */
export async function hostDirectories(tree: HostTree, host: string, gaps: Gap[]): Promise<HostDirectory[]> {
  const directories: HostDirectory[] = [];
  for (const path of [...networkFolders, ...listedFolders]) {
    const listing = await tree.list(path);
    if (listing.kind === 'unreadable')
      gaps.push({ source: tree.sourceOf(path), reason: listing.reason, hint: 'read it as root, or copy the tree as root' });
    if (listing.kind !== 'entries') continue;
    const entries: HostDirectory['entries'][number][] = [];
    for (const entry of listing.entries) {
      const document =
        networkFolders.includes(path) && !entry.directory && /\.(?:conf|conflist|json)$/.test(entry.name)
          ? await firstDocument(tree, entry.path, gaps)
          : undefined;
      entries.push({ name: entry.name, ...(document === undefined ? {} : { document }), ...ownershipOf(entry) });
    }
    directories.push({ host, path, entries });
  }
  return directories;
}

async function firstDocument(tree: HostTree, path: string, gaps: Gap[]): Promise<Document | undefined> {
  const document = documentsOf(await tree.read(path), gaps)[0];
  return document === undefined ? undefined : redactDocument(document);
}
