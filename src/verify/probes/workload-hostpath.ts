import { refusedPodProbe } from '../refused-pod.ts';

const spec = { volumes: [{ name: 'host', hostPath: { path: '/bulwark-verify' } }] };

/** A pod with a hostPath volume is refused where level baseline is enforced. */
export const probe = refusedPodProbe('workload-hostpath', 'baseline', { spec }, /hostPath volumes/);
