import { refusedPodProbe } from '../refused-pod.ts';

/** A pod in the host's process namespace is refused where level baseline is enforced. */
export const probe = refusedPodProbe('workload-host-namespaces', 'baseline', { spec: { hostPID: true } }, /host namespaces/);
