import { needsPods } from '../needs-pods.ts';

/** What a pod can reach is seen from a running pod alone. */
export const probe = needsPods(
  'network-default-deny-egress',
  'in a pod of the namespace resolve a name, which must work, and connect to a foreign pod, which must not',
);
