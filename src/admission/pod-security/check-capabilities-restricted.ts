import type { FieldPath } from '../../cluster/json.ts';
import { listAt } from '../../cluster/json.ts';
import { addedCapabilities } from './check-capabilities-baseline.ts';
import type { Check, Violation } from './check.ts';
import { named, quoted, sortedSet } from './check.ts';
import type { ContainerView, PodView } from './pod-view.ts';
import { containerPath, member } from './pod-view.ts';

const overrides = ['capabilities_baseline'];

/** Every container drops ALL and adds at most NET_BIND_SERVICE (policy/check_capabilities_restricted.go). */
export const capabilitiesRestricted: Check = {
  id: 'capabilities_restricted',
  level: 'restricted',
  revisions: [
    { since: 22, check: unrestricted, overrides },
    // Validation refuses capabilities on Windows pods.
    { since: 25, check: (pod) => (pod.windows ? undefined : unrestricted(pod)), overrides },
  ],
};

function unrestricted(pod: PodView): Violation | undefined {
  const keeping = pod.containers.filter((container) => !dropsAll(container));
  const { bad: adding, capabilities, fields } = addedCapabilities(pod, (capability) => capability === 'NET_BIND_SERVICE');
  const details: string[] = [];
  if (keeping.length > 0) details.push(`${named(keeping)} must set securityContext.capabilities.drop=["ALL"]`);
  if (adding.length > 0) {
    details.push(`${named(adding)} must not include ${quoted(sortedSet(capabilities))} in securityContext.capabilities.add`);
  }
  if (details.length === 0) return undefined;
  return { reason: 'unrestricted capabilities', detail: details.join('; '), fields: [...keeping.map(dropPath), ...fields] };
}

function dropsAll(container: ContainerView): boolean {
  return listAt(member(container.securityContext, 'capabilities')?.['drop']).includes('ALL');
}

function dropPath(container: ContainerView): FieldPath {
  const drop = member(container.securityContext, 'capabilities')?.['drop'];
  return Array.isArray(drop) ? containerPath(container, 'securityContext', 'capabilities', 'drop') : containerPath(container);
}
