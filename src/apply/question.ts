import type { ComponentName } from '../cluster/component.ts';
import { parseDocuments } from '../cluster/yaml/parse.ts';
import { containerPaths } from '../collect/host/mounts.ts';
import { containerOf } from '../plan/flags/pod-container.ts';
import type { PlanGroup } from '../plan/plan.ts';
import type { GateQuestion, RestartedServer } from './gate/gate.ts';
import { realPathOf } from './host-path.ts';
import { manifestText } from './restart.ts';
import type { Right } from './rights.ts';
import type { World } from './world.ts';

/** The components that a group restarts on this host, with their manifests as they stand now. */
export function restartedServers(
  world: Pick<World, 'root' | 'manifestPath' | 'host'>,
  restarts: readonly { readonly host: string; readonly component: ComponentName }[],
): readonly RestartedServer[] {
  return restarts.map(({ host, component }) => {
    const manifest = host === world.host ? manifestText(world, host, component) : undefined;
    return { host, component, ...(manifest === undefined ? {} : { manifest: manifest.text }) };
  });
}

/** What the gate is to ask around a group; the audit log is looked at where this host's API server writes one to a file. */
export function questionOf(
  world: Pick<World, 'root' | 'manifestPath' | 'host'>,
  restarts: PlanGroup['restarts'],
  rights: readonly Right[],
): GateQuestion {
  const auditLog = world.host === undefined ? undefined : auditLogOf(world, world.host);
  return { servers: restartedServers(world, restarts), rights, ...(auditLog === undefined ? {} : { auditLog }) };
}

function auditLogOf(world: Pick<World, 'root' | 'manifestPath'>, host: string): string | undefined {
  const manifest = manifestText(world, host, 'kube-apiserver');
  const document = manifest === undefined ? undefined : parseDocuments(manifest.text, '').documents[0]?.value;
  const found = document === undefined ? undefined : containerOf(document, 'kube-apiserver');
  const path = found?.words.map((word) => /^--?audit-log-path=(.+)$/.exec(word)?.[1]).findLast((value) => value !== undefined);
  if (found === undefined || path === undefined || path === '-') return undefined;
  const where = containerPaths(found.podSpec, found.container)(path);
  const real = where.kind === 'host-path' ? realPathOf(world.root, where.path) : undefined;
  return real?.kind === 'path' ? real.path : undefined;
}
