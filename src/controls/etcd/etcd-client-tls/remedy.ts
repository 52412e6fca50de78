import type { Remedy } from '../../../cluster/change.ts';
import { mendingOf, notSeen } from '../../mending.ts';
import type { RemedyFunction } from '../../remedy.ts';
import { failingMembers, mendStore } from '../mend-store.ts';

/** TLS with client certificates, on a member and in the API servers at once. */
export const remedy: RemedyFunction = (finding, context): Remedy => {
  if (finding.subject.kind === 'API server') return mendStore(context, failingMembers(context));
  const member = mendingOf(finding, context, 'etcd');
  return member === undefined ? notSeen(finding) : mendStore(context, [member]);
};
