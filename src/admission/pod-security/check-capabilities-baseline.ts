import type { FieldPath } from '../../cluster/json.ts';
import { listAt } from '../../cluster/json.ts';
import type { Check, Violation } from './check.ts';
import { named, quoted, sortedSet, text } from './check.ts';
import type { ContainerView, PodView } from './pod-view.ts';
import { containerPath, member } from './pod-view.ts';

/** What the runtimes give by default, and the baseline level allows to add. */
export const defaultCapabilities: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

/** No container adds a capability beyond the runtimes' default set (policy/check_capabilities_baseline.go). Names are compared as written. */
export const capabilitiesBaseline: Check = {
  id: 'capabilities_baseline',
  level: 'baseline',
  revisions: [{ since: 0, check: nonDefault }],
};

function nonDefault(pod: PodView): Violation | undefined {
  const { bad, capabilities, fields } = addedCapabilities(pod, (capability) => defaultCapabilities.has(capability));
  if (bad.length === 0) return undefined;
  return {
    reason: 'non-default capabilities',
    detail: `${named(bad)} must not include ${quoted(sortedSet(capabilities))} in securityContext.capabilities.add`,
    fields,
  };
}

/** The containers that add a capability which `allowed` does not hold, with those capabilities and their places. */
export function addedCapabilities(
  pod: PodView,
  allowed: (capability: string) => boolean,
): { readonly bad: readonly ContainerView[]; readonly capabilities: readonly string[]; readonly fields: readonly FieldPath[] } {
  const capabilities: string[] = [];
  const fields: FieldPath[] = [];
  const bad = pod.containers.filter((container) => {
    const before = fields.length;
    const added = listAt(member(container.securityContext, 'capabilities')?.['add']);
    for (let index = 0; index < added.length; index++) {
      const capability = text(added[index]);
      if (allowed(capability)) continue;
      capabilities.push(capability);
      fields.push(containerPath(container, 'securityContext', 'capabilities', 'add', index));
    }
    return fields.length > before;
  });
  return { bad, capabilities, fields };
}
