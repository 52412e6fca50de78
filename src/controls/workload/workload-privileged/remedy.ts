import type { JsonObject } from '../../../cluster/json.ts';
import { isObject, objectAt } from '../../../cluster/json.ts';
import type { RemedyFunction } from '../../remedy.ts';
import { editContainers, editSecurity, templateRemedy, workloadOf } from '../workload-remedy.ts';

/** Removes `privileged: true` and `windowsOptions.hostProcess: true`. */
export const remedy: RemedyFunction = (finding, context) =>
  templateRemedy(workloadOf(finding, context), (spec) => withoutHostProcess(editContainers(spec, unprivileged)), {
    by: 'owner',
    why: 'a privileged container is root on its node',
    sideEffects: [
      'Storage, GPU and network agents stop working: give them the one capability or device plug-in that they need, or waive them.',
    ],
  });

function unprivileged(container: JsonObject): JsonObject {
  const context = objectAt(container['securityContext']);
  return withoutHostProcess(context['privileged'] === true ? editSecurity(container, { privileged: undefined }) : container);
}

/** Of a pod or a container. */
function withoutHostProcess(of: JsonObject): JsonObject {
  const windows = objectAt(of['securityContext'])['windowsOptions'];
  if (!isObject(windows) || windows['hostProcess'] !== true) return of;
  const rest = Object.fromEntries(Object.entries(windows).filter(([key]) => key !== 'hostProcess'));
  return editSecurity(of, { windowsOptions: rest });
}
