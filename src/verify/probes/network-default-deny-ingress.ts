import { needsPods } from '../needs-pods.ts';

/** Who can connect is seen from running pods alone. */
export const probe = needsPods(
  'network-default-deny-ingress',
  'connect to a pod of the namespace from another one: it must fail',
);
