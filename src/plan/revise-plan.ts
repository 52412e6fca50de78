import type { Change } from '../cluster/change.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { HostFileWorld } from './files.ts';
import { changesNothing } from './no-change.ts';
import type { KeptFinding, Plan, PlanGroup } from './plan.ts';
import { planGroup, restartEffects } from './plan-group.ts';
import { isHostChange } from './planned-cluster.ts';
import { Replay } from './replay.ts';

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
  const now = new Replay(cluster);
  const files = new HostFileWorld(cluster);
  const groups: PlanGroup[] = [];
  const push = (group: Parameters<typeof planGroup>[2]): void => {
    const asked = group.asked.filter(({ change }) => !changesNothing(now, change));
    if (asked.length === 0) return;
    groups.push(planGroup(cluster, `g${groups.length + 1}`, { ...group, asked }, now, files));
    now.apply(asked.map(({ change }) => change));
  };
  let added = revision.add.length === 0;
  const add = (): void => {
    if (added) return;
    added = true;
    push(exceptions(revision));
  };
  for (const group of plan.groups) {
    const isBackup = group.controls.length === 0;
    if (!isBackup) add();
    const changes = group.changes.filter(({ id }) => !revision.leaveOut.has(id));
    const controls = group.controls.filter((control) => changes.some((one) => one.controls.includes(control)));
    if (!isBackup && controls.length === 0) continue;
    const untouched = changes.length === group.changes.length;
    const restarts = restartEffects(group.restarts);
    push({
      title: group.title,
      stage: group.stage,
      host: group.host ?? '',
      onHost: group.host !== undefined,
      asked: changes.map(({ id, change, controls: asking }) => ({
        change: revision.replace.get(id) ?? change,
        controls: asking,
      })),
      controls: untouched ? group.controls : controls,
      why: group.why.filter(
        (why) => !group.controls.some((control) => why.startsWith(`${control}: `) && !controls.includes(control)),
      ),
      sideEffects: group.sideEffects.filter((effect) => !restarts.includes(effect)),
      alternatives: group.alternatives,
    });
  }
  const empty = groups.every(({ controls }) => controls.length === 0);
  return { ...plan, groups: empty ? [] : groups, kept: [...plan.kept, ...revision.kept] };
}

function exceptions({ add }: Revision): Parameters<typeof planGroup>[2] {
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
