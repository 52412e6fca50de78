import { refusedPodProbe } from '../refused-pod.ts';

const security = { seccompProfile: undefined };

/** A pod without a seccomp profile is refused where level restricted is enforced. */
export const probe = refusedPodProbe('workload-seccomp', 'restricted', { security }, /seccompProfile/);
