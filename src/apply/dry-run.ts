import { redactHostText } from '../collect/redact.ts';
import { LiveFault } from '../collect/live/live-fault.ts';
import { describeChange } from '../plan/describe.ts';
import { renderFiles } from '../plan/files.ts';
import type { Plan, PlanGroup, PlannedChange } from '../plan/plan.ts';
import { isObjectChange, objectKey, referenceOf } from '../plan/planned-objects.ts';
import { ApplyStop } from './apply-stop.ts';
import { unifiedDifference } from './difference.ts';
import { filesInOrder, textAfter } from './group-files.ts';
import { stateAt, wantedFile } from './host-files.ts';
import { ApiRefusal } from './object-api.ts';
import { rehearseObject } from './object-changes.ts';
import { objectDifference } from './object-difference.ts';
import type { Recorded } from './journal.ts';
import type { World } from './world.ts';

/** Everything that a run would do, line by line, and what would stop it. */
export interface DryRun {
  readonly lines: readonly string[];
  readonly faults: readonly string[];
}

type DryWorld = Pick<World, 'root' | 'host' | 'api' | 'cluster'> & Recorded;

/**
 * Says what a run would do and changes nothing: files are compared with what the plan saw and shown as differences (secrets blanked),
 * objects are sent to the server's dry run. What depends on an earlier group is not asked of the server.
 */
export async function dryRun(world: DryWorld, plan: Plan): Promise<DryRun> {
  const lines: string[] = [];
  const faults: string[] = [];
  const texts = new Map<string, string>();
  const changed = new Set<string>();
  for (const group of plan.groups) {
    lines.push(`${group.id}: ${group.title}`);
    if (group.byHand !== undefined)
      lines.push(`  by hand: ${group.byHand.why}`, ...group.byHand.commands.map((line) => `    ${line}`));
    else if (group.host !== undefined && group.host !== world.host)
      lines.push(`  on host ${group.host}`, ...group.changes.map(({ change }) => `    ${describeChange(change)}`));
    else {
      const files = fileLines(world, plan, group, texts);
      lines.push(...files.lines);
      faults.push(...files.faults.map((fault) => `${group.id}: ${fault}`));
      for (const planned of group.changes) {
        const result = await changeLines(world, planned, changed);
        lines.push(...result.lines);
        faults.push(...result.faults.map((fault) => `${planned.id}: ${fault}`));
      }
    }
    for (const { host, component } of group.restarts)
      lines.push(`  restart ${component}${host === '' ? '' : ` on ${host}`}, wait for the gate`);
  }
  return { lines, faults };
}

function fileLines(world: DryWorld, plan: Plan, group: PlanGroup, texts: Map<string, string>): DryRun {
  const lines: string[] = [];
  const faults: string[] = [];
  const originals = new Map(
    world.cluster === undefined ? [] : renderFiles(world.cluster, plan).map((file) => [`${file.host} ${file.path}`, file.before]),
  );
  for (const file of filesInOrder(group, world.host ?? '')) {
    try {
      if (file.role === 'directory') {
        if (stateAt(world.root, file.path).kind === 'absent') lines.push(`  make folder ${file.path}`);
        continue;
      }
      const former = texts.get(file.path);
      const state = stateAt(world.root, file.path);
      const now = former ?? (state.kind === 'file' ? state.bytes.toString('utf8') : undefined);
      if (former === undefined) wantedFile(world, group, file, originals.get(`${file.host} ${file.path}`));
      const after = textAfter(group, file, now);
      if (after.kind === 'refused') throw new ApplyStop(`${file.path} cannot be edited: ${after.why}`);
      texts.set(file.path, after.text);
      if (after.text === now) lines.push(`  ${file.path} is already so`);
      else if (file.secret) lines.push(`  write ${file.path} (holds a key, mode ${file.mode.toString(8).padStart(4, '0')})`);
      else
        lines.push(
          `  ${now === undefined ? 'write' : 'edit'} ${file.path}`,
          ...unifiedDifference(redactHostText(now ?? ''), redactHostText(after.text), {
            before: file.path,
            after: file.path,
          }).map((line) => `    ${line}`),
        );
    } catch (error) {
      if (!(error instanceof ApplyStop)) throw error;
      faults.push(error.message, ...error.detail);
    }
  }
  return { lines, faults };
}

async function changeLines(world: DryWorld, planned: PlannedChange, changed: Set<string>): Promise<DryRun> {
  const { change } = planned;
  if (change.kind === 'manual')
    return { lines: [`  by hand: ${change.title}`, ...change.commands.map((line) => `    ${line}`)], faults: [] };
  if (change.kind === 'rewrite-objects') return { lines: [`  ${describeChange(change)}`], faults: [] };
  if (!isObjectChange(change)) return { lines: [], faults: [] };
  const reference = referenceOf(change);
  const home = objectKey({ apiVersion: 'v1', kind: 'Namespace', name: reference.namespace ?? '' });
  const depends = changed.has(objectKey(reference)) || changed.has(home);
  changed.add(objectKey(reference));
  const head = `  ${describeChange(change)}`;
  if (depends) return { lines: [`${head} (after an earlier group)`], faults: [] };
  try {
    const { live, after, same } = await rehearseObject(world, planned, change);
    const names = { before: 'now', after: 'planned' };
    return {
      lines: [same ? `${head} (already so)` : head, ...objectDifference(live, after, names).map((line) => `    ${line}`)],
      faults: [],
    };
  } catch (error) {
    if (error instanceof ApplyStop) return { lines: [head], faults: [error.message, ...error.detail] };
    if (error instanceof ApiRefusal) return { lines: [head], faults: [error.message, ...error.conflicts] };
    if (error instanceof LiveFault) return { lines: [head], faults: [`${error.gap.source}: ${error.gap.reason}`] };
    throw error;
  }
}
