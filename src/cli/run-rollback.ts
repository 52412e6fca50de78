import { LiveFault } from '../collect/live/live-fault.ts';
import type { ApiClient } from '../collect/live/api-client.ts';
import { ApplyStop } from '../apply/apply-stop.ts';
import type { Journal } from '../apply/journal.ts';
import { listRuns, openJournal } from '../apply/journal.ts';
import { takeLock } from '../apply/lock.ts';
import { makeWorld, openClient } from '../apply/make-world.ts';
import { rollBack } from '../apply/roll-back.ts';
import { UsageError, exitCodes } from './errors.ts';
import { progressLine } from './progress.ts';
import type { RunOptions } from './run-options.ts';
import { asker, gateLimits, noStep, stateFolder } from './run-options.ts';

/** Options of `bulwark rollback`. */
export interface RollbackCommandOptions extends RunOptions {
  readonly list: boolean;
}

/** Runs `bulwark rollback`. Exit code 0: all is as it was; 3: stopped, it says where. Errors: UsageError where nothing was begun. */
export async function rollback(wanted: string | undefined, options: RollbackCommandOptions): Promise<number> {
  const state = stateFolder(options);
  try {
    if (options.list) return list(state);
    const run = choose(state, wanted);
    if (!options.yes) {
      process.stdout.write(`take back run ${run}\n`);
      if (!process.stdin.isTTY) throw new UsageError('nobody can be asked here', 'call it with --yes');
      if (!(await asker(options)('Roll it back?'))) throw new UsageError('nothing was changed');
    }
    return await takeBack(state, run, options);
  } catch (error) {
    if (error instanceof ApplyStop) throw new UsageError(error.message, error.detail.join('\n') || undefined);
    if (error instanceof LiveFault) throw new UsageError(`${error.gap.source}: ${error.gap.reason}`, error.gap.hint);
    throw error;
  }
}

function list(state: string): number {
  const words = {
    empty: 'changed nothing',
    done: 'done',
    unfinished: 'unfinished',
    'rolling-back': 'being rolled back',
    undone: 'taken back',
  };
  for (const { run, state: runState, records } of listRuns(state)) {
    const [head] = records;
    process.stdout.write(`${run}  ${words[runState]}  ${head?.kind === 'run' ? head.plan : ''}\n`);
  }
  return exitCodes.holds;
}

function choose(state: string, wanted: string | undefined): string {
  const runs = listRuns(state).filter((run) => run.state !== 'undone' && run.state !== 'empty');
  const last = runs.at(-1);
  const found = wanted === undefined ? last : runs.find(({ run }) => run === wanted);
  if (found === undefined)
    throw new UsageError(
      wanted === undefined ? `no run in ${state} can be taken back` : `there is no run ${wanted} to take back in ${state}`,
      'bulwark rollback --list shows all',
    );
  if (found !== last)
    throw new UsageError(
      `run ${last?.run ?? ''} came after ${found.run}`,
      `take that one back first: bulwark rollback ${last?.run ?? ''}`,
    );
  return found.run;
}

async function takeBack(state: string, run: string, options: RollbackCommandOptions): Promise<number> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const lock = takeLock(state, 'bulwark rollback', new Date().toISOString(), { takeOver: true, say });
  const progress = progressLine('waiting:');
  let client: ApiClient | undefined;
  let journal: Journal | undefined;
  try {
    journal = openJournal(state, run, noStep);
    client = await openClient(options);
    const world = makeWorld(client, journal, {
      root: options.root === '/' ? journal.head.root : options.root,
      host: journal.head.host,
      gate: gateLimits(options),
      step: noStep,
      say: (line) => {
        progress.clear();
        say(line);
      },
      progress: progress.show,
      confirm: asker(options),
    });
    const end = await rollBack(world);
    progress.clear();
    if (end.kind === 'undone') {
      say(`run ${run} is taken back`);
      return exitCodes.holds;
    }
    process.stderr.write(`stopped at ${end.group}, waiting to be resumed:\n${end.why.map((line) => `  ${line}`).join('\n')}\n`);
    process.stderr.write(`groups after it are taken back, those before it stand. Go on: bulwark rollback ${run}\n`);
    return exitCodes.stopped;
  } finally {
    progress.clear();
    await client?.close();
    journal?.close();
    lock.release();
  }
}
