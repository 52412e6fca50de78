import type { FieldPath, JsonObject } from '../../cluster/json.ts';
import type { Check, Violation } from './check.ts';
import { plural, quoted, setters, sortedSet, text } from './check.ts';
import type { PodView } from './pod-view.ts';
import { containerPath, member } from './pod-view.ts';

const types10: ReadonlySet<string> = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t']);
const types131: ReadonlySet<string> = new Set([...types10, 'container_engine_t']);

/** Only the container types of SELinux, no user or role of one's own (policy/check_seLinuxOptions.go). */
export const seLinuxOptions: Check = {
  id: 'seLinuxOptions',
  level: 'baseline',
  revisions: [
    { since: 0, check: (pod) => customOptions(pod, types10) },
    { since: 31, check: (pod) => customOptions(pod, types131) },
  ],
};

function customOptions(pod: PodView, allowed: ReadonlySet<string>): Violation | undefined {
  const fields: FieldPath[] = [];
  const types: string[] = [];
  let user = false;
  let role = false;
  const valid = (securityContext: JsonObject | undefined, place: () => FieldPath): boolean => {
    const options = member(securityContext, 'seLinuxOptions');
    if (options === undefined) return true;
    const before = fields.length;
    const type = text(options['type']);
    if (!allowed.has(type)) {
      types.push(type);
      fields.push([...place(), 'type']);
    }
    if (text(options['user']) !== '') {
      user = true;
      fields.push([...place(), 'user']);
    }
    if (text(options['role']) !== '') {
      role = true;
      fields.push([...place(), 'role']);
    }
    return fields.length === before;
  };
  const podIsBad = !valid(pod.securityContext, () => ['spec', 'securityContext', 'seLinuxOptions']);
  const bad = pod.containers.filter(
    (container) => !valid(container.securityContext, () => containerPath(container, 'securityContext', 'seLinuxOptions')),
  );
  const who = setters(podIsBad, bad);
  if (who === '') return undefined;
  const what: string[] = [];
  const distinct = sortedSet(types);
  if (distinct.length > 0) what.push(`${plural('type', 'types', distinct.length)} ${quoted(distinct)}`);
  if (user) what.push('user may not be set');
  if (role) what.push('role may not be set');
  return { reason: 'seLinuxOptions', detail: `${who} set forbidden securityContext.seLinuxOptions: ${what.join('; ')}`, fields };
}
