import type { Change, Stage } from '../cluster/change.ts';
import { isObject } from '../cluster/json.ts';
import type { Area } from '../results/verdict.ts';
import { areas } from '../results/verdict.ts';
import type { Step } from './mend.ts';
import { stages } from './mend.ts';
import type { Asked } from './merge.ts';
import { changeKey, mergeChanges } from './merge.ts';
import { isHostChange } from './planned-cluster.ts';
import { appliedOver, isObjectChange, referenceOf } from './planned-objects.ts';

/** A group before it has a number, its files and its words. */
export interface DraftGroup {
  readonly stage: Stage;
  /** Empty for a group of objects. */
  readonly host: string;
  readonly onHost: boolean;
  readonly area: Area;
  /** Namespace of a group of network policies: their allow rules belong together. */
  readonly namespace: string;
  readonly asked: readonly Asked[];
  readonly controls: readonly string[];
  readonly why: readonly string[];
  readonly sideEffects: readonly string[];
  readonly alternatives: readonly string[];
}

interface Slot {
  readonly epoch: number;
  readonly stage: number;
  readonly round: number;
}

/**
 * Puts steps into groups and orders them: by stage, so that what can refuse comes after what only adds, and what can lock out last; the
 * changes of one stage on one host share a restart; objects go by area, network policies by namespace. The steps of one remedy
 * are in groups of their own, one after the other.
 */
export function groupSteps(steps: readonly Step[]): readonly DraftGroup[] {
  const parts = new Map<string, { slot: Slot; place: GroupPlace; asked: Asked[]; steps: Set<Step> }>();
  for (const { step, slot } of withSlots(steps)) {
    for (const change of step.changes) {
      const place = placeOfChange(change, step);
      const key = JSON.stringify([slot, place]);
      const part = parts.get(key) ?? { slot, place, asked: [], steps: new Set<Step>() };
      parts.set(key, part);
      part.asked.push({ change, controls: [step.control.id] });
      part.steps.add(step);
    }
  }
  const ordered = [...parts.values()].sort((a, b) => compareSlots(a.slot, b.slot) || comparePlaces(a.place, b.place));
  const applied = new Map<string, Extract<Change, { kind: 'apply-object' }>['object']>();
  return ordered.map(({ slot, place, asked, steps: own }) => ({
    stage: stages[slot.stage] ?? 'objects',
    host: place.host,
    onHost: place.onHost,
    area: place.area,
    namespace: place.namespace,
    asked: mergeChanges(asked).map((one) => withFormer(one, applied)),
    controls: unique([...own].map(({ control }) => control.id)),
    why: unique([...own].map(({ control, why }) => `${control.id}: ${why}`)),
    sideEffects: unique([...own].flatMap(({ sideEffects }) => sideEffects)),
    alternatives: unique([...own].flatMap(({ alternatives }) => alternatives ?? [])),
  }));
}

/** A later application of the same field manager keeps the fields of the former: what it leaves out would be removed. */
function withFormer(asked: Asked, applied: Map<string, Extract<Change, { kind: 'apply-object' }>['object']>): Asked {
  const { change } = asked;
  if (change.kind !== 'apply-object') return asked;
  const key = changeKey(change);
  const whole = appliedOver(applied.get(key), change.object);
  if (!isObject(whole)) return asked;
  applied.set(key, whole);
  return { ...asked, change: { ...change, object: whole } };
}

/** The slot of each step: that of its stage, and behind that of the step before it in the same remedy. */
function withSlots(steps: readonly Step[]): readonly { readonly step: Step; readonly slot: Slot }[] {
  const last = new Map<number, Slot>();
  return steps.map((step) => {
    const stage = stages.indexOf(step.stage);
    const former = last.get(step.chain);
    const slot =
      former === undefined
        ? { epoch: 0, stage, round: 0 }
        : stage === former.stage
          ? { ...former, round: former.round + 1 }
          : { epoch: former.epoch + (stage < former.stage ? 1 : 0), stage, round: 0 };
    last.set(step.chain, slot);
    return { step, slot };
  });
}

interface GroupPlace extends Pick<DraftGroup, 'host' | 'onHost' | 'area' | 'namespace'> {
  /** 0: objects, 1: hosts, 2: what a person does once the hosts are changed (approving what kubelets ask for). */
  readonly rank: 0 | 1 | 2;
}

function placeOfChange(change: Change, step: Step): GroupPlace {
  const { area } = step.control;
  if (isHostChange(change)) return { rank: 1, host: change.host, onHost: true, area: 'api-server', namespace: '' };
  const host = change.kind === 'manual' ? (change.host ?? '') : '';
  const namespace = area === 'network' && isObjectChange(change) ? (referenceOf(change).namespace ?? '') : '';
  const onHost = change.kind === 'manual' && change.host !== undefined && step.changes.some(isHostChange);
  const former = step.changes.slice(0, step.changes.indexOf(change));
  const rank = onHost ? 1 : change.kind === 'manual' && former.some(isHostChange) ? 2 : 0;
  return { rank, host, onHost, area: host === '' ? area : 'api-server', namespace };
}

function compareSlots(a: Slot, b: Slot): number {
  return a.epoch - b.epoch || a.stage - b.stage || a.round - b.round;
}

/** Objects before hosts, areas in the catalogue's order, then by name. */
function comparePlaces(a: GroupPlace, b: GroupPlace): number {
  return (
    a.rank - b.rank ||
    areas.indexOf(a.area) - areas.indexOf(b.area) ||
    compareText(a.host, b.host) ||
    compareText(a.namespace, b.namespace)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
