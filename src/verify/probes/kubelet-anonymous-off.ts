import { probeKubelets } from '../kubelet-status.ts';
import type { Probe } from '../probe.ts';

/** The kubelets answer 401 to a request without credentials. */
export const probe: Probe = {
  control: 'kubelet-anonymous-off',
  needs: ['nodes'],
  run: (world) => probeKubelets(world, { closed: [401], who: 'without credentials' }),
};
