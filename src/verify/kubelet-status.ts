import { counted } from './counted.ts';
import type { Evidence } from '../results/finding.ts';
import { plainStatus } from './connections.ts';
import { kubeletUrl, reachedNodes } from './node-addresses.ts';
import type { Contradiction, Outcome } from './probe.ts';
import { notPossible, settled } from './probe.ts';
import type { World } from './world.ts';

export interface KubeletQuestion {
  readonly token?: string;
  /** Statuses that prove the control. */
  readonly closed: readonly number[];
  /** `without credentials`. */
  readonly who: string;
}

/** Asks every kubelet that answers for its pods, and judges by the status. */
export async function probeKubelets(world: World, { token, closed, who }: KubeletQuestion): Promise<Outcome> {
  const { reached, others } = await reachedNodes(world);
  const contradictions: Contradiction[] = [];
  const evidence: Evidence[] = [];
  const silent = [...others];
  for (const node of reached) {
    const answer = await plainStatus(kubeletUrl(node, '/pods'), token === undefined ? {} : { token });
    if ('failed' in answer) {
      silent.push(node.name);
      continue;
    }
    const item = { source: `${kubeletUrl(node, '/pods')} ${who}`, seen: String(answer.status), wanted: closed.join(' or ') };
    evidence.push(item);
    if (!closed.includes(answer.status))
      contradictions.push({
        subject: { kind: 'kubelet', name: '', host: node.name },
        message: `the kubelet answers a request ${who} with ${answer.status}`,
        evidence: [item],
      });
  }
  if (contradictions.length === 0 && silent.length > 0)
    return notPossible(`kubelets that do not answer from here: ${silent.slice(0, 5).join(', ')}`);
  return settled(contradictions, `${counted(reached.length, 'kubelet')} refuse a request ${who}`, evidence);
}
