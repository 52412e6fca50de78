import type { Json } from '../cluster/json.ts';
import { changedFields } from './objects/changed-fields.ts';
import type { ObjectSets } from './objects/object-sets.ts';
import type { Outcome } from './objects/outcome.ts';
import type { ChangedObject, RefusedObject, SandboxResult } from './result.ts';

const mostFields = 12;

/** What one server said to the objects of its world. */
export interface AskedWorld {
  readonly sets: ObjectSets;
  readonly outcomes: ReadonlyMap<string, Outcome>;
}

/**
 * Compares what today's server and the planned one say to the same objects; `today` is absent where only one was asked, or today's does
 * not start. Pure.
 */
export function compareObjects(today: AskedWorld | undefined, planned: AskedWorld): SandboxResult['objects'] {
  const outcomes = [...planned.outcomes.values()];
  const refusedOf = (kind: Outcome['kind']): readonly RefusedObject[] =>
    outcomes
      .filter((outcome) => outcome.kind === kind)
      .map((outcome) => ({
        object: outcome.object.name,
        ...(outcome.object.place === undefined ? {} : { place: outcome.object.place }),
        message: outcome.message ?? '',
        today: todays(today, outcome.object.key),
      }));
  return {
    asked: outcomes.length,
    accepted: outcomes.filter(({ kind }) => kind === 'accepted').length,
    refused: refusedOf('refused'),
    unknown: [...refusedOf('unknown'), ...refusedOf('not-served')],
    mended: outcomes
      .filter(({ kind, object }) => kind === 'accepted' && today?.outcomes.get(object.key)?.kind === 'refused')
      .map(({ object }) => object.name),
    changed:
      today === undefined ? [] : outcomes.flatMap((outcome) => changedObject(today.outcomes.get(outcome.object.key), outcome)),
    warned: outcomes.flatMap(({ object, warnings }) =>
      warnings
        .filter((warning) => today?.outcomes.get(object.key)?.warnings.includes(warning) !== true)
        .map((warning) => ({ object: object.name, warning })),
    ),
    skipped: planned.sets.skipped,
    standIns: planned.sets.stored.filter(({ standIn }) => standIn === true).map(({ name }) => name),
  };
}

/** Whether a refusal is one that the plan brings, or that nothing excuses. */
export function isNewRefusal({ today }: RefusedObject): boolean {
  return today !== 'refused' && today !== 'unknown';
}

function todays(today: AskedWorld | undefined, key: string): RefusedObject['today'] {
  if (today === undefined) return 'not-asked';
  const kind = today.outcomes.get(key)?.kind;
  if (kind === undefined) return 'absent';
  return kind === 'not-served' ? 'unknown' : kind;
}

function changedObject(before: Outcome | undefined, after: Outcome): readonly ChangedObject[] {
  if (before?.kind !== 'accepted' || after.kind !== 'accepted') return [];
  const fields = changedFields(before.answer, after.answer);
  if (fields.length === 0) return [];
  const same = changedFields(before.object.manifest as Json, after.object.manifest as Json).length === 0;
  const { name, place } = after.object;
  return [
    {
      object: name,
      ...(place === undefined ? {} : { place }),
      by: same ? 'admission' : 'plan',
      fields: fields.slice(0, mostFields),
      more: Math.max(0, fields.length - mostFields),
    },
  ];
}
