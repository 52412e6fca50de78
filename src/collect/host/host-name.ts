import { hostname } from 'node:os';
import { basename, resolve } from 'node:path';
import type { Kubeconfig } from '../../cluster/cluster.ts';
import { nodeNameIn } from './host-kubeconfigs.ts';
import type { HostTree } from './host-tree.ts';

/**
 * The name of a host: the node that its kubelet is (the name that the API has), else kubeadm's nodeRegistration, else `/etc/hostname`,
 * else this machine's name or the name of the folder.
 */
export async function hostNameOf(
  tree: HostTree,
  kubeconfigs: readonly Kubeconfig[],
  kubeadmName: string | undefined,
): Promise<string> {
  const node = nodeNameIn(kubeconfigs) ?? kubeadmName;
  if (node !== undefined) return node;
  const reading = await tree.read('/etc/hostname');
  const line =
    reading.kind === 'file'
      ? reading.text
          .split('\n')
          .map((text) => text.trim())
          .find((text) => text !== '' && !text.startsWith('#'))
      : undefined;
  // The kubelet takes the lower-case form as the node's name.
  return line?.toLowerCase() ?? (tree.root === '/' ? hostname().toLowerCase() : basename(resolve(tree.root)));
}
