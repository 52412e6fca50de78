import type { Cluster } from '../cluster/cluster.ts';
import type { Connection } from '../collect/live/connection.ts';
import type { Environment } from '../collect/live/environment-proxy.ts';
import type { Settings } from '../controls/settings.ts';
import type { ControlResult } from '../results/report.ts';
import { Caller } from './caller.ts';
import { Canary } from './canary.ts';
import { probes } from './probes.ts';
import type { Verified } from './run-probes.ts';
import { runProbes } from './run-probes.ts';
import type { Before } from './world.ts';
import { World } from './world.ts';

export interface VerifyOptions {
  readonly cluster: Cluster;
  readonly settings: Settings;
  readonly connection: Connection;
  readonly environment: Environment;
  readonly hostRoots: readonly string[];
  readonly auditLogs: readonly string[];
  /** The cluster before it was hardened, and what the controls said of it. */
  readonly before: Before | undefined;
  /** The time that the expiry of leftovers is measured against. */
  readonly now: Date;
  readonly signal?: AbortSignal;
  readonly progress?: (control: string, done: number, of: number) => void;
  /** Told of API paths of canaries that could not be removed, also after an interrupt. */
  readonly onLeft?: (paths: readonly string[]) => void;
}

/**
 * Probes the effect of every control on the live cluster, and joins it with what was read. Everything that it makes is removed again, also
 * where it is interrupted (`signal`; then it rejects with the signal's reason); what a killed run left is removed first.
 */
export async function verify(results: readonly ControlResult[], options: VerifyOptions): Promise<readonly Verified[]> {
  const caller = new Caller(options.connection, options.environment);
  const canary = new Canary(caller.self);
  const { cluster, settings, hostRoots, auditLogs, before, signal } = options;
  const world = new World({ cluster, settings, caller, canary, hostRoots, auditLogs, before });
  try {
    await canary.removeLeftovers(options.now).catch(() => []);
    const run = runProbes(world, results, {
      probes,
      ...(signal === undefined ? {} : { signal }),
      ...(options.progress === undefined ? {} : { progress: options.progress }),
    });
    return await untilAborted(run, signal);
  } finally {
    const left = await canary.remove();
    if (left.length > 0) options.onLeft?.(left);
    await world.close();
  }
}

/** Does not wait for a probe that hangs when the run is interrupted. */
async function untilAborted<T>(run: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return run;
  run.catch(() => undefined);
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason instanceof Error ? signal.reason : new Error('interrupted'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([run, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
  }
}
