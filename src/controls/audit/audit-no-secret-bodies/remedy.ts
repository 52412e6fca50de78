import type { Remedy } from '../../../cluster/change.ts';
import { mendingOf, notSeen } from '../../mending.ts';
import type { RemedyFunction } from '../../remedy.ts';
import { mendAudit } from '../mend-audit.ts';

/** One policy for the three controls of the audit log: each of them asks for the same changes. */
export const remedy: RemedyFunction = (finding, context): Remedy => {
  if (finding.subject.kind === 'audit log')
    return {
      kind: 'none',
      why: 'what is written already cannot be unwritten: tell whoever can read these logs, destroy the files, renew the credentials in them',
    };
  const at = mendingOf(finding, context);
  return at === undefined
    ? notSeen(finding)
    : mendAudit(at, context, 'content of Secrets and tokens in the log makes whoever reads logs a holder of credentials');
};
