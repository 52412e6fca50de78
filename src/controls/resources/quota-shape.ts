import type { FieldPath, JsonObject } from '../../cluster/json.ts';
import { objectAt } from '../../cluster/json.ts';
import { isQuantityError, quantityFromJson } from '../../cluster/quantity.ts';
import type { Shape } from '../../cluster/shape.ts';
import { misfitOf } from '../../cluster/shape.ts';

const quotaSpec: Shape = {
  members: {
    hard: 'object',
    scopes: { list: 'string' },
    scopeSelector: { members: { matchExpressions: { list: 'object' } } },
  },
};

/** Finds the field of a ResourceQuota because of which no server would take it: a wrong type, or a value that is no quantity. */
export function unreadableQuotaField(quota: JsonObject): FieldPath | undefined {
  const field = misfitOf(quota['spec'], quotaSpec);
  if (field !== undefined) return ['spec', ...field];
  const hard = objectAt(objectAt(quota['spec'])['hard']);
  const wrong = Object.keys(hard).find((name) => isQuantityError(quantityFromJson(hard[name])));
  return wrong === undefined ? undefined : ['spec', 'hard', wrong];
}
