import { counted } from '../counted.ts';
import type { Evidence } from '../../results/finding.ts';
import { tcpAnswer } from '../connections.ts';
import { reachedNodes } from '../node-addresses.ts';
import type { Contradiction, Probe } from '../probe.ts';
import { notPossible, settled } from '../probe.ts';

const port = 10255;

/** Nobody listens on the kubelets' port 10255. */
export const probe: Probe = {
  control: 'kubelet-readonly-port-off',
  needs: ['nodes'],
  run: async (world) => {
    const { reached, others } = await reachedNodes(world);
    const contradictions: Contradiction[] = [];
    const evidence: Evidence[] = [];
    const silent = [...others];
    for (const node of reached) {
      const answer = await tcpAnswer(node.host.replace(/^\[|\]$/g, ''), port, 2_000);
      const item = { source: `${node.host}:${port}`, seen: answer, wanted: 'refused' };
      evidence.push(item);
      if (answer === 'silent') silent.push(node.name);
      if (answer !== 'open') continue;
      const subject = { kind: 'kubelet', name: '', host: node.name };
      contradictions.push({ subject, message: `the kubelet's port ${port} is open`, evidence: [item] });
    }
    if (contradictions.length === 0 && silent.length > 0)
      return notPossible(`nodes that do not answer from here: ${silent.slice(0, 5).join(', ')}`);
    return settled(contradictions, `port ${port} of ${counted(reached.length, 'node')} is closed`, evidence);
  },
};
