import type { Check, PodSecurityServer, Violation } from './check.ts';
import { named, quoted, sortedSet } from './check.ts';
import type { PodView } from './pod-view.ts';
import { containerPath } from './pod-view.ts';

/** /proc keeps its masks, from 1.35 on unless the pod has a user namespace (policy/check_procMount_baseline.go). */
export const procMountBaseline: Check = {
  id: 'procMount',
  level: 'baseline',
  revisions: [
    { since: 0, check: (pod, server) => (relaxedByGate(pod, server) ? undefined : unmasked(pod)) },
    { since: 35, check: (pod) => (pod.userNamespace ? undefined : unmasked(pod)) },
  ],
};

/** At level restricted /proc keeps its masks also in a user namespace (policy/check_procMount_restricted.go). */
export const procMountRestricted: Check = {
  id: 'procMount_restricted',
  level: 'restricted',
  revisions: [{ since: 35, check: unmasked, overrides: ['procMount'] }],
};

/** The gate was there from 1.29 to 1.34 and reached procMount in 1.31. */
function relaxedByGate(pod: PodView, server: PodSecurityServer): boolean {
  return pod.userNamespace && server.userNamespacesPodSecurityStandards === true && server.minor >= 31 && server.minor <= 34;
}

function unmasked(pod: PodView): Violation | undefined {
  const types: string[] = [];
  const bad = pod.containers.filter((container) => {
    const type = container.securityContext?.['procMount'];
    if (typeof type !== 'string' || type === 'Default') return false;
    types.push(type);
    return true;
  });
  if (bad.length === 0) return undefined;
  return {
    reason: 'procMount',
    detail: `${named(bad)} must not set securityContext.procMount to ${quoted(sortedSet(types))}`,
    fields: bad.map((container) => containerPath(container, 'securityContext', 'procMount')),
  };
}
