import type { Change } from '../cluster/change.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Plan, PlannedChange } from '../plan/plan.ts';
import { plannedCluster } from '../plan/planned-cluster.ts';
import { describeChange } from './describe-change.ts';
import type { Cause } from './rehearsal.ts';

/** Changes of a plan in their order. */
export function changesOf(plan: Plan): readonly PlannedChange[] {
  return plan.groups.flatMap(({ changes }) => changes);
}

/** Finds the changes that bring about a difference, by trying the plan without each of them, and each of them alone. */
export class CauseFinder<World> {
  readonly #today: Cluster;
  readonly #changes: readonly PlannedChange[];
  readonly #make: (cluster: Cluster) => World;
  readonly #without = new Map<string, World>();
  readonly #alone = new Map<string, World>();

  /** @param concerns tells the changes that can matter to these worlds */
  constructor(today: Cluster, plan: Plan, make: (cluster: Cluster) => World, concerns: (change: Change) => boolean) {
    this.#today = today;
    this.#changes = changesOf(plan);
    this.#make = make;
    this.#candidates = this.#changes.filter(({ change }) => concerns(change));
  }

  readonly #candidates: readonly PlannedChange[];

  /** @param differs whether a world still shows the difference */
  causes(differs: (world: World) => boolean): readonly Cause[] {
    const needed = this.#candidates.filter(({ id }) => !differs(this.#withoutChange(id)));
    const found = needed.length > 0 ? needed : this.#candidates.filter(({ id }) => differs(this.#changeAlone(id)));
    return found.map(({ id, change, controls }) => ({ change: id, text: describeChange(change), controls }));
  }

  #withoutChange(id: string): World {
    const known =
      this.#without.get(id) ??
      this.#make(
        plannedCluster(
          this.#today,
          this.#changes.filter((one) => one.id !== id).map(({ change }) => change),
        ),
      );
    this.#without.set(id, known);
    return known;
  }

  #changeAlone(id: string): World {
    const known =
      this.#alone.get(id) ??
      this.#make(
        plannedCluster(
          this.#today,
          this.#changes.filter((one) => one.id === id).map(({ change }) => change),
        ),
      );
    this.#alone.set(id, known);
    return known;
  }
}
