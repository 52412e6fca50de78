import { LiveFault } from '../collect/live/live-fault.ts';
import type { Plan, PlanGroup } from '../plan/plan.ts';
import { ApplyStop } from './apply-stop.ts';
import { waitElsewhere } from './elsewhere.ts';
import { restartsOf, runGroup } from './run-group.ts';
import { stateOfGroup } from './run-records.ts';
import type { World } from './world.ts';

/** How a run goes about a plan. */
export interface ApplyOptions {
  /** Stops after this group. */
  readonly pauseAfter?: string;
  /** These groups alone. */
  readonly only?: readonly string[];
  /** The command that carries a group out on another host. */
  readonly commandFor: (host: string, group: string) => string;
  readonly wait: { readonly timeoutMs: number; readonly intervalMs: number };
}

/** How a run ended. `undone`: the last group was taken back, those before it stand; `waiting`: it is to be resumed. */
export type ApplyEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'paused'; readonly after: string }
  | { readonly kind: 'undone' | 'waiting'; readonly group: string; readonly why: readonly string[] };

/**
 * Carries a plan out, one group after the other, each checked before and after. Groups of other hosts wait until a person has carried
 * them out there. Stops at the first group that does not end well. Never throws for what the world does wrong.
 */
export async function applyPlan(world: World, plan: Plan, options: ApplyOptions): Promise<ApplyEnd> {
  for (const group of plan.groups.filter(({ id }) => options.only === undefined || options.only.includes(id))) {
    if (stateOfGroup(world.journal, group.id) !== 'done') {
      world.say(`${group.id}: ${group.title}`);
      const end = await carryOut(world, plan, group, options);
      if (end !== undefined) return end;
      world.say(`${group.id}: done`);
    }
    if (options.pauseAfter === group.id) return { kind: 'paused', after: group.id };
  }
  await world.journal.append({ kind: 'run-done', at: world.now() });
  return { kind: 'done' };
}

async function carryOut(world: World, plan: Plan, group: PlanGroup, options: ApplyOptions): Promise<ApplyEnd | undefined> {
  const waiting = (why: readonly string[]): ApplyEnd => ({ kind: 'waiting', group: group.id, why });
  try {
    if (isElsewhere(world, group) || group.byHand !== undefined) return await byOthers(world, group, options);
    const end = await runGroup(world, plan, group);
    if (end.kind === 'done') return undefined;
    return end.kind === 'undone' ? { kind: 'undone', group: group.id, why: end.why } : waiting(end.why);
  } catch (error) {
    if (error instanceof ApplyStop) return waiting([error.message, ...error.detail]);
    // The server does not answer, or refused the credential: LiveFault carries where and what to do.
    if (error instanceof LiveFault) {
      const { gap } = error;
      return waiting([`${gap.source}: ${gap.reason}`, ...(gap.hint === undefined ? [] : [gap.hint])]);
    }
    throw error;
  }
}

function isElsewhere(world: World, group: PlanGroup): boolean {
  return group.host !== undefined && group.host !== world.host;
}

/** A group that is carried out on another host, or by a person: says how, and waits until it is seen or confirmed. */
async function byOthers(world: World, group: PlanGroup, options: ApplyOptions): Promise<ApplyEnd | undefined> {
  const end = (why: readonly string[]): ApplyEnd => ({ kind: 'waiting', group: group.id, why });
  if (stateOfGroup(world.journal, group.id) === 'new') {
    const baseline = await world.gate.baseline({ servers: [], rights: [] });
    await world.journal.append({ kind: 'group', group: group.id, at: world.now(), baseline, restarts: restartsOf(world, group) });
  }
  if (group.byHand === undefined) {
    world.say(`  this is host ${world.host ?? '(none of the plan)'}; run on ${group.host ?? ''}:`);
    world.say(`    ${options.commandFor(group.host ?? '', group.id)}`);
  } else {
    world.say(`  by hand: ${group.byHand.why}`);
    for (const line of group.byHand.commands) world.say(`    ${line}`);
  }
  const seen = await waitElsewhere(world.api.client, group, options.wait, (what) => world.progress(what));
  if (seen.kind === 'unchanged') return end([seen.why, 'carry it out there and resume']);
  if (seen.kind === 'unseen') {
    world.say(`  it cannot be seen from here: ${seen.why}`);
    if (!(await world.confirm('Is it done?'))) return end(['carry it out and resume with --yes, or confirm it on a terminal']);
  }
  const record = stateBaseline(world, group.id);
  const result = record === undefined ? undefined : await world.gate.check({ servers: [], rights: [] }, record);
  if (result?.kind === 'failed') return end(result.why);
  await world.journal.append({ kind: 'group-done', group: group.id, at: world.now() });
  return undefined;
}

function stateBaseline(world: World, group: string): Parameters<World['gate']['check']>[1] | undefined {
  const record = world.journal.records.findLast((candidate) => candidate.kind === 'group' && candidate.group === group);
  return record?.kind === 'group' ? (record.baseline ?? undefined) : undefined;
}
