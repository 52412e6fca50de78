import type { Check, Violation } from './check.ts';
import type { PodView } from './pod-view.ts';

const fields = ['hostNetwork', 'hostPID', 'hostIPC'] as const;

/** The pod shares none of the host's namespaces (policy/check_hostNamespaces.go). */
export const hostNamespaces: Check = {
  id: 'hostNamespaces',
  level: 'baseline',
  revisions: [{ since: 0, check: sharedNamespaces }],
};

function sharedNamespaces(pod: PodView): Violation | undefined {
  const shared = fields.filter((field) => pod.spec[field] === true);
  if (shared.length === 0) return undefined;
  return {
    reason: 'host namespaces',
    detail: shared.map((field) => `${field}=true`).join(', '),
    fields: shared.map((field) => ['spec', field]),
  };
}
