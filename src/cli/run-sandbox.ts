import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import { plannedCluster } from '../plan/planned-cluster.ts';
import { readPlan } from '../plan/read-plan.ts';
import type { Question } from '../sandbox/can-i.ts';
import { readQuestion } from '../sandbox/can-i.ts';
import { findPrograms } from '../sandbox/find-programs.ts';
import { renderSandbox } from '../sandbox/render-text.ts';
import { runSandbox } from '../sandbox/run-sandbox.ts';
import { StartFailure } from '../sandbox/server/start-failure.ts';
import { stopKept } from '../sandbox/server/stop-kept.ts';
import { UsageError, exitCodes } from './errors.ts';
import { progressLine } from './progress.ts';
import type { SourceOptions } from './source-options.ts';
import { collectCluster } from './source-options.ts';
import { readUserFile } from './user-file.ts';
import { toolVersion } from './version.ts';

/** Options of `bulwark sandbox` as the command line gives them. */
export interface SandboxOptions extends SourceOptions {
  readonly assets?: string;
  readonly canI: readonly string[];
  readonly keep: boolean;
  readonly stop?: string;
  /** Seconds. */
  readonly timeout: number;
  readonly output: string;
}

/** Runs or stops a sandbox. Returns the exit code. Errors: UsageError for sources, questions and programs that cannot be used. */
export async function sandbox(sources: readonly string[], options: SandboxOptions): Promise<number> {
  if (options.stop !== undefined) return stop(options.stop, sources);
  const questions = options.canI.flatMap(questionsIn);
  const found = findPrograms(options.assets, process.env);
  if (found.kind === 'missing') throw new UsageError(found.message, found.hint);
  const worlds = await readWorlds(sources, options);
  const progress = progressLine();
  try {
    const result = await runSandbox({
      ...worlds,
      programs: found.programs,
      questions,
      keep: options.keep,
      timeout: options.timeout * 1000,
      toolVersion: toolVersion(),
      progress: progress.show,
    });
    progress.clear();
    process.stdout.write(options.output === 'json' ? `${JSON.stringify(result, null, 2)}\n` : renderSandbox(result));
    return result.holds ? exitCodes.holds : exitCodes.findings;
  } catch (error) {
    if (error instanceof StartFailure) throw new UsageError(`etcd of the sandbox does not start: ${error.message}`);
    throw error;
  } finally {
    progress.clear();
  }
}

async function stop(folder: string, sources: readonly string[]): Promise<number> {
  if (sources.length > 0) throw new UsageError('--stop takes no sources');
  const stopped = await stopKept(folder);
  if (stopped.kind === 'refused') throw new UsageError(stopped.message, 'the sandbox printed the command that stops it');
  process.stdout.write(`stopped, ${folder} is removed\n`);
  return exitCodes.holds;
}

/** A plan's folder holds both worlds; anything else is today's. */
async function readWorlds(
  sources: readonly string[],
  options: SandboxOptions,
): Promise<{ readonly today: Cluster; readonly planned?: Cluster }> {
  const [first, ...others] = sources;
  if (first === undefined || !existsSync(join(first, 'plan.json'))) return { today: await collectCluster(sources, options) };
  const reading = await readPlan(first);
  if (reading.kind === 'refused') throw new UsageError(reading.message);
  const isLive = options.kubeconfig !== undefined || options.context !== undefined;
  const given = others.length > 0 || options.hostRoot.length > 0 || options.auditLog.length > 0 || isLive;
  const today = given ? await collectCluster(others, options) : reading.cluster;
  const changes = reading.plan.groups.flatMap((group) => group.changes.map(({ change }) => change));
  return { today, planned: plannedCluster(today, changes) };
}

function questionsIn(text: string): readonly Question[] {
  const lines = existsSync(text) ? readUserFile(text, 'file of questions').split('\n') : [text];
  return lines
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
    .map((line) => {
      const reading = readQuestion(line);
      if (reading.kind === 'refused') throw new UsageError(`--can-i: ${reading.message}`);
      return reading.question;
    });
}
