import type { FieldPath } from '../../cluster/json.ts';
import type { Check, PodSecurityServer, Violation } from './check.ts';
import { named, setters } from './check.ts';
import type { PodView } from './pod-view.ts';
import { containerPath } from './pod-view.ts';

/** Containers run as somebody else than root, from 1.35 on unless the pod has a user namespace (policy/check_runAsNonRoot.go). */
export const runAsNonRoot: Check = {
  id: 'runAsNonRoot',
  level: 'restricted',
  revisions: [
    { since: 0, check: (pod, server) => (relaxedByGate(pod, server) ? undefined : demand(pod)) },
    { since: 35, check: (pod) => (pod.userNamespace ? undefined : demand(pod)) },
  ],
};

/** Under the gate of 1.29 to 1.34 a user namespace is enough, whatever the policy version. */
export function relaxedByGate(pod: PodView, server: PodSecurityServer): boolean {
  return pod.userNamespace && server.userNamespacesPodSecurityStandards === true && server.minor >= 29 && server.minor <= 34;
}

const reason = 'runAsNonRoot != true';
const podField: FieldPath = ['spec', 'securityContext', 'runAsNonRoot'];

function demand(pod: PodView): Violation | undefined {
  const podValue = pod.securityContext?.['runAsNonRoot'];
  const bad = pod.containers.filter((container) => container.securityContext?.['runAsNonRoot'] === false);
  const who = setters(podValue === false, bad);
  if (who !== '') {
    return {
      reason,
      detail: `${who} must not set securityContext.runAsNonRoot=false`,
      fields: [
        ...(podValue === false ? [podField] : []),
        ...bad.map((container) => containerPath(container, 'securityContext', 'runAsNonRoot')),
      ],
    };
  }
  if (podValue === true) return undefined;
  const silent = pod.containers.filter((container) => typeof container.securityContext?.['runAsNonRoot'] !== 'boolean');
  if (silent.length === 0) return undefined;
  return {
    reason,
    detail: `pod or ${named(silent)} must set securityContext.runAsNonRoot=true`,
    fields: silent.map((container) => containerPath(container)),
  };
}
