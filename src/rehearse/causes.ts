import type { Change } from '../cluster/change.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { describeChange } from '../plan/describe.ts';
import type { Plan, PlannedChange } from '../plan/plan.ts';
import { plannedCluster } from '../plan/planned-cluster.ts';
import type { Cause } from './rehearsal.ts';

/** Changes of a plan in their order. */
export function changesOf(plan: Plan): readonly PlannedChange[] {
  return plan.groups.flatMap(({ changes }) => changes);
}

/** The changes behind a difference. */
export interface Causes {
  readonly causes: readonly Cause[];
  /** Changes without which the difference is gone. */
  readonly leaveOut: readonly string[];
}

/** Worlds are kept up to this many: with thousands of bindings each is large. */
const mostWorlds = 12;

/** Finds the changes that bring about a difference, by trying the plan without each of them, and each of them alone. */
export class CauseFinder<World> {
  readonly #today: Cluster;
  readonly #changes: readonly PlannedChange[];
  readonly #candidates: readonly PlannedChange[];
  readonly #make: (cluster: Cluster) => World;
  readonly #worlds = new Map<string, World>();
  readonly #quick: (change: PlannedChange) => World | undefined;

  /**
   * @param concerns tells the changes that can matter to these worlds
   * @param quick makes the world without one change where there is a shorter way than through the whole cluster
   */
  constructor(
    today: Cluster,
    plan: Plan,
    make: (cluster: Cluster) => World,
    concerns: (change: Change) => boolean,
    quick: (change: PlannedChange) => World | undefined = () => undefined,
  ) {
    this.#quick = quick;
    this.#today = today;
    this.#changes = changesOf(plan);
    this.#make = make;
    this.#candidates = this.#changes.filter(({ change }) => concerns(change));
  }

  /**
   * @param differs whether a world still shows the difference
   * @param suspect changes that are likely the cause: where leaving one out settles it, no other is tried
   */
  causes(differs: (world: World) => boolean, suspect: (change: Change) => boolean = () => false): Causes {
    const mends = (change: PlannedChange): boolean =>
      !differs(this.#world(`without ${change.id}`, () => this.#quick(change) ?? this.#planned(({ id }) => id !== change.id)));
    const suspected = this.#candidates.filter(({ change }) => suspect(change)).filter(mends);
    const needed = suspected.length > 0 ? suspected : this.#candidates.filter(mends);
    const [first] = needed;
    if (first !== undefined) return { causes: needed.map(causeOf), leaveOut: [first.id] };
    // Several suffice by themselves, so that none is missed: all of them have to go.
    const sufficient = this.#candidates.filter(({ id }) =>
      differs(this.#world(`only ${id}`, () => this.#planned((one) => one.id === id))),
    );
    const all = sufficient.length > 0 ? sufficient : this.#candidates;
    return { causes: all.map(causeOf), leaveOut: all.map(({ id }) => id) };
  }

  #planned(takes: (change: PlannedChange) => boolean): World {
    const changes = this.#changes.filter(takes).map(({ change }) => change);
    return this.#make(plannedCluster(this.#today, changes));
  }

  #world(key: string, make: () => World): World {
    const known = this.#worlds.get(key);
    if (known !== undefined) return known;
    const made = make();
    const [oldest] = this.#worlds.keys();
    if (oldest !== undefined && this.#worlds.size >= mostWorlds) this.#worlds.delete(oldest);
    this.#worlds.set(key, made);
    return made;
  }
}

function causeOf({ id, change, controls }: PlannedChange): Cause {
  return { change: id, text: describeChange(change), controls };
}
