import type { Cluster } from '../cluster/cluster.ts';
import { clusterVersion, distributionOf } from '../cluster/component-version.ts';
import type { ControlResult } from '../results/report.ts';
import { backupOf } from './backup.ts';
import type { DraftGroup } from './group.ts';
import { groupSteps } from './group.ts';
import type { MendOptions } from './mend.ts';
import { mend } from './mend.ts';
import { planGroups } from './plan-group.ts';
import type { Plan } from './plan.ts';
import { planFormatVersion } from './plan.ts';

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
    groups: planGroups(cluster, withBackup(cluster, groupSteps(steps))),
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

function versionText(cluster: Cluster): string | null {
  if (cluster.gitVersion !== undefined) return cluster.gitVersion.text;
  const version = clusterVersion(cluster);
  if (version === undefined) return null;
  return `v${version.major}.${version.minor}${version.patch === undefined ? '' : `.${version.patch}`}${version.suffix}`;
}
