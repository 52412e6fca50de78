import type { FieldPath, JsonObject } from '../../cluster/json.ts';
import type { Check, Violation } from './check.ts';
import { setters } from './check.ts';
import type { PodView } from './pod-view.ts';
import { containerPath, member } from './pod-view.ts';

const inContext = ['securityContext', 'windowsOptions', 'hostProcess'] as const;
const podField: FieldPath = ['spec', ...inContext];

/** Nothing runs as a process of the Windows host (policy/check_windowsHostProcess.go). */
export const windowsHostProcess: Check = {
  id: 'windowsHostProcess',
  level: 'baseline',
  revisions: [{ since: 0, check: hostProcesses }],
};

function hostProcesses(pod: PodView): Violation | undefined {
  const podIsBad = isHostProcess(pod.securityContext);
  const bad = pod.containers.filter((container) => isHostProcess(container.securityContext));
  const who = setters(podIsBad, bad);
  if (who === '') return undefined;
  return {
    reason: 'hostProcess',
    detail: `${who} must not set securityContext.windowsOptions.hostProcess=true`,
    fields: [...(podIsBad ? [podField] : []), ...bad.map((container) => containerPath(container, ...inContext))],
  };
}

function isHostProcess(securityContext: JsonObject | undefined): boolean {
  return member(securityContext, 'windowsOptions')?.['hostProcess'] === true;
}
