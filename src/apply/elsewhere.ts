import type { PlanGroup } from '../plan/plan.ts';
import { isHostChange } from '../plan/planned-cluster.ts';
import { setFlag, removeFlag } from '../plan/flags/edit-words.ts';
import type { ApiClient } from '../collect/live/api-client.ts';
import { LiveFault } from '../collect/live/live-fault.ts';
import { seeServer } from './gate/server-sight.ts';

/** Whether a server of another host runs what a group wants. `unseen`: nothing shows it. */
export type SeenElsewhere =
  | { readonly kind: 'changed' }
  | { readonly kind: 'unchanged'; readonly why: string }
  | { readonly kind: 'unseen'; readonly why: string };

/**
 * Looks from here whether a group's changes on another host are made: the mirror pods of that host must have the flags and be ready.
 * A group that changes files alone shows nothing.
 */
export async function lookElsewhere(client: ApiClient, group: PlanGroup): Promise<SeenElsewhere> {
  const flags = group.changes
    .map(({ change }) => change)
    .filter((change) => change.kind === 'set-flag' || change.kind === 'remove-flag');
  if (flags.length === 0) return { kind: 'unseen', why: 'it changes files alone, which the API does not show' };
  for (const { host, component } of group.restarts) {
    const sight = await seeServer(client, host, component);
    if (sight.kind !== 'mirror-pod') return { kind: 'unseen', why: `no mirror pod shows ${component} on ${host}` };
    const own = flags.filter((change) => isHostChange(change) && change.host === host && change.component === component);
    const missing = own.filter((change) =>
      change.kind === 'set-flag'
        ? setFlag(sight.words, component, change.flag, change.value).length > 0
        : removeFlag(sight.words, component, change.flag).length > 0,
    );
    if (missing.length > 0)
      return {
        kind: 'unchanged',
        why: `${component} on ${host} still runs without ${missing.map(({ flag }) => `--${flag}`).join(', ')}`,
      };
    if (!sight.ready) return { kind: 'unchanged', why: `${component} on ${host} is not ready` };
  }
  return { kind: 'changed' };
}

/** Looks again and again until the group's servers run it, or the time is over. */
export async function waitElsewhere(
  client: ApiClient,
  group: PlanGroup,
  limits: { readonly timeoutMs: number; readonly intervalMs: number },
  progress: (what: string) => void,
): Promise<SeenElsewhere> {
  const deadline = Date.now() + limits.timeoutMs;
  for (;;) {
    let seen: SeenElsewhere;
    try {
      seen = await lookElsewhere(client, group);
    } catch (error) {
      if (!(error instanceof LiveFault)) throw error;
      seen = { kind: 'unchanged', why: error.gap.reason };
    }
    if (seen.kind !== 'unchanged' || Date.now() >= deadline) return seen;
    progress(seen.why);
    await new Promise((resolve) => setTimeout(resolve, limits.intervalMs));
  }
}
