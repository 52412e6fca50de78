import type { FieldPath } from '../../cluster/json.ts';
import type { Check, Violation } from './check.ts';
import { named } from './check.ts';
import type { PodView } from './pod-view.ts';
import { containerPath } from './pod-view.ts';

/** Every container says `allowPrivilegeEscalation: false` (policy/check_allowPrivilegeEscalation.go). */
export const allowPrivilegeEscalation: Check = {
  id: 'allowPrivilegeEscalation',
  level: 'restricted',
  revisions: [
    { since: 8, check: demand },
    // Validation refuses the field on Windows pods, so it cannot be demanded there.
    { since: 25, check: (pod) => (pod.windows ? undefined : demand(pod)) },
  ],
};

function demand(pod: PodView): Violation | undefined {
  const bad = pod.containers.filter((container) => container.securityContext?.['allowPrivilegeEscalation'] !== false);
  if (bad.length === 0) return undefined;
  return {
    reason: 'allowPrivilegeEscalation != false',
    detail: `${named(bad)} must set securityContext.allowPrivilegeEscalation=false`,
    fields: bad.map((container): FieldPath => {
      const set = container.securityContext?.['allowPrivilegeEscalation'] === true;
      return set ? containerPath(container, 'securityContext', 'allowPrivilegeEscalation') : containerPath(container);
    }),
  };
}
