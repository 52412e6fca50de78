import type { Remedy } from '../../../cluster/change.ts';
import { mendingOf, notSeen } from '../../mending.ts';
import type { RemedyFunction } from '../../remedy.ts';
import { mendAudit } from '../mend-audit.ts';

/** One policy for the three controls of the audit log: each of them asks for the same changes. */
export const remedy: RemedyFunction = (finding, context): Remedy => {
  const at = mendingOf(finding, context);
  return at === undefined
    ? notSeen(finding)
    : mendAudit(at, context, 'what the policy does not record is what an attack looks like afterwards: nothing');
};
