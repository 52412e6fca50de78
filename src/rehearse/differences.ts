import type { AccessRow } from '../audit/store/types.ts';
import type { Plan } from '../plan/plan.ts';
import { recordedDecision } from './calibrate.ts';
import type { CauseFinder } from './causes.ts';
import { differenceId } from './difference-id.ts';
import type { Exception } from './exceptions.ts';
import { exceptionFor } from './exceptions.ts';
import { namedGrant, touchesGrant } from './named-grant.ts';
import type { Difference, Who } from './rehearsal.ts';
import { describeAccess, whoOf } from './who.ts';
import type { Outcome, World } from './world.ts';
import { authorizeAccess, plannedOutcome } from './world.ts';

interface Gathered {
  readonly kind: Difference['kind'];
  readonly who: Who;
  readonly row: AccessRow;
  readonly names: Set<string>;
  readonly agents: Set<string>;
  readonly ids: string[];
  readonly today: string;
  readonly planned: string;
  requests: number;
  first: string;
  last: string;
}

const shown = 3;

/** Sends accesses through today's world and the planned one, and gathers what comes out otherwise. */
export class DifferenceFinder {
  readonly #today: World;
  readonly #planned: World;
  readonly #found = new Map<string, Gathered>();
  readonly #unsettled = new Map<string, { requests: number; accesses: number; sample: string }>();
  #accesses = 0;

  constructor(today: World, planned: World) {
    this.#today = today;
    this.#planned = planned;
  }

  get accesses(): number {
    return this.#accesses;
  }

  add(row: AccessRow): void {
    const recorded = recordedDecision(row);
    if (recorded === undefined) return;
    this.#accesses++;
    const today = authorizeAccess(this.#today.authorization, row);
    const planned = plannedOutcome(this.#today, this.#planned, row);
    if (planned.kind === 'unknown' || today.kind === 'unknown') {
      // What nobody can tell today either is no matter of the plan, unless the plan makes it so.
      if (planned.kind === 'unknown') this.#leaveOpen(planned, row);
      return;
    }
    if (recorded === 'allowed' && today.kind === 'allowed' && planned.kind !== 'allowed')
      this.#gather(row, planned.kind === 'refused' ? 'refused' : 'turned away', today, planned);
    else if (recorded === 'refused' && today.kind === 'refused' && planned.kind === 'allowed')
      this.#gather(row, 'opened', today, planned);
  }

  #leaveOpen({ reason }: Outcome, row: AccessRow): void {
    const entry = this.#unsettled.get(reason) ?? {
      requests: 0,
      accesses: 0,
      sample: `${row.user.username}: ${describeAccess(row.attributes)}`,
    };
    this.#unsettled.set(reason, entry);
    entry.requests += row.count;
    entry.accesses++;
  }

  #gather(row: AccessRow, kind: Difference['kind'], today: Outcome, planned: Outcome): void {
    const who = whoOf(row);
    const { attributes } = row;
    const whatKey = attributes.kind === 'resource' ? { ...attributes, name: '', fieldSelector: '' } : attributes;
    const id = differenceId([kind, who.user, who.as ?? '', { ...whatKey }]);
    const former = this.#found.get(id);
    const entry: Gathered = former ?? {
      kind,
      who,
      row,
      names: new Set(),
      agents: new Set(),
      ids: [],
      today: today.reason,
      planned: planned.reason,
      requests: 0,
      first: row.first,
      last: row.last,
    };
    this.#found.set(id, entry);
    entry.requests += row.count;
    if (row.first < entry.first) entry.first = row.first;
    if (row.last > entry.last) entry.last = row.last;
    if (attributes.kind === 'resource' && attributes.name !== '') entry.names.add(attributes.name);
    if (entry.agents.size < shown && row.userAgent !== '') entry.agents.add(row.userAgent);
    if (entry.ids.length < shown) entry.ids.push(row.auditID);
  }

  unsettled(): readonly {
    readonly why: string;
    readonly requests: number;
    readonly accesses: number;
    readonly sample: string;
  }[] {
    return [...this.#unsettled].map(([why, entry]) => ({ why, ...entry })).sort((a, b) => b.requests - a.requests);
  }

  /** What differs, worst first, each with its causes and the way to keep it. */
  differences(finder: CauseFinder<World>, plan: Plan): readonly Settled[] {
    // Those with one reason have one cause: its world is made once.
    return [...this.#found]
      .sort(([, a], [, b]) => (a.today < b.today ? -1 : a.today > b.today ? 1 : 0))
      .map(([id, entry]) => this.#settle(id, entry, finder, plan))
      .sort((a, b) => compareDifferences(a.difference, b.difference));
  }

  #settle(id: string, entry: Gathered, finder: CauseFinder<World>, plan: Plan): Settled {
    const { kind, who, row, requests, first, last, today, planned } = entry;
    const wanted = kind === 'opened' ? 'allowed' : kind;
    const grant = namedGrant(kind === 'opened' ? planned : today);
    const causes = finder.causes(
      (world) => plannedOutcome(this.#today, world, row).kind === wanted,
      (change) => touchesGrant(change, grant),
    );
    const names = [...entry.names].sort();
    const exception = exceptionFor({ id, kind, who, planned }, row, names, causes, plan, this.#planned);
    const { attributes } = row;
    const one = names.length > 1 && attributes.kind === 'resource' ? { ...attributes, name: '' } : attributes;
    const more = names.length > shown ? `, and ${names.length - shown} more` : '';
    const which = names.length > 1 ? ` (${names.slice(0, shown).join(', ')}${more})` : '';
    const difference: Difference = {
      id,
      kind,
      who,
      what: `${describeAccess(one)}${which}`,
      requests,
      first,
      last,
      userAgents: [...entry.agents].sort(),
      today,
      planned,
      causes: causes.causes,
      exception: exception.text,
      auditIDs: entry.ids,
    };
    return { difference, exception };
  }
}

/** A difference and the way to keep it from coming about. */
export interface Settled {
  readonly difference: Difference;
  readonly exception: Exception;
}

const order: readonly Difference['kind'][] = ['turned away', 'refused', 'object', 'opened'];

/** What stops working comes before what opens, what is asked for most first. */
export function compareDifferences(a: Difference, b: Difference): number {
  const rank = order.indexOf(a.kind) - order.indexOf(b.kind);
  return rank || b.requests - a.requests || (a.id < b.id ? -1 : 1);
}
