import { refusedPodProbe } from '../refused-pod.ts';

const security = { capabilities: undefined };

/** A pod that keeps its capabilities is refused where level restricted is enforced. */
export const probe = refusedPodProbe('workload-capabilities', 'restricted', { security }, /unrestricted capabilities/);
