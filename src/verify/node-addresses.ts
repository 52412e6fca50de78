import { nodeAddresses } from '../controls/api-server/host-addresses.ts';
import { tcpAnswer } from './connections.ts';
import { NotPossible } from './not-possible.ts';
import type { World } from './world.ts';

/** A node whose kubelet answers from here. */
export interface ReachedNode {
  readonly name: string;
  /** As it stands in a URL. */
  readonly host: string;
}

const kubeletPort = 10250;
const mostNodes = 50;

/** The nodes whose kubelet's port is open from here, and the names of the others; once a run. Throws NotPossible where there is none. */
export function reachedNodes(
  world: World,
): Promise<{ readonly reached: readonly ReachedNode[]; readonly others: readonly string[] }> {
  return world.once('nodes', async () => {
    const nodes = world.cluster.objects.ofKind('Node').slice(0, mostNodes);
    if (nodes.length === 0) throw new NotPossible('there is no node to ask');
    const reached: ReachedNode[] = [];
    const others: string[] = [];
    for (const node of nodes) {
      const address = nodeAddresses(node)[0]?.address;
      if (address !== undefined && (await tcpAnswer(address, kubeletPort, 2_000)) === 'open')
        reached.push({ name: node.name, host: address.includes(':') ? `[${address}]` : address });
      else others.push(node.name);
    }
    if (reached.length === 0)
      throw new NotPossible(`no kubelet answers from here: run on a machine that reaches port ${kubeletPort}`);
    return { reached, others };
  });
}

/** The URL of a path at a node's kubelet. */
export function kubeletUrl(node: ReachedNode, path: string): string {
  return `https://${node.host}:${kubeletPort}${path}`;
}
