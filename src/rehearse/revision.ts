import type { Change } from '../cluster/change.ts';
import type { KeptFinding, Plan } from '../plan/plan.ts';
import type { Revision } from '../plan/revise-plan.ts';
import { changesOf } from './causes.ts';
import type { Settled } from './differences.ts';

/** What a plan has to be changed by so that these differences do not come about. */
export function revisionOf(plan: Plan, kept: readonly Settled[]): Revision {
  const planned = new Map(changesOf(plan).map(({ id, change }) => [id, change]));
  const leaveOut = new Set(kept.flatMap(({ exception }) => exception.leaveOut));
  const replace = new Map<string, Change>();
  const add: { readonly change: Change; readonly why: string }[] = [];
  for (const { difference, exception } of kept) {
    for (const { id, revise } of exception.replace) {
      const change = replace.get(id) ?? planned.get(id);
      if (change !== undefined) replace.set(id, revise(change));
    }
    for (const change of exception.add)
      add.push({ change, why: `${difference.who.user} goes on: ${difference.what} (${difference.id})` });
  }
  return { leaveOut, replace, add, kept: [...new Map(kept.flatMap((one) => keptFindings(plan, one))).values()] };
}

function keptFindings(plan: Plan, { difference, exception }: Settled): readonly (readonly [string, KeptFinding])[] {
  const touched = new Set([...exception.leaveOut, ...exception.replace.map(({ id }) => id)]);
  const controls = new Set(changesOf(plan).flatMap((one) => (touched.has(one.id) ? one.controls : [])));
  const { who, what, id } = difference;
  return [...controls].map((control) => {
    const why = `kept for ${who.user}: ${what} (${id}); ${exception.text}`;
    return [`${control} ${id}`, { control, subject: who.user, kind: 'stays', why }];
  });
}
