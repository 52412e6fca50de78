import { randomBytes } from 'node:crypto';
import { assess } from '../assess/assess.ts';
import { applyWaivers } from '../assess/waivers.ts';
import { catalogue } from '../controls/catalogue.ts';
import { makePlan } from '../plan/make-plan.ts';
import type { Plan } from '../plan/plan.ts';
import { planSummary } from '../plan/render/plan-summary.ts';
import { whyNotWritable, writePlan } from '../plan/write-plan.ts';
import type { Severity } from '../results/verdict.ts';
import { UsageError, exitCodes } from './errors.ts';
import { chosenControls, loadSettings, loadWaivers, readNow } from './run-scan.ts';
import type { SourceOptions } from './source-options.ts';
import { collectCluster } from './source-options.ts';
import { toolVersion } from './version.ts';

/** Options of `bulwark plan` as the command line gives them. */
export interface PlanCommandOptions extends SourceOptions {
  readonly out?: string;
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly severity: Severity;
  readonly settings?: string;
  readonly waivers?: string;
  readonly now?: string;
}

/**
 * Plans and writes the folder. Returns the exit code: 0 when it wrote what was asked.
 *
 * Errors: UsageError for options, settings, sources and folders that cannot be used.
 */
export async function plan(sources: readonly string[], options: PlanCommandOptions): Promise<number> {
  const { out } = options;
  if (out === undefined) throw new UsageError('--out DIR is missing', 'bulwark plan --out plan');
  const refusal = whyNotWritable(out);
  if (refusal !== undefined)
    throw new UsageError(`${out}: ${refusal}`, 'choose an empty folder, or one that does not exist, for --out');
  const now = readNow(options.now);
  chosenControls(options);
  const settings = loadSettings(options.settings);
  const waivers = loadWaivers(options.waivers, now);
  const cluster = await collectCluster(sources, options);
  const { results } = applyWaivers(assess(cluster, { controls: catalogue, settings, now }), waivers);
  const made: Plan = makePlan(cluster, results, {
    controls: catalogue,
    settings,
    only: options.only,
    skip: options.skip,
    severity: options.severity,
    now,
    random: (bytes) => randomBytes(bytes),
    toolVersion: toolVersion(),
  });
  try {
    await writePlan(cluster, made, out);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    if (reason === undefined) throw error;
    throw new UsageError(`${out}: ${reason}`, 'choose another folder for --out');
  }
  process.stdout.write(planSummary(made, out));
  return exitCodes.holds;
}
