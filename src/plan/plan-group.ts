import type { Change } from '../cluster/change.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { ComponentName } from '../cluster/component.ts';
import { byHand } from './by-hand.ts';
import { titleOf, undoOf } from './describe.ts';
import { HostFileWorld } from './files.ts';
import type { DraftGroup } from './group.ts';
import type { Asked } from './merge.ts';
import { changesNothing } from './no-change.ts';
import type { Before, PlanGroup, PlannedChange, PlannedFile } from './plan.ts';
import { isHostChange } from './planned-cluster.ts';
import { isObjectChange, referenceOf } from './planned-objects.ts';
import { Replay } from './replay.ts';
import { withoutServerFields } from './without-server-fields.ts';

/** What a group of a plan is made of; a title that is not given follows from the rest. */
export type GroupMaterial = Omit<DraftGroup, 'area' | 'namespace'> &
  (Pick<DraftGroup, 'area' | 'namespace'> | { readonly title: string });

/**
 * Makes the groups of a plan, each over what the former left: what changes nothing is left out, and groups of that alone. Groups that no
 * control asks for (a backup, exceptions) are no plan by themselves.
 */
export function planGroups(cluster: Cluster, materials: readonly GroupMaterial[]): readonly PlanGroup[] {
  const groups: PlanGroup[] = [];
  const files = new HostFileWorld(cluster);
  const now = new Replay(cluster);
  for (const material of materials) {
    const asked = material.asked.filter(({ change }) => !changesNothing(now, change));
    if (asked.length === 0) continue;
    groups.push(planGroup(cluster, `g${groups.length + 1}`, { ...material, asked }, now, files));
    now.apply(asked.map(({ change }) => change));
  }
  return groups.every(({ controls }) => controls.length === 0) ? [] : groups;
}

/**
 * Makes a group of a plan: what each change finds, the files that come out, restarts, the way back.
 *
 * `now` and `files` are the cluster and its files as the former groups left them; `files` carries this group out, `now` is the caller's to move.
 */
function planGroup(cluster: Cluster, id: string, draft: GroupMaterial, now: Replay, files: HostFileWorld): PlanGroup {
  const changes = draft.asked.map(({ change }) => change);
  const components = [...new Set(changes.filter(isHostChange).map(({ component }) => component))].sort();
  const result = files.apply(changes);
  const own: readonly PlannedFile[] = result.kind === 'files' ? result.files : [];
  const restarts = components.map((component) => ({ host: draft.host, component }));
  const [only] = components;
  const undo = undoOf(changes, own);
  return {
    id,
    title: 'title' in draft ? draft.title : titleOf(draft, components),
    stage: draft.stage,
    ...(draft.onHost ? { host: draft.host } : {}),
    ...(components.length === 1 && only !== undefined ? { component: only } : {}),
    restarts,
    changes: draft.asked.map((asked, index) => plannedChange(`${id}.c${index + 1}`, asked, now, own)),
    files: own,
    controls: draft.controls,
    why: draft.why,
    sideEffects: [...draft.sideEffects, ...restartEffects(restarts)],
    undo: undo.length === 0 ? ['nothing to take back'] : undo,
    alternatives: draft.alternatives,
    ...(result.kind === 'by-hand' ? { byHand: byHand(cluster, changes, result.why) } : {}),
  };
}

/** What the restarts of a group bring about. */
export function restartEffects(
  restarts: readonly { readonly host: string; readonly component: ComponentName }[],
): readonly string[] {
  return restarts.map(({ host, component }) => {
    const where = host === '' ? '' : ` on ${host}`;
    if (component === 'kube-apiserver')
      return `kube-apiserver${where} restarts once: with a single API server its API is away for about a minute, pods run on`;
    return component === 'kubelet'
      ? `kubelet${where} restarts once: pods run on, their state is reported a little later`
      : `${component}${where} restarts once`;
  });
}

function plannedChange(id: string, { change, controls }: Asked, now: Replay, files: readonly PlannedFile[]): PlannedChange {
  return { id, change, controls, before: beforeOfChange(change, now, files) };
}

function beforeOfChange(change: Change, now: Replay, files: readonly PlannedFile[]): Before {
  if (isObjectChange(change)) {
    const live = now.object(referenceOf(change));
    return live === undefined ? { kind: 'no-object' } : { kind: 'object', object: withoutServerFields(live) };
  }
  if (!isHostChange(change)) return { kind: 'none' };
  const own = files.filter((file) => file.host === change.host);
  const file =
    change.kind === 'write-file' || change.kind === 'edit-file' || change.kind === 'mount-directory'
      ? own.find(({ path }) => path === change.path)
      : own.find(({ role, component }) => role === 'manifest' && component === change.component);
  return file?.before ?? { kind: 'none' };
}
