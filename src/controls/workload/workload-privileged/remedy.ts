import type { JsonObject } from '../../../cluster/json.ts';
import { isObject, objectAt, stringsAt } from '../../../cluster/json.ts';
import type { RemedyFunction } from '../../remedy.ts';
import { editContainers, editSecurity, templateRemedy, workloadOf } from '../workload-remedy.ts';

/** Removes `privileged: true` and `windowsOptions.hostProcess: true`, and sets `allowPrivilegeEscalation: false` in their place. */
export const remedy: RemedyFunction = (finding, context) =>
  templateRemedy(workloadOf(finding, context), (spec) => withoutHostProcess(editContainers(spec, unprivileged)), {
    by: 'owner',
    why: 'a privileged container is root on its node',
    sideEffects: [
      'Storage, GPU and network agents stop working: give them the one capability or device plug-in that they need, or waive them.',
    ],
  });

/** With the privilege goes what it stood against: the server refuses `allowPrivilegeEscalation: false` beside it. */
function unprivileged(container: JsonObject): JsonObject {
  const context = objectAt(container['securityContext']);
  if (context['privileged'] !== true) return withoutHostProcess(container);
  const isStrong = stringsAt(objectAt(context['capabilities'])['add']).includes('CAP_SYS_ADMIN');
  return withoutHostProcess(
    editSecurity(container, { privileged: undefined, ...(isStrong ? {} : { allowPrivilegeEscalation: false }) }),
  );
}

/** Of a pod or a container. */
function withoutHostProcess(of: JsonObject): JsonObject {
  const windows = objectAt(of['securityContext'])['windowsOptions'];
  if (!isObject(windows) || windows['hostProcess'] !== true) return of;
  const rest = Object.fromEntries(Object.entries(windows).filter(([key]) => key !== 'hostProcess'));
  return editSecurity(of, { windowsOptions: rest });
}
