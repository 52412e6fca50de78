import { refusedPodProbe } from '../refused-pod.ts';

const security = { privileged: true, allowPrivilegeEscalation: undefined };

/** A privileged pod is refused where level baseline is enforced. */
export const probe = refusedPodProbe('workload-privileged', 'baseline', { security }, /\bprivileged\b/);
