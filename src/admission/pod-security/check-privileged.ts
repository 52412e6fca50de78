import type { Check, Violation } from './check.ts';
import { named } from './check.ts';
import type { PodView } from './pod-view.ts';
import { containerPath } from './pod-view.ts';

/** No container is privileged (policy/check_privileged.go). */
export const privileged: Check = {
  id: 'privileged',
  level: 'baseline',
  revisions: [{ since: 0, check: privilegedContainers }],
};

function privilegedContainers(pod: PodView): Violation | undefined {
  const bad = pod.containers.filter((container) => container.securityContext?.['privileged'] === true);
  if (bad.length === 0) return undefined;
  return {
    reason: 'privileged',
    detail: `${named(bad)} must not set securityContext.privileged=true`,
    fields: bad.map((container) => containerPath(container, 'securityContext', 'privileged')),
  };
}
