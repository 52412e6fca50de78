import type { Remedy } from '../../../cluster/change.ts';
import { stringsAt } from '../../../cluster/json.ts';
import { mendingOf, notSeen, serverRemedy } from '../../mending.ts';
import type { RemedyFunction } from '../../remedy.ts';
import { mendPlugins, unsettled } from '../mend-plugins.ts';

/** The defaults of this version, and no name that it does not know. */
export const remedy: RemedyFunction = (finding, context): Remedy => {
  const at = mendingOf(finding, context);
  if (at === undefined) return notSeen(finding);
  const changes = mendPlugins(at, context, stringsAt(context.parameters['required']));
  return serverRemedy(
    changes,
    'a protective plug-in that does not run lets through what quota, limits, Pod Security and policies refuse',
    ['a plug-in that was off begins to refuse new objects: quota, limits, Pod Security; what runs goes on until its next start'],
    unsettled(at),
  );
};
