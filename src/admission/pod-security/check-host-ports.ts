import type { FieldPath } from '../../cluster/json.ts';
import { listAt, objectAt } from '../../cluster/json.ts';
import type { Check, Violation } from './check.ts';
import { named, plural, sortedSet } from './check.ts';
import type { PodView } from './pod-view.ts';
import { containerPath } from './pod-view.ts';

/** No container asks for a port of the host (policy/check_hostPorts.go). Ports are listed as texts are sorted: 80 after 443. */
export const hostPorts: Check = {
  id: 'hostPorts',
  level: 'baseline',
  revisions: [{ since: 0, check: portsOfTheHost }],
};

function portsOfTheHost(pod: PodView): Violation | undefined {
  const ports: string[] = [];
  const fields: FieldPath[] = [];
  const bad = pod.containers.filter((container) => {
    const before = fields.length;
    const declared = listAt(container.container['ports']);
    for (let index = 0; index < declared.length; index++) {
      const port = objectAt(declared[index])['hostPort'];
      if (typeof port !== 'number' || port === 0) continue;
      ports.push(String(port));
      fields.push(containerPath(container, 'ports', index, 'hostPort'));
    }
    return fields.length > before;
  });
  if (bad.length === 0) return undefined;
  const distinct = sortedSet(ports);
  return {
    reason: 'hostPort',
    detail: `${named(bad)} ${plural('uses', 'use', bad.length)} ${plural('hostPort', 'hostPorts', distinct.length)} ${distinct.join(', ')}`,
    fields,
  };
}
