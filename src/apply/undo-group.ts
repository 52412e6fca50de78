import type { ComponentName } from '../cluster/component.ts';
import { admittedAgain } from './admitted-again.ts';
import { ApplyStop } from './apply-stop.ts';
import type { Baseline, GateResult } from './gate/gate.ts';
import { removeFolder, restoreFile } from './host-files.ts';
import { restoreObject } from './object-changes.ts';
import { nameOf } from './object-api.ts';
import { changedEncryption, passEncryption } from './pass-encryption.ts';
import { questionOf } from './question.ts';
import type { BegunAction } from './run-records.ts';
import { begunActions, recordsOfGroup, stateOfGroup } from './run-records.ts';
import type { World } from './world.ts';

/** Why and how a group is taken back. */
export interface UndoRequest {
  readonly group: string;
  /** `gate`: the run itself, as the group did not pass; `rollback`: a person. */
  readonly by: 'gate' | 'rollback';
  readonly why: string;
  readonly restarts: readonly { readonly host: string; readonly component: ComponentName }[];
  /** Whether a server ran with the new configuration and may have stored something with it. */
  readonly served: boolean;
}

/**
 * Takes a group back, its last change first, and waits until the servers that it restarts are well again. Each step is journalled, so that
 * it goes on after a crash. Encryption is taken back so that no data is lost. Throws ApplyStop where somebody changed something since,
 * or the servers do not come back: what is left is in the journal.
 */
export async function undoGroup(world: World, request: UndoRequest): Promise<GateResult> {
  const { group, restarts } = request;
  const actions = begunActions(world.journal, group).filter(({ undone }) => !undone);
  const encryption = request.served ? changedEncryption(world, group, actions) : undefined;
  const fault = encryption === undefined ? undefined : await world.store.fault();
  if (fault !== undefined && request.by === 'rollback')
    throw new ApplyStop(
      `taking back the encryption of ${encryption?.passage.resources.map(({ name }) => name).join(', ')} would lose what is stored encrypted, and etcd cannot be read to prove that nothing is left: ${fault}`,
      ['nothing was changed; run it where etcd can be reached: on a control-plane host, as root'],
    );
  if (stateOfGroup(world.journal, group) !== 'undoing')
    await world.journal.append({ kind: 'undo', group, by: request.by, why: request.why, at: world.now() });
  if (encryption !== undefined) await passEncryption(world, group, encryption);
  const own = restarts.filter(({ host }) => host === world.host);
  const before = await sights(world, own, group);
  let touchesFiles = false;
  for (const begun of actions.toReversed()) {
    touchesFiles ||= begun.action.kind === 'file';
    await undoAction(world, group, begun);
    await world.step(`undid ${begun.id}`);
    await world.journal.append({ kind: 'undone', group, id: begun.id });
  }
  const result = before === undefined || !touchesFiles ? passed : await recovered(world, own, before);
  if (result.kind === 'passed') await world.journal.append({ kind: 'group-undone', group, at: world.now() });
  return result;
}

const passed: GateResult = { kind: 'passed', notes: [] };

async function undoAction(world: World, group: string, begun: BegunAction): Promise<void> {
  const { action } = begun;
  if (action.kind === 'file') {
    const passages = recordsOfGroup(world.journal, group).flatMap((record) =>
      record.kind === 'passage' && record.path === action.path ? [record.sha256] : [],
    );
    await restoreFile(world, action, new Set(passages));
    world.say(`  ${action.path} is ${action.before.kind === 'absent' ? 'removed' : 'restored'}`);
  } else if (action.kind === 'folder') {
    if (removeFolder(world, action.path)) world.say(`  ${action.path} stays: something was written into it`);
  } else if (action.kind === 'object') {
    await admittedAgain(() => restoreObject(world, begun, action));
    world.say(`  ${nameOf(action.object)} is ${action.before === null ? 'removed' : 'as it was'}`);
  } else if (action.kind === 'manual') world.say(`  by hand: take back what "${action.title}" did, where it changed something`);
}

/** How the servers are before they are put back; `undefined` where nothing restarts. */
async function sights(world: World, restarts: UndoRequest['restarts'], group: string): Promise<Baseline | undefined> {
  if (restarts.length === 0) return undefined;
  const begun = recordsOfGroup(world.journal, group).find(({ kind }) => kind === 'group');
  const original = begun?.kind === 'group' ? begun.baseline : null;
  const health = original?.health ?? { user: null, readyNodes: null, readyPods: null };
  let now: Baseline | undefined;
  try {
    now = await world.gate.baseline(questionOf(world, restarts, []));
  } catch {
    // The server does not answer: whichever answers later is the restored one.
  }
  const servers = (now?.servers ?? []).map((server) => {
    const former = original?.servers.find(({ host, component }) => host === server.host && component === server.component);
    // Never restarted at all: the kubelet sees no change and does not restart it now either.
    const same = JSON.stringify(former?.sight) === JSON.stringify(server.sight);
    return same ? { ...server, sight: { kind: 'unseen' as const, why: 'it had not restarted' } } : server;
  });
  return { at: world.now(), health: original?.health ?? now?.health ?? health, servers, failures: null };
}

async function recovered(world: World, restarts: UndoRequest['restarts'], before: Baseline): Promise<GateResult> {
  for (const { component } of restarts) {
    const units = questionOf(world, restarts, []).servers.find((server) => server.component === component);
    if (units?.manifest === undefined) for (const line of await world.restartUnit(component)) world.say(`  run: ${line}`);
  }
  return world.gate.check(questionOf(world, restarts, []), before);
}
