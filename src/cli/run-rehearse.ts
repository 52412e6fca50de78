import type { Cluster } from '../cluster/cluster.ts';
import type { Plan } from '../plan/plan.ts';
import { readPlan } from '../plan/read-plan.ts';
import { revisePlan } from '../plan/revise-plan.ts';
import { whyNotWritable, writePlan } from '../plan/write-plan.ts';
import type { Rehearsed } from '../rehearse/rehearse.ts';
import { rehearse } from '../rehearse/rehearse.ts';
import { renderHtml } from '../rehearse/render/html.ts';
import { renderText } from '../rehearse/render/text.ts';
import { revisionOf } from '../rehearse/revision.ts';
import { UsageError, exitCodes } from './errors.ts';
import { readOutputs, writeRendered } from './outputs.ts';
import { openLogs } from './run-audit.ts';
import type { SourceOptions } from './source-options.ts';
import { collectCluster } from './source-options.ts';
import { toolVersion } from './version.ts';

/** Options of `bulwark rehearse` as the command line gives them. */
export interface RehearseCommandOptions extends SourceOptions {
  readonly store?: string;
  readonly keep: readonly string[];
  readonly out?: string;
  readonly finalState: boolean;
  readonly output: readonly string[];
}

const formats = ['text', 'json', 'html'] as const;

/**
 * Rehearses a plan; with `--keep` writes the plan without those differences and rehearses that. Returns the exit code: 0 when it wrote
 * what was asked, whatever it found.
 *
 * Errors: UsageError for a folder, sources, logs and ids that cannot be used.
 */
export async function rehearsePlan(folder: string, sources: readonly string[], options: RehearseCommandOptions): Promise<number> {
  const outputs = readOutputs(options.output, formats);
  const { keep, out } = options;
  if (keep.length > 0 && out === undefined)
    throw new UsageError(
      '--keep writes a revised plan, and --out DIR is missing',
      `bulwark rehearse ${folder} … --keep ${keep[0] ?? ''} --out kept`,
    );
  if (keep.length === 0 && out !== undefined)
    throw new UsageError('--out is for a plan that --keep revises', 'name the differences to keep: --keep ID');
  const refusal = out === undefined ? undefined : whyNotWritable(out);
  if (out !== undefined && refusal !== undefined) throw new UsageError(`${out}: ${refusal}`, 'choose an empty folder for --out');
  const reading = await readPlan(folder);
  if (reading.kind === 'refused') throw new UsageError(reading.message);
  const today = await todayOf(sources, options, reading.cluster);
  const { store, report } = await openLogs(options);
  try {
    const run = (plan: Plan): Promise<Rehearsed> =>
      rehearse(today, plan, { store, report }, { toolVersion: toolVersion(), followInTime: !options.finalState });
    const found = await run(reading.plan);
    const revised = out === undefined ? undefined : await keepDifferences(today, reading.plan, found, keep, out);
    const shown = revised === undefined ? found : await run(revised);
    if (out !== undefined) sayKept(shown, keep, out);
    await writeRendered(outputs, ({ format }) => render(format, shown, nextOf(folder, options, shown)));
    return exitCodes.holds;
  } finally {
    store.close();
  }
}

function render(format: (typeof formats)[number], { rehearsal }: Rehearsed, next: string): string {
  if (format === 'text') return renderText(rehearsal, next);
  return format === 'json' ? `${JSON.stringify(rehearsal, null, 2)}\n` : renderHtml(rehearsal);
}

/** Today's world: what the command line names, else what the plan was made from. The logs are no source of it. */
async function todayOf(sources: readonly string[], options: RehearseCommandOptions, ofPlan: Cluster): Promise<Cluster> {
  const named = sources.length > 0 || options.hostRoot.length > 0;
  const live = options.kubeconfig !== undefined || options.context !== undefined;
  return named || live ? collectCluster(sources, { ...options, auditLog: [] }) : ofPlan;
}

async function keepDifferences(
  today: Cluster,
  plan: Plan,
  { settled }: Rehearsed,
  keep: readonly string[],
  out: string,
): Promise<Plan> {
  const chosen = keep.map((id) => {
    const found = settled.find(({ difference }) => difference.id === id);
    if (found !== undefined) return found;
    const ids = settled.slice(0, 10).map(({ difference }) => difference.id);
    throw new UsageError(
      `--keep ${id}: no difference of this plan has that id`,
      ids.length === 0
        ? 'the plan changes no outcome'
        : `the ids are ${ids.join(', ')}${settled.length > ids.length ? ', …' : ''}`,
    );
  });
  const revised = revisePlan(today, plan, revisionOf(plan, chosen));
  try {
    await writePlan(today, revised, out);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    if (reason === undefined) throw error;
    throw new UsageError(`${out}: ${reason}`, 'choose another folder for --out');
  }
  return revised;
}

/** Says what became of what was to be kept: the revised plan was rehearsed, so that it is known. */
function sayKept({ settled }: Rehearsed, keep: readonly string[], out: string): void {
  const still = keep.filter((id) => settled.some(({ difference }) => difference.id === id));
  const kept = keep.filter((id) => !still.includes(id));
  process.stderr.write(`wrote ${out}: ${kept.length === 0 ? 'nothing' : kept.join(', ')} kept; this is its rehearsal\n`);
  if (still.length > 0)
    process.stderr.write(`${still.join(', ')}: still otherwise with the exception; look at what it says now\n`);
}

function nextOf(folder: string, { out, auditLog }: RehearseCommandOptions, { settled }: Rehearsed): string {
  const plan = out ?? folder;
  const [first] = settled;
  if (first === undefined) return `bulwark sandbox ${plan}, then bulwark apply ${plan}`;
  const log = auditLog.map((path) => `--audit-log ${path} `).join('');
  return `bulwark rehearse ${plan} ${log}--keep ${first.difference.id} --out kept`;
}
