import type { Remedy } from '../../../cluster/change.ts';
import { mendingOf, notSeen } from '../../mending.ts';
import type { RemedyFunction } from '../../remedy.ts';
import { mendChain } from '../mend-chain.ts';

/** AlwaysAllow and ABAC leave the chain; Node and RBAC decide. */
export const remedy: RemedyFunction = (finding, context): Remedy => {
  const at = mendingOf(finding, context);
  return at === undefined ? notSeen(finding) : mendChain(at);
};
