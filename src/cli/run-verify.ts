import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { assess } from '../assess/assess.ts';
import { buildReport } from '../assess/report.ts';
import { applyWaivers } from '../assess/waivers.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Gap } from '../cluster/gap.ts';
import { connect } from '../collect/live/collect-live.ts';
import type { Connection } from '../collect/live/connection.ts';
import { LiveFault } from '../collect/live/live-fault.ts';
import { readPlan } from '../plan/read-plan.ts';
import type { Verified } from '../verify/run-probes.ts';
import type { Before } from '../verify/world.ts';
import { UsageError, exitCodes } from './errors.ts';
import { parseOutputs, writeOutputs } from './outputs.ts';
import { controlPages } from './pages.ts';
import { progressLine } from './progress.ts';
import { chosenControls, loadSettings, loadWaivers, readNow } from './run-scan.ts';
import type { SourceOptions } from './source-options.ts';
import { collectCluster } from './source-options.ts';
import { toolVersion } from './version.ts';

/** Options of `bulwark verify` as the command line gives them. */
export interface VerifyCommandOptions extends SourceOptions {
  readonly output: readonly string[];
  readonly details: boolean;
  readonly settings?: string;
  readonly waivers?: string;
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly now?: string;
}

/**
 * Verifies and reports. Returns the exit code: 0 all that was asked holds, 1 it does not, 2 nothing could be asked.
 *
 * Errors: UsageError for options and sources that cannot be used, and for a cluster that cannot be reached.
 */
export async function runVerify(sources: readonly string[], options: VerifyCommandOptions): Promise<number> {
  const outputs = parseOutputs(options.output);
  const now = readNow(options.now);
  const controls = chosenControls(options);
  const settings = loadSettings(options.settings);
  const waivers = loadWaivers(options.waivers, now);
  const { plans, others } = bySort(sources);
  const before = await beforeOf(plans);
  const connection = await reach(options);
  const cluster = await collectCluster(others, options, 'always');
  const results = assess(cluster, { controls, settings, now });
  const verified = await interruptible((signal) =>
    probe(connection, cluster, {
      results,
      settings,
      before: before === undefined ? undefined : { cluster: before, results: assess(before, { controls, settings, now }) },
      options,
      signal,
    }),
  );
  const marked = applyWaivers(
    verified.map(({ result }) => result),
    waivers,
  );
  const final = verified.map((one, index): Verified => ({ ...one, result: marked.results[index] ?? one.result }));
  const code = exitCode(final);
  const pages = outputs.some((output) => output.format === 'html') ? controlPages() : {};
  const withPages = marked.results.map((result) => {
    const page = pages[result.id];
    return page === undefined ? result : { ...result, page };
  });
  const report = buildReport({ cluster, results: withPages, waivers: marked.notices, toolVersion: toolVersion(), now });
  for (const output of outputs) {
    if (output.format === 'text' && output.file === undefined) process.stdout.write(await textOf(final, options));
    else await writeOutputs([output], report, { details: options.details, explainScore: false, exitCode: code });
  }
  return code;
}

interface ProbeParts {
  readonly results: ReturnType<typeof assess>;
  readonly settings: ReturnType<typeof loadSettings>;
  readonly before: Before | undefined;
  readonly options: VerifyCommandOptions;
  readonly signal: AbortSignal;
}

async function probe(connection: Connection, cluster: Cluster, parts: ProbeParts): Promise<readonly Verified[]> {
  const { verify } = await import('../verify/verify.ts');
  const line = progressLine();
  try {
    return await verify(parts.results, {
      cluster,
      settings: parts.settings,
      connection,
      environment: process.env,
      hostRoots: parts.options.hostRoot,
      auditLogs: parts.options.auditLog,
      before: parts.before,
      now: new Date(),
      signal: parts.signal,
      progress: line.show,
      onLeft: tellLeft,
    });
  } finally {
    line.clear();
  }
}

function tellLeft(paths: readonly string[]): void {
  const commands = paths.map((path) => `  kubectl delete --raw ${path}\n`).join('');
  process.stderr.write(`canaries that could not be removed; the next run tries again, or by hand:\n${commands}`);
}

/** A plan's folder is not a source of today's cluster: it tells what was before. */
function bySort(sources: readonly string[]): { readonly plans: readonly string[]; readonly others: readonly string[] } {
  const isPlan = (source: string): boolean => existsSync(join(source, 'plan.json'));
  return { plans: sources.filter(isPlan), others: sources.filter((source) => !isPlan(source)) };
}

async function beforeOf(plans: readonly string[]): Promise<Cluster | undefined> {
  const [folder, second] = plans;
  if (folder === undefined) return undefined;
  if (second !== undefined) throw new UsageError(`two plans: ${folder} and ${second}`, 'verify against one plan at a time');
  const reading = await readPlan(folder);
  if (reading.kind === 'refused') throw new UsageError(reading.message);
  return reading.cluster;
}

async function reach(options: SourceOptions): Promise<Connection> {
  const gaps: Gap[] = [];
  try {
    return await connect(options, process.env, gaps);
  } catch (error) {
    if (!(error instanceof LiveFault)) throw error;
    throw new UsageError(
      `nothing can be asked: ${error.gap.source}: ${error.gap.reason}`,
      error.gap.hint ?? 'verify asks the live cluster: name a kubeconfig',
    );
  }
}

/** Runs a task that removes what it made when the program is interrupted or ended, and then ends as the signal asks. */
async function interruptible<T>(task: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let ended: NodeJS.Signals | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    process.stderr.write('\ninterrupted: removing what was made for the probes\n');
    ended ??= signal;
    controller.abort(new Error('interrupted'));
    // Who asks twice does not want to wait: the next run removes what is left.
    release();
  };
  const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const release = (): void => {
    for (const signal of signals) process.removeListener(signal, stop);
  };
  for (const signal of signals) process.on(signal, stop);
  try {
    return await task(controller.signal);
  } finally {
    release();
    if (ended !== undefined) process.kill(process.pid, ended);
  }
}

/** 2 where no probe could be asked; 1 where an essential control fails or a probe contradicts; waived ones do not count. */
function exitCode(verified: readonly Verified[]): number {
  const asked = verified.filter(({ outcome }) => outcome !== undefined && outcome.outcome !== 'not-possible');
  if (asked.length === 0) return exitCodes.usage;
  const broken = verified.some(
    ({ result, outcome }) =>
      result.verdict === 'fail' && !result.waived && (result.essential || outcome?.outcome === 'contradicted'),
  );
  return broken ? exitCodes.findings : exitCodes.holds;
}

async function textOf(verified: readonly Verified[], options: VerifyCommandOptions): Promise<string> {
  const { renderVerification } = await import('../verify/render.ts');
  const { cautiousWidth, measureFor } = await import('../report/terminal/width.ts');
  const { painter, wantsColor } = await import('../report/terminal/color.ts');
  const { isTTY, columns } = process.stdout;
  return renderVerification(verified, {
    width: isTTY ? Math.max(60, Math.min(columns ?? 80, 120)) : 80,
    measure: isTTY ? await measureFor(JSON.stringify(verified.map(({ result }) => result))) : cautiousWidth,
    paint: painter(wantsColor({ environment: process.env, isTTY })),
    details: options.details,
  });
}
