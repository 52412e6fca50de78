import type { JsonObject } from '../../../cluster/json.ts';
import { isObject, objectAt } from '../../../cluster/json.ts';
import type { RemedyFunction } from '../../remedy.ts';
import { editContainers, editSecurity, templateRemedy, workloadOf } from '../workload-remedy.ts';

function profileType(of: JsonObject): unknown {
  return objectAt(objectAt(of['securityContext'])['seccompProfile'])['type'];
}

function counts(of: JsonObject): boolean {
  return profileType(of) === 'RuntimeDefault' || profileType(of) === 'Localhost';
}

/** A profile of a container that does not count goes: the pod's holds then. */
function withoutOther(container: JsonObject): JsonObject {
  const has = isObject(objectAt(container['securityContext'])['seccompProfile']);
  return has && !counts(container) ? editSecurity(container, { seccompProfile: undefined }) : container;
}

/** Sets the profile RuntimeDefault at the pod and removes profiles of containers that do not count. */
export const remedy: RemedyFunction = (finding, context) =>
  templateRemedy(
    workloadOf(finding, context),
    (spec) => {
      const edited = editContainers(spec, withoutOther);
      return counts(edited) ? edited : editSecurity(edited, { seccompProfile: { type: 'RuntimeDefault' } });
    },
    {
      why: 'without a profile a container may make every system call of the kernel that it shares',
      sideEffects: ['Rare system calls, such as those of debuggers and io_uring, are refused.'],
    },
  );
