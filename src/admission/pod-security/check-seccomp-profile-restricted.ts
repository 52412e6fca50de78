import { explicitProfiles } from './check-seccomp-profile-baseline.ts';
import type { Check, Violation } from './check.ts';
import { named, quoted, setters, sortedSet } from './check.ts';
import type { PodView } from './pod-view.ts';
import { containerPath } from './pod-view.ts';

const reason = 'seccompProfile';
const overrides = ['seccompProfile_baseline'];

/** Every container has a seccomp profile, its own or the pod's (policy/check_seccompProfile_restricted.go). */
export const seccompProfileRestricted: Check = {
  id: 'seccompProfile_restricted',
  level: 'restricted',
  revisions: [
    { since: 19, check: demand, overrides },
    // Validation refuses seccomp profiles on Windows pods.
    { since: 25, check: (pod) => (pod.windows ? undefined : demand(pod)), overrides },
  ],
};

function demand(pod: PodView): Violation | undefined {
  const { podType, bad, silent, types, fields } = explicitProfiles(pod);
  const who = setters(podType === 'forbidden', bad);
  if (who !== '') {
    return { reason, detail: `${who} must not set securityContext.seccompProfile.type to ${quoted(sortedSet(types))}`, fields };
  }
  if (podType === 'allowed' || silent.length === 0) return undefined;
  return {
    reason,
    detail: `pod or ${named(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
    fields: silent.map((container) => containerPath(container)),
  };
}
