import type { JsonObject } from '../../../cluster/json.ts';
import { objectAt, stringsAt } from '../../../cluster/json.ts';
import { containersOf } from '../../../cluster/workloads.ts';
import type { RemedyFunction } from '../../remedy.ts';
import { editContainers, editSecurity, templateRemedy, workloadOf } from '../workload-remedy.ts';

const strong = 'CAP_SYS_ADMIN';

/** The server refuses `allowPrivilegeEscalation: false` beside these. Source: K:pkg/apis/core/validation `ValidateSecurityContext`. */
function refusesFalse(container: JsonObject): boolean {
  const context = objectAt(container['securityContext']);
  return context['privileged'] === true || stringsAt(objectAt(context['capabilities'])['add']).includes(strong);
}

function setFalse(container: JsonObject): JsonObject {
  return editSecurity(container, { allowPrivilegeEscalation: false });
}

/** Takes away what stands against `false`, and sets it. */
function setFalseAlone(container: JsonObject): JsonObject {
  if (!refusesFalse(container)) return setFalse(container);
  const context = objectAt(container['securityContext']);
  const capabilities = objectAt(context['capabilities']);
  const add = stringsAt(capabilities['add']);
  const { add: _, ...rest } = capabilities;
  const left = add.filter((name) => name !== strong);
  const changed = add.includes(strong) ? { capabilities: { ...rest, ...(left.length === 0 ? {} : { add: left }) } } : {};
  return setFalse(
    editSecurity(container, { privileged: context['privileged'] === true ? undefined : context['privileged'], ...changed }),
  );
}

/** Sets `allowPrivilegeEscalation: false`; never beside `privileged: true` or CAP_SYS_ADMIN, which are their owner's to take away. */
export const remedy: RemedyFunction = (finding, context) => {
  const workload = workloadOf(finding, context);
  const containers = containersOf(workload?.template?.spec ?? {});
  const refusing = containers.filter(({ container }) => refusesFalse(container));
  const names = refusing.map(({ name }) => name).join(', ');
  const why = 'a program that is setuid gives its caller rights that the container was not started with';
  const sideEffects = ['Programs that rely on setuid, such as sudo, stop working in the container.'];
  const others = containers.some(
    ({ container }) => !refusesFalse(container) && objectAt(container['securityContext'])['allowPrivilegeEscalation'] !== false,
  );
  if (refusing.length === 0) return templateRemedy(workload, (spec) => editContainers(spec, setFalse), { why, sideEffects });
  if (others)
    return templateRemedy(
      workload,
      (spec) => editContainers(spec, (container) => (refusesFalse(container) ? container : setFalse(container))),
      {
        why,
        sideEffects,
        stays: `the server refuses false in ${names}, which is privileged or adds ${strong}: workload-privileged comes first (its owner decides)`,
      },
    );
  return templateRemedy(workload, (spec) => editContainers(spec, setFalseAlone), {
    by: 'owner',
    why,
    sideEffects: [
      ...sideEffects,
      `${names} is no longer privileged and no longer has ${strong}: the server refuses false beside either.`,
    ],
  });
};
