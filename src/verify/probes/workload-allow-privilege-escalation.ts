import { refusedPodProbe } from '../refused-pod.ts';

const security = { allowPrivilegeEscalation: undefined };

/** A pod that may escalate is refused where level restricted is enforced. */
export const probe = refusedPodProbe(
  'workload-allow-privilege-escalation',
  'restricted',
  { security },
  /allowPrivilegeEscalation != false/,
);
