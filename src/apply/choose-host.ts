import { hostname } from 'node:os';
import { HostTree } from '../collect/host/host-tree.ts';
import { hostNameOf } from '../collect/host/host-name.ts';
import type { Plan } from '../plan/plan.ts';
import { ApplyStop } from './apply-stop.ts';

/** The hosts whose files a plan changes, in the plan's order. */
export function hostsOf(plan: Pick<Plan, 'groups'>): readonly string[] {
  return [...new Set(plan.groups.flatMap(({ host }) => host ?? []))];
}

/**
 * Which host of the plan this is: the one named, else the one that this machine (or the tree below `root`) calls itself. `undefined`: none.
 * A plan that was made without knowing the host's name has one that is called nothing: it is this one. Throws ApplyStop for a name that
 * the plan does not have.
 */
export async function chooseHost(
  plan: Pick<Plan, 'groups'>,
  named: string | undefined,
  root: string,
): Promise<string | undefined> {
  const hosts = hostsOf(plan);
  if (named !== undefined) {
    if (hosts.includes(named)) return named;
    throw new ApplyStop(`the plan changes no files of host ${named}${hosts.length === 0 ? '' : `; it has: ${hosts.join(', ')}`}`);
  }
  const own = [
    await hostNameOf(new HostTree(root), [], undefined),
    ...(root === '/' ? [hostname(), hostname().toLowerCase()] : []),
  ];
  const found =
    own.find((name) => hosts.includes(name)) ??
    hosts.find((host) => own.some((name) => name.split('.')[0] === host.split('.')[0]));
  return found ?? (hosts.length === 1 && hosts[0] === '' ? '' : undefined);
}
