import type { Change } from '../cluster/change.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { KeptFinding, Plan, PlanGroup } from './plan.ts';
import type { GroupMaterial } from './plan-group.ts';
import { planGroups, restartEffects } from './plan-group.ts';
import { isHostChange } from './planned-cluster.ts';

/** What is to be otherwise in a plan. Changes are named by their id. */
export interface Revision {
  readonly leaveOut: ReadonlySet<string>;
  readonly replace: ReadonlyMap<string, Change>;
  /** Objects that are applied before everything else that changes the cluster. */
  readonly add: readonly { readonly change: Change; readonly why: string }[];
  /** What the revision leaves as it is, and why. */
  readonly kept: readonly KeptFinding[];
}

/**
 * Changes that cannot be left out alone: a flag names a file that another change of the same remedy writes, on every host. They are those
 * of the same component whose controls the change shares.
 */
export function inseparable(plan: Plan, id: string): readonly string[] {
  const all = plan.groups.flatMap(({ changes }) => changes);
  const own = all.find((one) => one.id === id);
  if (own === undefined) return [];
  const { change, controls } = own;
  if (!isHostChange(change)) return [id];
  return all
    .filter((one) => isHostChange(one.change) && one.change.component === change.component)
    .filter((one) => one.id === id || one.controls.some((control) => controls.includes(control)))
    .map((one) => one.id);
}

/** Makes a plan again with a revision: groups that lose all their changes go, files and what changes find are worked out anew. */
export function revisePlan(cluster: Cluster, plan: Plan, revision: Revision): Plan {
  const first = plan.groups.findIndex(({ controls }) => controls.length > 0);
  const materials = plan.groups.map((group) => revised(group, revision));
  // After the backup, before all that can refuse.
  if (first >= 0 && revision.add.length > 0) materials.splice(first, 0, exceptions(revision));
  return { ...plan, groups: planGroups(cluster, materials), kept: [...plan.kept, ...revision.kept] };
}

/** What stays of a group; nothing where no control asks for anything of it any more. */
function revised(group: PlanGroup, { leaveOut, replace }: Revision): GroupMaterial {
  const left = group.changes.filter(({ id }) => !leaveOut.has(id));
  const remaining = group.controls.filter((control) => left.some((one) => one.controls.includes(control)));
  const controls = left.length === group.changes.length ? group.controls : remaining;
  const changes = group.controls.length > 0 && remaining.length === 0 ? [] : left;
  const restarts = restartEffects(group.restarts);
  const isGone = (why: string): boolean =>
    group.controls.some((control) => why.startsWith(`${control}: `) && !remaining.includes(control));
  return {
    title: group.title,
    stage: group.stage,
    host: group.host ?? '',
    onHost: group.host !== undefined,
    asked: changes.map(({ id, change, controls: asking }) => ({ change: replace.get(id) ?? change, controls: asking })),
    controls,
    why: group.why.filter((why) => !isGone(why)),
    sideEffects: group.sideEffects.filter((effect) => !restarts.includes(effect)),
    alternatives: group.alternatives,
  };
}

function exceptions({ add }: Revision): GroupMaterial {
  return {
    title: 'Exceptions: what goes on working',
    stage: 'prepare',
    host: '',
    onHost: false,
    asked: add.map(({ change }) => ({ change, controls: [] })),
    controls: [],
    why: add.map(({ why }) => why),
    sideEffects: [],
    alternatives: [],
  };
}
