import type { JsonObject } from '../../../cluster/json.ts';
import { objectAt } from '../../../cluster/json.ts';
import { containersOf } from '../../../cluster/workloads.ts';
import type { RemedyFunction } from '../../remedy.ts';
import { editContainers, editSecurity, templateRemedy, workloadOf } from '../workload-remedy.ts';

function isRoot(of: JsonObject): boolean {
  return objectAt(of['securityContext'])['runAsUser'] === 0;
}

/** Takes out `runAsNonRoot: false` and `runAsUser: 0`. */
function withoutRoot(of: JsonObject): JsonObject {
  const context = objectAt(of['securityContext']);
  return editSecurity(of, {
    ...(context['runAsNonRoot'] === false ? { runAsNonRoot: undefined } : {}),
    ...(context['runAsUser'] === 0 ? { runAsUser: undefined } : {}),
  });
}

/** Sets `runAsNonRoot: true` at the pod, removes `false` from containers; `runAsUser: 0` is its owner's to take away. */
export const remedy: RemedyFunction = (finding, context) => {
  const workload = workloadOf(finding, context);
  const spec = workload?.template?.spec ?? {};
  const root = [
    ...(isRoot(spec) ? ['the pod'] : []),
    ...containersOf(spec)
      .filter(({ container }) => isRoot(container))
      .map(({ name }) => name),
  ];
  return templateRemedy(workload, (pod) => editSecurity(editContainers(withoutRoot(pod), withoutRoot), { runAsNonRoot: true }), {
    ...(root.length === 0 ? {} : { by: 'owner' as const }),
    why: 'whoever breaks out of a container that runs as root is root on the node',
    sideEffects: [
      'An image that runs as root, or names its user by name, stops with CreateContainerConfigError at its next start: build it with a numeric USER, or set runAsUser.',
      'Volumes that only root may write need an fsGroup or another owner.',
      ...(root.length === 0 ? [] : [`runAsUser: 0 of ${root.join(', ')} goes: the image's own user counts then.`]),
    ],
  });
};
