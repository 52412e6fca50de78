import type { Remedy } from '../../../cluster/change.ts';
import { mendingOf, notSeen, serverRemedy } from '../../mending.ts';
import type { RemedyFunction } from '../../remedy.ts';
import { mendPlugins, unsettled } from '../mend-plugins.ts';

/** NodeRestriction is added to the list, which otherwise stays. */
export const remedy: RemedyFunction = (finding, context): Remedy => {
  const at = mendingOf(finding, context);
  if (at === undefined) return notSeen(finding);
  const changes = mendPlugins(at, context, ['NodeRestriction']);
  return serverRemedy(
    changes,
    'a stolen kubelet credential may otherwise change other nodes and the pods on them',
    ['agents that label or edit other nodes with a kubelet’s credential are refused'],
    unsettled(at),
  );
};
