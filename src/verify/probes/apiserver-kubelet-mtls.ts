import { counted } from '../counted.ts';
import type { Evidence } from '../../results/finding.ts';
import { handshake } from '../connections.ts';
import { reachedNodes } from '../node-addresses.ts';
import type { Contradiction, Probe } from '../probe.ts';
import { notPossible, settled } from '../probe.ts';

/** Each kubelet's certificate is of the authority that the API server trusts, and the API server reaches it. */
export const probe: Probe = {
  control: 'apiserver-kubelet-mtls',
  needs: ['api', 'host', 'nodes'],
  run: async (world) => {
    const { reached, others } = await reachedNodes(world);
    const { component, flags } = world.apiServer();
    const path = flags.get('kubelet-certificate-authority').value;
    const authority = path === '' ? undefined : world.readFile(component, path);
    if (authority === undefined)
      return notPossible(path === '' ? '--kubelet-certificate-authority is not set' : `${path} cannot be read from here`);
    const contradictions: Contradiction[] = [];
    const evidence: Evidence[] = [];
    for (const { name, host } of reached) {
      const answer = await handshake(host.replace(/^\[|\]$/g, ''), 10250, {
        ca: authority,
        checkServerIdentity: () => undefined,
      });
      const { status } = await world.caller.self.text(`/api/v1/nodes/${encodeURIComponent(name)}/proxy/healthz`);
      const trusted = answer.kind === 'done' && answer.trusted;
      const item = {
        source: `${host}:10250`,
        seen: `${trusted ? 'of the authority' : 'of another authority'}, healthz ${status}`,
        wanted: 'of the authority, healthz 200',
      };
      evidence.push(item);
      if (status === 403) return notPossible('the credential in use may not ask nodes through the API server (nodes/proxy)');
      if (!trusted || status !== 200)
        contradictions.push({
          message: `the API server cannot reach the kubelet of ${name} by this authority`,
          evidence: [item],
        });
    }
    if (contradictions.length === 0 && others.length > 0)
      return notPossible(`nodes that do not answer from here: ${others.slice(0, 5).join(', ')}`);
    return settled(
      contradictions,
      `the kubelets of ${counted(reached.length, 'node')} have certificates of the authority`,
      evidence,
    );
  },
};
