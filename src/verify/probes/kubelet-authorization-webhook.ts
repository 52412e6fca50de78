import { canaryToken } from '../canary-account.ts';
import { probeKubelets } from '../kubelet-status.ts';
import { reachedNodes } from '../node-addresses.ts';
import type { Probe } from '../probe.ts';

/** The kubelets refuse the token of a fresh service account: 403, or 401 where they take no tokens. */
export const probe: Probe = {
  control: 'kubelet-authorization-webhook',
  needs: ['api', 'nodes'],
  run: async (world) => {
    await reachedNodes(world);
    const token = await canaryToken(world);
    return probeKubelets(world, { token, closed: [403, 401], who: 'with the token of a fresh service account' });
  },
};
