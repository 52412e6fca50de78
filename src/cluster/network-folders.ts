/** Folders of CNI configurations on a host: the default one, and those of the distributions that keep their own. */
export const networkFolders: readonly string[] = [
  '/etc/cni/net.d',
  '/var/lib/rancher/k3s/agent/etc/cni/net.d',
  '/var/lib/rancher/rke2/agent/etc/cni/net.d',
  '/var/snap/microk8s/current/args/cni-network',
];
