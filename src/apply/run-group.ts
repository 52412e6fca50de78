import { LiveFault } from '../collect/live/live-fault.ts';
import { renderFiles } from '../plan/files.ts';
import type { Plan, PlanGroup, PlannedChange } from '../plan/plan.ts';
import { isObjectChange } from '../plan/planned-objects.ts';
import { ApplyStop, systemMessage } from './apply-stop.ts';
import type { Baseline } from './gate/gate.ts';
import type { Restart } from './journal.ts';
import { filesInOrder } from './group-files.ts';
import { isImage, makeFolders, stateAt, wantedFile, writeFile } from './host-files.ts';
import { ApiRefusal } from './object-api.ts';
import { changeObject, rehearseObject } from './object-changes.ts';
import { questionOf } from './question.ts';
import { restartComponent } from './restart.ts';
import { rewriteObjects } from './rewrite-objects.ts';
import { rightsOf } from './rights.ts';
import { begunActions, recordsOfGroup, stateOfGroup } from './run-records.ts';
import { undoGroup } from './undo-group.ts';
import type { World } from './world.ts';

/** How a group ended. `stopped`: a person has to do something, then the run is resumed. */
export type GroupEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'undone'; readonly why: readonly string[] }
  | { readonly kind: 'stopped'; readonly why: readonly string[] };

/**
 * Carries one group out: checks that everything still is what the plan saw, makes its changes one by one, and looks whether all is well;
 * takes it back where not. A group that was begun before a crash goes on where it was. Throws ApplyStop where nothing was begun, or
 * what was begun has to wait for a person.
 */
export async function runGroup(world: World, plan: Plan, group: PlanGroup): Promise<GroupEnd> {
  const state = stateOfGroup(world.journal, group.id);
  if (state === 'done') return { kind: 'done' };
  if (state === 'undoing') return undo(world, group, ['it was being taken back when the run ended'], true);
  const rights = rightsOf(plan.groups.slice(plan.groups.indexOf(group) + 1));
  if (state === 'new') {
    await checkGroup(world, plan, group);
    const baseline = await world.gate.baseline(questionOf(world, group.restarts, rights));
    await world.journal.append({ kind: 'group', group: group.id, at: world.now(), baseline, restarts: restartsOf(world, group) });
  }
  try {
    await makeChanges(world, group);
  } catch (error) {
    return afterFailure(world, group, error);
  }
  const result = await world.gate.check(
    questionOf(world, hasChanged(world, group) ? group.restarts : [], rights),
    baselineOf(world, group),
  );
  const why = result.kind === 'passed' ? [] : result.why;
  await world.journal.append({ kind: 'gate', group: group.id, ok: result.kind === 'passed', why, at: world.now() });
  if (result.kind === 'failed') return undo(world, group, result.why, result.served);
  for (const note of result.notes) world.say(`  note: ${note}`);
  await world.journal.append({ kind: 'group-done', group: group.id, at: world.now() });
  return { kind: 'done' };
}

/** The components that a group restarts, with what the way back must know of them. */
export function restartsOf(world: World, { restarts }: PlanGroup): readonly Restart[] {
  return restarts.map(({ host, component }) => ({ host, component, manifest: world.manifestPath(host, component) }));
}

function baselineOf(world: World, group: PlanGroup): Baseline {
  const begun = recordsOfGroup(world.journal, group.id).find(({ kind }) => kind === 'group');
  if (begun?.kind === 'group' && begun.baseline !== null) return begun.baseline;
  return { at: world.now(), health: { user: null, readyNodes: null, readyPods: null }, servers: [], failures: null };
}

/** Whether the group changed a file at all: one that was already so restarts nothing. */
function hasChanged(world: World, group: PlanGroup): boolean {
  return begunActions(world.journal, group.id).some(({ action }) => action.kind === 'file');
}

/** Looks at everything that a group will change before the first change is made. */
async function checkGroup(world: World, plan: Plan, group: PlanGroup): Promise<void> {
  const originals = originalsOf(world, plan);
  for (const file of filesInOrder(group, world.host ?? ''))
    if (file.role === 'directory') stateAt(world.root, file.path);
    else wantedFile(world, group, file, originals.get(`${file.host} ${file.path}`));
  for (const planned of group.changes)
    if (isObjectChange(planned.change)) await rehearseObject(world, planned, planned.change).catch(refusedHere);
}

function refusedHere(error: unknown): never {
  if (error instanceof ApiRefusal) throw new ApplyStop(refusalText(error), error.conflicts);
  throw error;
}

function refusalText(error: ApiRefusal): string {
  return error.conflicts.length === 0
    ? error.message
    : `${error.message}; other managers own these fields, and they are not taken from them:`;
}

/** Texts of files as the plan saw them, secrets blanked, by host and path. */
function originalsOf(world: World, plan: Plan): ReadonlyMap<string, string> {
  if (world.cluster === undefined) return new Map();
  return new Map(
    renderFiles(world.cluster, plan).flatMap((file) =>
      file.before === undefined ? [] : [[`${file.host} ${file.path}`, file.before] as const],
    ),
  );
}

async function makeChanges(world: World, group: PlanGroup): Promise<void> {
  await makeFiles(world, group);
  for (const planned of group.changes) await makeChange(world, group.id, planned);
}

async function makeFiles(world: World, group: PlanGroup): Promise<void> {
  const files = filesInOrder(group, world.host ?? '');
  for (const file of files) {
    if (file.role === 'directory') {
      await makeFolders(world, group.id, file.path, file.mode);
      continue;
    }
    const begun = begunActions(world.journal, group.id).find(({ id }) => id === `${group.id} ${file.path}`);
    if (begun?.done === true) continue;
    if (begun?.action.kind === 'file' && isImage(stateAt(world.root, file.path), begun.action.after)) {
      await world.journal.append({ kind: 'done', group: group.id, id: begun.id });
      continue;
    }
    const wanted = wantedFile(world, group, file, undefined);
    if (wanted.kind === 'same') {
      world.say(`  ${file.path} is already so`);
      continue;
    }
    await makeFolders(world, group.id, file.path);
    await writeFile(world, group.id, file.path, wanted);
    world.say(`  ${file.path} is written`);
  }
  await restartWhereNeeded(world, group);
}

/** A component whose own file did not change has to be told to start anew. */
async function restartWhereNeeded(world: World, group: PlanGroup): Promise<void> {
  for (const { host, component } of group.restarts) {
    if (host !== world.host) continue;
    const own = filesInOrder(group, host).find((file) => file.role === 'manifest' && file.component === component);
    const begun = begunActions(world.journal, group.id).filter(({ action }) => action.kind === 'file');
    if (
      begun.length === 0 ||
      (own !== undefined &&
        begun.some(({ action }) => action.kind === 'file' && action.path === own.path && isManifestFile(own.path)))
    )
      continue;
    const commands = await restartComponent(world, group.id, host, component);
    if (commands.length === 0) continue;
    for (const line of commands) world.say(`  run: ${line}`);
    if (!(await world.confirm(`Has ${component} been restarted?`)))
      throw new ApplyStop(`${component} has to be restarted: ${commands.join(' && ')}`);
  }
}

function isManifestFile(path: string): boolean {
  return /\.(?:ya?ml|json|manifest)$/.test(path);
}

async function makeChange(world: World, group: string, planned: PlannedChange): Promise<void> {
  const { change, id } = planned;
  const begun = begunActions(world.journal, group).find((candidate) => candidate.id === id);
  if (begun?.done === true) return;
  if (isObjectChange(change)) {
    await changeObject(world, group, planned, change, begun);
    world.say(`  ${id} is done`);
  } else if (change.kind === 'rewrite-objects') {
    const { resource, apiGroup } = change;
    await world.journal.append({ kind: 'intent', group, id, action: { kind: 'rewrite', resource, apiGroup } });
    const count = await rewriteObjects(world.api, change, {
      progress: (done, of) => world.progress(`rewriting ${resource}`, done, of),
    });
    await world.step(`rewrote ${resource}`);
    await world.journal.append({ kind: 'done', group, id });
    world.say(`  ${count} ${resource} are stored anew`);
  } else if (change.kind === 'manual') {
    world.say(`  by hand: ${change.title}`);
    for (const line of change.commands) world.say(`    ${line}`);
    world.say(`  done when: ${change.done}`);
    if (!(await world.confirm('Is it done?'))) throw new ApplyStop(`"${change.title}" has to be done by hand first`);
    await world.journal.append({ kind: 'intent', group, id, action: { kind: 'manual', title: change.title } });
    await world.journal.append({ kind: 'done', group, id });
  }
}

/** A refusal or a full disk in the middle of a group: what was made is taken back. Where nobody knows what happened, it waits. */
async function afterFailure(world: World, group: PlanGroup, error: unknown): Promise<GroupEnd> {
  if (error instanceof ApplyStop) return { kind: 'stopped', why: [error.message, ...error.detail] };
  if (error instanceof ApiRefusal)
    return error.unsure
      ? {
          kind: 'stopped',
          why: [error.message, 'no answer came, so nobody knows whether the server did it; --resume looks and goes on'],
        }
      : undo(world, group, [refusalText(error), ...error.conflicts], false);
  if (error instanceof LiveFault) return { kind: 'stopped', why: [`${error.gap.source}: ${error.gap.reason}`] };
  if (error instanceof Error && 'code' in error)
    return undo(world, group, [systemMessage(error, 'path' in error ? String(error.path) : group.id)], false);
  throw error;
}

async function undo(world: World, group: PlanGroup, why: readonly string[], served: boolean): Promise<GroupEnd> {
  for (const line of why) world.say(`  failed: ${line}`);
  world.say(`taking ${group.id} back`);
  try {
    const result = await undoGroup(world, { group: group.id, by: 'gate', why: why.join('; '), restarts: group.restarts, served });
    if (result.kind === 'passed') return { kind: 'undone', why };
    return { kind: 'stopped', why: [...why, 'everything is put back, and the server is still not well:', ...result.why] };
  } catch (error) {
    if (error instanceof ApplyStop)
      return { kind: 'stopped', why: [...why, `taking it back stopped: ${error.message}`, ...error.detail] };
    if (error instanceof LiveFault || error instanceof ApiRefusal)
      return { kind: 'stopped', why: [...why, `taking it back stopped: ${error.message}`] };
    throw error;
  }
}
