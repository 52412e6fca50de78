import { withRbac } from '../authorization/chain.ts';
import type { RbacObjects } from '../authorization/rbac/objects.ts';
import { rbacGroup } from '../authorization/rbac/objects.ts';
import type { ObjectReference } from '../cluster/change.ts';
import type { Plan, PlannedChange } from '../plan/plan.ts';
import { isObjectChange, objectKey, referenceOf } from '../plan/planned-objects.ts';
import { changesOf } from './causes.ts';
import type { World } from './world.ts';

/**
 * Makes the planned world without one change of an RBAC object: that object is as it is today, everything else stays. A shorter way than
 * through the whole cluster; `undefined` for other changes, and where several changes are of one object.
 */
export function withoutRbacChange(plan: Plan, today: World, planned: World): (change: PlannedChange) => World | undefined {
  const counts = new Map<string, number>();
  for (const { change } of changesOf(plan)) {
    if (!isObjectChange(change)) continue;
    const key = objectKey(referenceOf(change));
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return ({ change }) => {
    if (!isObjectChange(change)) return undefined;
    const reference = referenceOf(change);
    if (!reference.apiVersion.startsWith(`${rbacGroup}/`) || counts.get(objectKey(reference)) !== 1) return undefined;
    const rbac = swapped(planned.authorization.world.rbac, today.authorization.world.rbac, reference);
    return { ...planned, authorization: withRbac(planned.authorization, rbac) };
  };
}

/** The objects with one of them as it is in others. */
function swapped(objects: RbacObjects, others: RbacObjects, { kind, name, namespace = '' }: ObjectReference): RbacObjects {
  const isIt = (one: { readonly kind: string; readonly name: string; readonly namespace: string }): boolean =>
    one.name === name && one.kind === kind && one.namespace === namespace;
  const swap = <T extends { readonly kind: string; readonly name: string; readonly namespace: string }>(
    own: readonly T[],
    theirs: readonly T[],
  ): readonly T[] => [...own.filter((one) => !isIt(one)), ...theirs.filter(isIt)];
  return kind.endsWith('Binding')
    ? { roles: objects.roles, bindings: swap(objects.bindings, others.bindings) }
    : { roles: swap(objects.roles, others.roles), bindings: objects.bindings };
}
