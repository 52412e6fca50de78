import { answerLimitRange } from '../admission/limit-range-object.ts';
import type { ObjectAnswer } from '../admission/object-answer.ts';
import { answerResourceQuota } from '../admission/resource-quota-object.ts';
import { isObject, objectAt, stringAt } from '../cluster/json.ts';
import type { EvalAnswer, EvalEngine } from './engine.ts';

/** Engine `limits-object`: is a LimitRange or ResourceQuota accepted on create, and how is it stored (shapes: docs/limits.md)? */
export const answer: EvalEngine = (input, minor) => {
  const object = input['object'];
  if (!isObject(object)) return { error: { message: 'must be an object', path: 'input.object' } };
  const namespace = stringAt(input['namespace']) ?? stringAt(objectAt(object['metadata'])['namespace']) ?? 'inv';
  if (object['kind'] === 'LimitRange') return toAnswer(answerLimitRange(object, namespace, minor));
  if (object['kind'] === 'ResourceQuota') return toAnswer(answerResourceQuota(object, namespace, minor));
  return { error: { message: 'must be a LimitRange or a ResourceQuota', path: 'input.object.kind' } };
};

function toAnswer(answered: ObjectAnswer): EvalAnswer {
  if (answered.valid) return { result: { valid: true, code: answered.code, object: answered.object } };
  const { code, reason, message } = answered;
  return { result: { valid: false, code, reason, message } };
}
