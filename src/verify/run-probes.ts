import { LiveFault } from '../collect/live/live-fault.ts';
import { EtcdFault } from '../etcd/etcd-fault.ts';
import type { ControlResult } from '../results/report.ts';
import { joinOutcome } from './join.ts';
import type { Outcome, Probe } from './probe.ts';
import { NotPossible } from './not-possible.ts';
import { notPossible } from './probe.ts';
import type { World } from './world.ts';

/** A control with what was read and what its probe found out; no outcome: it has no probe, or nothing is to be asked. */
export interface Verified {
  readonly result: ControlResult;
  readonly outcome: Outcome | undefined;
}

export interface RunOptions {
  readonly probes: readonly Probe[];
  readonly progress?: (control: string, done: number, of: number) => void;
  /** Ends the run between two probes, and at once for whoever waits for it. */
  readonly signal?: AbortSignal;
}

/**
 * Runs the probes of the controls in their order, one after another, and joins what they found with the results. What a probe cannot
 * reach is `not-possible` with the reason; a probe never stops the run. The caller removes the canaries.
 */
export async function runProbes(
  world: World,
  results: readonly ControlResult[],
  options: RunOptions,
): Promise<readonly Verified[]> {
  const probes = new Map(options.probes.map((probe) => [probe.control, probe]));
  const verified: Verified[] = [];
  for (const [index, result] of results.entries()) {
    options.signal?.throwIfAborted();
    const probe = probes.get(result.id);
    options.progress?.(result.id, index, results.length);
    const asks = probe !== undefined && result.verdict !== 'not-applicable';
    const outcome = asks ? await outcomeOf(probe, world, result) : undefined;
    verified.push({ result: outcome === undefined ? result : joinOutcome(result, outcome), outcome });
  }
  return verified;
}

async function outcomeOf(probe: Probe, world: World, result: ControlResult): Promise<Outcome> {
  try {
    return await probe.run(world, result);
  } catch (error) {
    if (error instanceof NotPossible) return notPossible(error.message);
    if (error instanceof LiveFault) return notPossible(`${error.gap.source}: ${error.gap.reason}`);
    if (error instanceof EtcdFault) return notPossible(`${error.message} (${error.hint})`);
    throw error;
  }
}
