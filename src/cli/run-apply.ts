import { createHash, randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { LiveFault } from '../collect/live/live-fault.ts';
import type { ApiClient } from '../collect/live/api-client.ts';
import { applyPlan, type ApplyEnd } from '../apply/apply-plan.ts';
import { ApplyStop } from '../apply/apply-stop.ts';
import { chooseHost, hostsOf } from '../apply/choose-host.ts';
import { dryRun } from '../apply/dry-run.ts';
import { missingRights } from '../apply/gate/health.ts';
import type { Journal } from '../apply/journal.ts';
import { createJournal, listRuns, openJournal } from '../apply/journal.ts';
import { takeLock } from '../apply/lock.ts';
import { makeWorld, openClient } from '../apply/make-world.ts';
import { ObjectApi } from '../apply/object-api.ts';
import { applyRole, rightsOf } from '../apply/rights.ts';
import { stateOfGroup } from '../apply/run-records.ts';
import type { Plan } from '../plan/plan.ts';
import { readPlan } from '../plan/read-plan.ts';
import { UsageError, exitCodes } from './errors.ts';
import { asker, gateLimits, noStep, stateFolder } from './run-options.ts';
import type { RunOptions } from './run-options.ts';
import { progressLine } from './progress.ts';

/** Options of `bulwark apply`. */
export interface ApplyCommandOptions extends RunOptions {
  readonly host?: string;
  readonly group: readonly string[];
  readonly pauseAfter?: string;
  readonly resume: boolean;
  readonly dryRun: boolean;
  readonly printRbac: boolean;
}

/**
 * Runs `bulwark apply`. Exit code 0: done, or paused as asked; 1: a dry run that would stop; 3: stopped (it says whether the group was
 * undone or the run waits to be resumed). Errors: UsageError where nothing was begun.
 */
export async function apply(folder: string, options: ApplyCommandOptions): Promise<number> {
  const reading = await readPlan(folder);
  if (reading.kind === 'refused') throw new UsageError(reading.message, 'name the folder that `bulwark plan --out DIR` wrote');
  const { plan, cluster } = reading;
  checkGroups(plan, options);
  const groups = plan.groups.filter(({ id }) => options.group.length === 0 || options.group.includes(id));
  if (options.printRbac) {
    process.stdout.write(applyRole(groups));
    return exitCodes.holds;
  }
  if (groups.length === 0) {
    process.stdout.write('the plan has no changes: nothing to do\n');
    return exitCodes.holds;
  }
  let client: ApiClient | undefined;
  try {
    const host = await chooseHost(plan, options.host, options.root);
    client = await openClient(options);
    if (options.dryRun) {
      return printDryRun(
        await dryRun(
          { root: options.root, host, api: new ObjectApi(client), journal: { records: [] }, cluster },
          { ...plan, groups },
        ),
      );
    }
    await checkRights(client, { ...plan, groups });
    await agree(plan, host, groups.length, options);
    return await run(folder, plan, { client, host, cluster, groups: options.group }, options);
  } catch (error) {
    if (error instanceof ApplyStop) throw new UsageError(error.message, error.detail.join('\n') || undefined);
    if (error instanceof LiveFault) throw new UsageError(`${error.gap.source}: ${error.gap.reason}`, error.gap.hint);
    throw error;
  } finally {
    await client?.close();
  }
}

function checkGroups(plan: Plan, { group, pauseAfter }: ApplyCommandOptions): void {
  const ids = plan.groups.map(({ id }) => id);
  for (const id of [...group, ...(pauseAfter === undefined ? [] : [pauseAfter])])
    if (!ids.includes(id)) throw new UsageError(`the plan has no group ${id}`, `it has: ${ids.join(', ') || 'none'}`);
}

async function checkRights(client: ApiClient, plan: Plan): Promise<void> {
  const missing = await missingRights(client, rightsOf(plan.groups));
  if (missing.length > 0)
    throw new UsageError(
      `the credential lacks rights that the plan needs: ${missing.slice(0, 10).join('; ')}${missing.length > 10 ? `; and ${missing.length - 10} more` : ''}`,
      'bulwark apply PLAN --print-rbac prints the least ClusterRole',
    );
}

async function agree(plan: Plan, host: string | undefined, count: number, options: ApplyCommandOptions): Promise<void> {
  if (options.yes || options.resume) return;
  const where =
    host === undefined
      ? `objects alone, as this is none of the hosts ${hostsOf(plan).join(', ') || '(the plan names none)'}`
      : `objects, and files of ${host === '' ? 'this host' : host} below ${options.root}`;
  process.stdout.write(`${count} group${count === 1 ? '' : 's'}: ${where}\n`);
  if (!process.stdin.isTTY) throw new UsageError('nobody can be asked here', 'look at --dry-run first, then call it with --yes');
  if (!(await asker(options)('Apply the plan?'))) throw new UsageError('nothing was changed');
}

interface Target {
  readonly client: ApiClient;
  readonly host: string | undefined;
  readonly cluster: Parameters<typeof makeWorld>[2]['cluster'];
  readonly groups: readonly string[];
}

async function run(folder: string, plan: Plan, target: Target, options: ApplyCommandOptions): Promise<number> {
  const state = stateFolder(options);
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const lock = takeLock(state, 'bulwark apply', new Date().toISOString(), { takeOver: options.resume, say });
  const progress = progressLine('waiting:');
  let journal: Journal | undefined;
  try {
    journal = await journalOf(state, folder, plan, target, options);
    const world = makeWorld(target.client, journal, {
      root: options.root,
      host: target.host,
      gate: gateLimits(options),
      step: noStep,
      say: (line) => {
        progress.clear();
        say(line);
      },
      progress: progress.show,
      confirm: asker(options),
      ...(target.cluster === undefined ? {} : { cluster: target.cluster }),
    });
    const end = await applyPlan(world, plan, {
      ...(options.pauseAfter === undefined ? {} : { pauseAfter: options.pauseAfter }),
      ...(journal.head.only === undefined ? {} : { only: journal.head.only }),
      commandFor: (host, group) => `bulwark apply ${folder} --host ${host} --group ${group}`,
      wait: { timeoutMs: options.gateTimeout, intervalMs: 2000 },
    });
    progress.clear();
    return printEnd(end, folder, journal.head.run);
  } finally {
    progress.clear();
    journal?.close();
    lock.release();
  }
}

async function journalOf(
  state: string,
  folder: string,
  plan: Plan,
  target: Target,
  options: ApplyCommandOptions,
): Promise<Journal> {
  const planSha256 = createHash('sha256').update(JSON.stringify(plan)).digest('hex');
  const runs = listRuns(state);
  if (options.resume) {
    const last = runs.findLast(
      (candidate) => candidate.state === 'unfinished' || candidate.state === 'empty' || candidate.state === 'rolling-back',
    );
    if (last === undefined) throw new UsageError(`no run in ${state} waits to be resumed`, 'call it without --resume');
    if (last.state === 'rolling-back')
      throw new UsageError(`run ${last.run} is being rolled back`, `finish that: bulwark rollback ${last.run}`);
    const [head] = last.records;
    if (head?.kind === 'run' && head.planSha256 !== planSha256)
      throw new UsageError(
        `run ${last.run} was begun with another plan (${head.plan})`,
        'resume it with that one, or roll it back',
      );
    return openJournal(state, last.run, noStep);
  }
  for (const { run: id, state: runState, records } of runs) {
    const open = records.find(
      (record) => record.kind === 'group' && ['begun', 'undoing'].includes(stateOfGroup({ records }, record.group)),
    );
    if (runState === 'rolling-back' || (runState === 'unfinished' && open !== undefined))
      throw new UsageError(`run ${id} stopped half-way`, `go on with --resume, or take it back: bulwark rollback ${id}`);
  }
  const at = new Date().toISOString();
  const run = `${at.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}-${randomBytes(2).toString('hex')}`;
  const only = target.groups.length === 0 ? {} : { only: target.groups };
  return createJournal(
    state,
    { run, plan: resolve(folder), planSha256, host: target.host ?? '', root: resolve(options.root), at, ...only },
    noStep,
  );
}

function printDryRun({ lines, faults }: { readonly lines: readonly string[]; readonly faults: readonly string[] }): number {
  process.stdout.write(`${lines.join('\n')}\n`);
  if (faults.length === 0) {
    process.stdout.write('nothing was changed; nothing stands in the way\n');
    return exitCodes.holds;
  }
  process.stdout.write(`nothing was changed; the run would stop:\n${faults.map((fault) => `  ${fault}`).join('\n')}\n`);
  return exitCodes.findings;
}

function printEnd(end: ApplyEnd, folder: string, run: string): number {
  if (end.kind === 'done') {
    process.stdout.write(`done: run ${run}; the way back: bulwark rollback ${run}\n`);
    return exitCodes.holds;
  }
  if (end.kind === 'paused') {
    process.stdout.write(`paused after ${end.after}, as asked; go on: bulwark apply ${folder} --resume\n`);
    return exitCodes.holds;
  }
  const what = end.kind === 'undone' ? `${end.group} was undone` : `stopped at ${end.group}, waiting to be resumed`;
  process.stderr.write(`${what}:\n${end.why.map((line) => `  ${line}`).join('\n')}\n`);
  process.stderr.write(
    `groups before it stand. Go on: bulwark apply ${folder} --resume; take all back: bulwark rollback ${run}\n`,
  );
  return exitCodes.stopped;
}
