import type { AuditStore } from '../audit/store/store.ts';
import type { LoadReport } from '../audit/store/types.ts';
import { rbacManifests } from '../authorization/chain.ts';
import { rbacKinds } from '../authorization/grants.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { clusterVersion } from '../cluster/component-version.ts';
import { newestMinor } from '../cluster/version.ts';
import type { Plan } from '../plan/plan.ts';
import { plannedCluster } from '../plan/planned-cluster.ts';
import { Calibrator } from './calibrate.ts';
import { CauseFinder, changesOf } from './causes.ts';
import { concernsAccess, concernsPods } from './concerns.ts';
import { coverageOf } from './coverage.ts';
import type { Settled } from './differences.ts';
import { compareDifferences, DifferenceFinder } from './differences.ts';
import { laxerLevels, leavingOut } from './exceptions.ts';
import { podWorldOf, refusedPods } from './pods.ts';
import { rbacHistory, rbacResources } from './rbac-history.ts';
import type { Rehearsal } from './rehearsal.ts';
import { rehearsalFormatVersion } from './rehearsal.ts';
import { revisionOf } from './revision.ts';
import { SideEffectFinder } from './side-effects.ts';
import { withoutRbacChange } from './without-change.ts';
import { worldOf } from './world.ts';

export interface RehearseOptions {
  readonly toolVersion: string;
  /** False: today's RBAC answers for the whole log, whatever writes the log shows. */
  readonly followInTime: boolean;
}

/** A rehearsal, and for each difference the way to keep it from coming about. */
export interface Rehearsed {
  readonly rehearsal: Rehearsal;
  readonly settled: readonly Settled[];
}

/**
 * Sends what a log shows, and the workloads of the cluster, through today's world and the planned one.
 *
 * First each recorded decision is held against today's world (RBAC followed in time where the log shows its writes); then what comes out
 * otherwise under the plan is gathered, with its causes and the narrowest exception. Reads the store, changes nothing.
 */
export async function rehearse(
  today: Cluster,
  plan: Plan,
  log: { readonly store: AuditStore; readonly report: LoadReport },
  options: RehearseOptions,
): Promise<Rehearsed> {
  const { store, report } = log;
  const planned = plannedCluster(
    today,
    changesOf(plan).map(({ change }) => change),
  );
  const worlds = { today: worldOf(today), planned: worldOf(planned) };
  const writes = [];
  for await (const write of store.writes(rbacResources)) writes.push(write);
  const history = rbacHistory(rbacManifests(today), writes);
  const calibrator = new Calibrator(worlds.today.authorization, history, options.followInTime);
  const finder = new DifferenceFinder(worlds.today, worlds.planned);
  const effects = new SideEffectFinder(plan);
  for await (const row of store.accesses(history.epochs)) {
    calibrator.add(row);
    finder.add(row);
    effects.add(row);
  }
  const settled = [
    ...finder.differences(
      new CauseFinder(today, plan, worldOf, concernsAccess, withoutRbacChange(plan, worlds.today, worlds.planned)),
      plan,
    ),
    ...settledPods(today, planned, plan),
  ].sort((a, b) => compareDifferences(a.difference, b.difference));
  const differences = settled.map(({ difference }) => difference);
  const version = clusterVersion(today);
  const rehearsal: Rehearsal = {
    formatVersion: rehearsalFormatVersion,
    tool: { name: 'bulwark', version: options.toolVersion },
    plan: {
      groups: plan.groups.length,
      changes: changesOf(plan).length,
      version: plan.cluster.version,
    },
    coverage: coverageOf(today, await store.coverage(), report),
    calibration: calibrator.result(),
    accesses: finder.accesses,
    differences,
    unsettled: finder.unsettled(),
    sideEffects: effects.effects(differences),
    assumptions: [
      ...worlds.today.authorization.world.assumptions,
      ...(version === undefined ? [`the version of Kubernetes was not seen: 1.${newestMinor} is assumed`] : []),
      ...(today.objects.ofKind(rbacKinds.clusterRole).length === 0
        ? ['no ClusterRole was seen: nothing is known of what RBAC allows']
        : []),
    ],
  };
  return { rehearsal, settled };
}

/** Pods that the plan would have refused; of a laxer level of Pod Security the strictest that lets the pod in is the exception. */
function settledPods(today: Cluster, planned: Cluster, plan: Plan): readonly Settled[] {
  const finder = new CauseFinder(today, plan, podWorldOf, concernsPods);
  return refusedPods(podWorldOf(today), podWorldOf(planned), finder).map(({ difference, leaveOut, namespace, refusedIn }) => {
    const exception =
      laxerLevels(plan, namespace).find((one) => {
        const { replace } = revisionOf(plan, [{ difference: { ...difference, exception: '' }, exception: one }]);
        const changes = changesOf(plan).map(({ id, change }) => replace.get(id) ?? change);
        return !refusedIn(podWorldOf(plannedCluster(today, changes)));
      }) ?? leavingOut(plan, { causes: difference.causes, leaveOut });
    return { difference: { ...difference, exception: exception.text }, exception };
  });
}
