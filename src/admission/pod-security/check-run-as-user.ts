import type { FieldPath } from '../../cluster/json.ts';
import { relaxedByGate } from './check-run-as-non-root.ts';
import type { Check, Violation } from './check.ts';
import { setters } from './check.ts';
import type { PodView } from './pod-view.ts';
import { containerPath } from './pod-view.ts';

const podField: FieldPath = ['spec', 'securityContext', 'runAsUser'];

/** Nobody asks for user 0, from 1.35 on unless the pod has a user namespace (policy/check_runAsUser.go). */
export const runAsUser: Check = {
  id: 'runAsUser',
  level: 'restricted',
  revisions: [
    { since: 23, check: (pod, server) => (relaxedByGate(pod, server) ? undefined : root(pod)) },
    { since: 35, check: (pod) => (pod.userNamespace ? undefined : root(pod)) },
  ],
};

function root(pod: PodView): Violation | undefined {
  const podIsRoot = pod.securityContext?.['runAsUser'] === 0;
  const bad = pod.containers.filter((container) => container.securityContext?.['runAsUser'] === 0);
  const who = setters(podIsRoot, bad);
  if (who === '') return undefined;
  return {
    reason: 'runAsUser=0',
    detail: `${who} must not set runAsUser=0`,
    fields: [
      ...(podIsRoot ? [podField] : []),
      ...bad.map((container) => containerPath(container, 'securityContext', 'runAsUser')),
    ],
  };
}
