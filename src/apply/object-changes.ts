import type { JsonObject } from '../cluster/json.ts';
import { isObject, objectAt, stringAt } from '../cluster/json.ts';
import type { PlannedChange } from '../plan/plan.ts';
import type { ObjectChange } from '../plan/planned-objects.ts';
import { afterPatch, mergePatch, objectIn, objectKey, referenceOf } from '../plan/planned-objects.ts';
import { withoutServerFields } from '../plan/without-server-fields.ts';
import { ApplyStop } from './apply-stop.ts';
import type { Action, Recorded } from './journal.ts';
import { nameOf, type ObjectApi } from './object-api.ts';
import {
  holdsBlanked,
  holdsIn,
  objectDifference,
  patchBetween,
  sameBlanked,
  sameObject,
  touchedPart,
} from './object-difference.ts';
import { patchAsItIs } from './patch-as-it-is.ts';
import type { BegunAction } from './run-records.ts';
import type { World } from './world.ts';

type ObjectAction = Extract<Action, { kind: 'object' }>;

/** What the server said to a change without storing it. */
export interface Rehearsed {
  readonly live: JsonObject | undefined;
  readonly after: JsonObject | undefined;
  /** Nothing to do: the object is already so. */
  readonly same: boolean;
}

/**
 * Checks that an object still is what the plan saw (or what this run left), and asks the server to do the change without storing it.
 * Throws ApplyStop with the difference, or ApiRefusal with the server's words.
 */
export async function rehearseObject(
  world: Pick<World, 'api' | 'cluster'> & Recorded,
  planned: PlannedChange,
  change: ObjectChange,
): Promise<Rehearsed> {
  const live = await world.api.read(referenceOf(change));
  const after = await rehearsed(world.api, change, live);
  const same = after === undefined ? live === undefined : live !== undefined && sameObject(live, after);
  if (!same) checkBefore(world, planned, change, live);
  return { live, after, same };
}

async function rehearsed(api: ObjectApi, change: ObjectChange, live: JsonObject | undefined): Promise<JsonObject | undefined> {
  const dryRun = { dryRun: true };
  if (change.kind === 'apply-object') return api.apply(change.object, dryRun);
  if (change.kind === 'patch-object') {
    if (live === undefined) throw new ApplyStop(`${nameOf(change.object)} is to be patched and is not there: plan again`);
    return patchAsItIs(api, change.object, live, (now) => patchFor(change, now), dryRun);
  }
  if (live !== undefined) await api.remove(change.object, uidOf(live), dryRun);
  return undefined;
}

/** The JSON merge patch to send: a strategic one is made whole from the live object, whose lists hold what the plan's copy has blanked. */
function patchFor(change: Extract<ObjectChange, { kind: 'patch-object' }>, live: JsonObject): JsonObject {
  if (change.strategic !== true) return change.patch;
  const after = afterPatch(live, change);
  return isObject(after) ? patchBetween(live, after) : change.patch;
}

function checkBefore(
  world: Pick<World, 'cluster'> & Recorded,
  { before }: PlannedChange,
  change: ObjectChange,
  live: JsonObject | undefined,
): void {
  const reference = referenceOf(change);
  const name = nameOf(reference);
  const left = lastLeft(world, objectKey(reference));
  if (live !== undefined && left !== undefined && sameObject(live, left)) return;
  if (before.kind === 'no-object' && live !== undefined)
    throw new ApplyStop(
      `${name} did not exist when the plan was made, and now it does: plan again`,
      objectDifference(undefined, live, { before: 'as planned from', after: 'now' }),
    );
  if (before.kind !== 'object') return;
  // What a file says is less than what the server keeps: its defaults are no change.
  const seen = world.cluster === undefined ? undefined : objectIn(world.cluster.objects, reference);
  const same =
    live !== undefined && (sameBlanked(before.object, live) || (seen?.seenIn === 'file' && holdsBlanked(before.object, live)));
  if (same) return;
  throw new ApplyStop(
    `${name} has changed since the plan was made: plan again`,
    objectDifference(before.object, live, { before: `${name} (as planned from)`, after: `${name} (now)` }),
  );
}

/** The object as this run's last change left it. */
function lastLeft({ journal }: Recorded, key: string): JsonObject | undefined {
  const ids = journal.records.flatMap((record) =>
    record.kind === 'intent' && record.action.kind === 'object' && objectKey(record.action.object) === key ? [record.id] : [],
  );
  const done = journal.records.findLast((record) => record.kind === 'done' && ids.includes(record.id));
  return done?.kind === 'done' ? (done.after ?? undefined) : undefined;
}

/** Makes a change of an object, journalled. After a crash it goes on from what the server holds. Throws ApplyStop or ApiRefusal. */
export async function changeObject(
  world: World,
  group: string,
  planned: PlannedChange,
  change: ObjectChange,
  begun: BegunAction | undefined,
): Promise<void> {
  const reference = referenceOf(change);
  const intended = begun?.action.kind === 'object' ? begun.action : undefined;
  if (intended === undefined) {
    const { live, same } = await rehearseObject(world, planned, change);
    if (same) {
      world.say(`  ${nameOf(reference)} is already so`);
      return;
    }
    const operation = change.kind === 'apply-object' ? 'apply' : change.kind === 'patch-object' ? 'patch' : 'delete';
    const wanted =
      change.kind === 'apply-object' ? change.object : change.kind === 'patch-object' ? patchFor(change, live ?? {}) : null;
    const action: ObjectAction = { kind: 'object', operation, object: reference, before: live ?? null, wanted };
    await world.journal.append({ kind: 'intent', group, id: planned.id, action });
    await world.step(`before ${operation} ${nameOf(reference)}`);
    const after = await made(world, change, live);
    await finished(world, group, planned.id, after);
    return;
  }
  await finished(world, group, planned.id, await again(world, change, intended));
}

async function finished(world: World, group: string, id: string, after: JsonObject | undefined): Promise<void> {
  await world.step(`after object ${id}`);
  await world.journal.append({ kind: 'done', group, id, after: after ?? null });
}

async function made({ api }: World, change: ObjectChange, live: JsonObject | undefined): Promise<JsonObject | undefined> {
  const now = { dryRun: false };
  if (change.kind === 'apply-object') return api.apply(change.object, now);
  if (change.kind === 'patch-object')
    return patchAsItIs(api, change.object, live ?? {}, (current) => patchFor(change, current), now);
  if (live !== undefined) await api.remove(change.object, uidOf(live), now);
  return undefined;
}

/** The same once more, after a crash or a lost connection: nobody knows whether the server had done it. */
async function again(world: World, change: ObjectChange, intended: ObjectAction): Promise<JsonObject | undefined> {
  const live = await world.api.read(intended.object);
  const { before } = intended;
  if (change.kind === 'delete-object') {
    if (live !== undefined && before !== null && uidOf(live) !== uidOf(before))
      throw new ApplyStop(`${nameOf(intended.object)} was made anew by somebody while the run was interrupted`);
    return made(world, change, live);
  }
  const wanted = intended.wanted ?? {};
  if (live !== undefined && holdsIn(wanted, live)) return live;
  const untouched = before === null ? live === undefined : live !== undefined && sameObject(before, live);
  if (!untouched)
    throw new ApplyStop(
      `${nameOf(intended.object)} was changed by somebody while the run was interrupted`,
      objectDifference(before ?? undefined, live, { before: 'before the run', after: 'now' }),
    );
  return made(world, change, live);
}

/**
 * Takes the change of an object back: removes what was created, makes anew what was deleted, and gives the fields that were changed their
 * former values; other fields stay as they are now. Refuses with the difference where somebody changed those since. Throws ApplyStop.
 */
export async function restoreObject(world: World, begun: BegunAction, action: ObjectAction): Promise<void> {
  const { api } = world;
  const { before, object } = action;
  const live = await api.read(object);
  const now = { dryRun: false };
  if (before === null) {
    if (live === undefined) return;
    const left = begun.after ?? undefined;
    const ours = left === undefined ? holdsIn(action.wanted ?? {}, live) : uidOf(left) === uidOf(live) && sameObject(left, live);
    if (!ours) throw changedSince(action, left, live);
    await api.remove(object, uidOf(live), now);
    return;
  }
  if (live === undefined) {
    // A change that was to delete did so; one that was not finds that somebody else did.
    if (action.operation !== 'delete') throw changedSince(action, begun.after ?? undefined, live);
    await api.create(withoutServerFields(before), now);
    return;
  }
  if (action.operation === 'delete') {
    if (!sameObject(before, live)) throw changedSince(action, undefined, live);
    return;
  }
  const left = begun.after ?? afterUnseen(action, before, live);
  if (left === undefined) return;
  const patch = patchBetween(left, before);
  if (Object.keys(patch).length === 0 || sameTouched(live, before, patch)) return;
  if (!sameTouched(live, left, patch)) throw changedSince(action, left, live);
  await patchAsItIs(api, object, live, () => patch, now);
}

/** What a change left of which no answer was noted: today's object where it holds what was wanted; `undefined`: it was never made. */
function afterUnseen(action: ObjectAction, before: JsonObject, live: JsonObject): JsonObject | undefined {
  if (sameObject(before, live)) return undefined;
  const merged = mergePatch(before, action.wanted ?? {});
  return holdsIn(action.wanted ?? {}, live) ? live : isObject(merged) ? merged : undefined;
}

function sameTouched(one: JsonObject, other: JsonObject, patch: JsonObject): boolean {
  return sameObject({ metadata: {}, part: touchedPart(one, patch) }, { metadata: {}, part: touchedPart(other, patch) });
}

function changedSince({ object, before }: ObjectAction, left: JsonObject | undefined, live: JsonObject | undefined): ApplyStop {
  const name = nameOf(object);
  const compared = left ?? before ?? undefined;
  return new ApplyStop(
    `${name} was changed by somebody since it was applied: give it the fields that the run left (the lines with -), or remove the change, and call rollback once more`,
    objectDifference(compared, live, { before: `${name} (as the run left it)`, after: `${name} (now)` }),
  );
}

function uidOf(object: JsonObject): string {
  return stringAt(objectAt(object['metadata'])['uid']) ?? '';
}
