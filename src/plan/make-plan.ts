import type { Change } from '../cluster/change.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { ComponentName } from '../cluster/component.ts';
import { clusterVersion, distributionOf } from '../cluster/component-version.ts';
import type { Json, JsonObject } from '../cluster/json.ts';
import { isObject, objectAt } from '../cluster/json.ts';
import type { ControlResult } from '../results/report.ts';
import { backupOf } from './backup.ts';
import { byHand } from './by-hand.ts';
import { titleOf, undoOf } from './describe.ts';
import { HostFileWorld } from './files.ts';
import type { DraftGroup } from './group.ts';
import { groupSteps } from './group.ts';
import type { MendOptions } from './mend.ts';
import { mend } from './mend.ts';
import type { Asked } from './merge.ts';
import { changesNothing } from './no-change.ts';
import type { Before, Plan, PlanGroup, PlannedChange, PlannedFile } from './plan.ts';
import { planFormatVersion } from './plan.ts';
import { isHostChange } from './planned-cluster.ts';
import { isObjectChange, referenceOf } from './planned-objects.ts';
import { Replay } from './replay.ts';

export interface PlanOptions extends MendOptions {
  readonly toolVersion: string;
}

/**
 * Makes the plan that mends what failed: remedies of the failing findings, merged, grouped and ordered; a backup of etcd first; what stays
 * and why.
 *
 * `results` are those of all controls over the cluster (waived findings stay). `only` names controls, which includes remedies that an owner
 * decides; without it those are listed as proposed. An empty plan has no groups. Pure and deterministic, apart from the bytes of `random`.
 */
export function makePlan(cluster: Cluster, results: readonly ControlResult[], options: PlanOptions): Plan {
  const { steps, kept } = mend(cluster, results, options);
  const groups: PlanGroup[] = [];
  const files = new HostFileWorld(cluster);
  const now = new Replay(cluster);
  for (const draft of withBackup(cluster, groupSteps(steps))) {
    const asked = draft.asked.filter(({ change }) => !changesNothing(now, change));
    if (asked.length === 0) continue;
    groups.push(groupOf(cluster, `g${groups.length + 1}`, { ...draft, asked }, now, files));
    now.apply(asked.map(({ change }) => change));
  }
  // A backup alone is no plan.
  const empty = groups.every((group) => group.controls.length === 0);
  return {
    formatVersion: planFormatVersion,
    tool: { name: 'bulwark', version: options.toolVersion },
    now: options.now,
    cluster: {
      version: versionText(cluster),
      distribution: distributionOf(cluster) ?? null,
      sources: cluster.sources,
    },
    options: { only: options.only, skip: options.skip, severity: options.severity },
    groups: empty ? [] : groups,
    kept,
  };
}

function withBackup(cluster: Cluster, drafts: readonly DraftGroup[]): readonly DraftGroup[] {
  if (drafts.length === 0) return [];
  const backup: DraftGroup = {
    stage: 'prepare',
    host: '',
    onHost: false,
    area: 'etcd',
    namespace: '',
    asked: [{ change: backupOf(cluster), controls: [] }],
    controls: [],
    why: ['whatever goes wrong later, the state of before can be restored from it'],
    sideEffects: [],
    alternatives: [],
  };
  return [backup, ...drafts];
}

function groupOf(cluster: Cluster, id: string, draft: DraftGroup, now: Replay, files: HostFileWorld): PlanGroup {
  const changes = draft.asked.map(({ change }) => change);
  const components = [...new Set(changes.filter(isHostChange).map(({ component }) => component))].sort();
  const result = files.apply(changes);
  const own: readonly PlannedFile[] = result.kind === 'files' ? result.files : [];
  const restarts = components.map((component) => ({ host: draft.host, component }));
  const [only] = components;
  const undo = undoOf(changes, own);
  return {
    id,
    title: titleOf(draft, components),
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

function restartEffects(restarts: readonly { readonly host: string; readonly component: ComponentName }[]): readonly string[] {
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

const serverFields = new Set([
  'managedFields',
  'resourceVersion',
  'uid',
  'generation',
  'creationTimestamp',
  'selfLink',
  'deletionTimestamp',
]);

/** An object as its owner writes it: without status and what the server keeps in its metadata. */
export function withoutServerFields(object: JsonObject): JsonObject {
  const metadata: Record<string, Json> = {};
  for (const [key, value] of Object.entries(objectAt(object['metadata'])))
    if (!serverFields.has(key) && value !== undefined) metadata[key] = value;
  const kept = Object.entries(object).filter(([key, value]) => key !== 'status' && value !== undefined);
  const result: unknown = Object.fromEntries(kept.map(([key, value]) => [key, key === 'metadata' ? metadata : value]));
  return isObject(result) ? result : {};
}

function versionText(cluster: Cluster): string | null {
  if (cluster.gitVersion !== undefined) return cluster.gitVersion.text;
  const version = clusterVersion(cluster);
  if (version === undefined) return null;
  return `v${version.major}.${version.minor}${version.patch === undefined ? '' : `.${version.patch}`}${version.suffix}`;
}
