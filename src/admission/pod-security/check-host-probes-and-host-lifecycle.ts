import type { FieldPath, JsonObject } from '../../cluster/json.ts';
import type { Check, Violation } from './check.ts';
import { plural, quoted, sortedSet, text } from './check.ts';
import type { ContainerView, PodView } from './pod-view.ts';
import { containerPath, member } from './pod-view.ts';

/** Probes and lifecycle hooks name no host of their own (policy/check_hostProbesAndhostLifecycle.go). Names are listed sorted, each once. */
export const hostProbesAndHostLifecycle: Check = {
  id: 'hostProbesAndHostLifecycle',
  level: 'baseline',
  revisions: [{ since: 34, check: namedHosts }],
};

const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;
const hooks = ['postStart', 'preStop'] as const;

function namedHosts(pod: PodView): Violation | undefined {
  const found = pod.containers.flatMap((container) => hostsOf(container).map((host) => ({ name: container.name, ...host })));
  if (found.length === 0) return undefined;
  const names = sortedSet(found.map(({ name }) => name));
  const hosts = sortedSet(found.map(({ host }) => host));
  const what = plural('probe or lifecycle host', 'probe or lifecycle hosts', hosts.length);
  return {
    reason: 'probe or lifecycle host',
    detail: `${plural('container', 'containers', names.length)} ${quoted(names)} ${plural('uses', 'use', names.length)} ${what} ${quoted(hosts)}`,
    fields: found.map(({ field }) => field),
  };
}

interface NamedHost {
  readonly host: string;
  readonly field: FieldPath;
}

function hostsOf(view: ContainerView): readonly NamedHost[] {
  const { container } = view;
  const found: NamedHost[] = [];
  for (const probe of probes) collect(member(container, probe), view, [probe], found);
  const lifecycle = member(container, 'lifecycle');
  if (lifecycle === undefined) return found;
  for (const hook of hooks) collect(member(lifecycle, hook), view, ['lifecycle', hook], found);
  return found;
}

function collect(handler: JsonObject | undefined, view: ContainerView, path: FieldPath, found: NamedHost[]): void {
  if (handler === undefined) return;
  for (const action of ['httpGet', 'tcpSocket']) {
    const host = text(member(handler, action)?.['host']);
    if (host !== '') found.push({ host, field: containerPath(view, ...path, action, 'host') });
  }
}
