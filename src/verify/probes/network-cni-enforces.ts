import { needsPods } from '../needs-pods.ts';

/** Whether the network obeys is seen between running pods alone. */
export const probe = needsPods(
  'network-cni-enforces',
  'connect two pods, apply a policy that denies it, and see the connection fail within 30 s',
);
