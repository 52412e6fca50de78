import { refusedPodProbe } from '../refused-pod.ts';

const security = { runAsNonRoot: undefined };

/** A pod that may run as root is refused where level restricted is enforced. */
export const probe = refusedPodProbe('workload-run-as-nonroot', 'restricted', { security }, /runAsNonRoot != true/);
