import { LiveFault } from '../collect/live/live-fault.ts';
import { ApplyStop } from './apply-stop.ts';
import { ApiRefusal } from './object-api.ts';
import { groupsInJournal, restartsInJournal } from './run-records.ts';
import { undoGroup } from './undo-group.ts';
import type { World } from './world.ts';

/** How a rollback ended. `stopped`: what is left is in the journal, and rollback goes on when it is called again. */
export type RollbackEnd =
  { readonly kind: 'undone' } | { readonly kind: 'stopped'; readonly group: string; readonly why: readonly string[] };

/**
 * Takes a run back, its newest group first: files byte for byte with mode and owner, objects to their former state. Each group's servers
 * must be well again before the next. Never throws for what the world does wrong.
 */
export async function rollBack(world: World): Promise<RollbackEnd> {
  for (const group of groupsInJournal(world.journal).toReversed()) {
    world.say(`${group}: taking it back`);
    try {
      const own = restartsInJournal(world.journal).filter((restart) => restart.group === group);
      for (const { host, component } of own)
        if (host !== world.host) world.say(`  ${component} on ${host}: run bulwark rollback on that host too`);
      const result = await undoGroup(world, { group, by: 'rollback', why: 'a person asked for it', restarts: own, served: true });
      if (result.kind === 'failed')
        return { kind: 'stopped', group, why: ['everything of it is put back, and the server is not well:', ...result.why] };
    } catch (error) {
      if (error instanceof ApplyStop) return { kind: 'stopped', group, why: [error.message, ...error.detail] };
      if (error instanceof ApiRefusal) return { kind: 'stopped', group, why: [error.message, ...error.conflicts] };
      if (error instanceof LiveFault) return { kind: 'stopped', group, why: [`${error.gap.source}: ${error.gap.reason}`] };
      throw error;
    }
    world.say(`${group}: as it was`);
  }
  await world.journal.append({ kind: 'run-undone', at: world.now() });
  return { kind: 'undone' };
}
