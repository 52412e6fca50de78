import { answerRbacObject } from '../authorization/object/rbac-object.ts';
import { isObject } from '../cluster/json.ts';
import type { EvalEngine } from './engine.ts';

/** `bulwark eval rbac-object`: is a role or binding accepted on create, and how is it stored (shapes: docs/eval.md)? */
export const answer: EvalEngine = (input, minor) => {
  const object = input['object'];
  if (!isObject(object)) return { error: { message: 'must be an object', path: 'input.object' } };
  const answered = answerRbacObject(object, minor);
  if (answered.valid) return { result: { valid: true, code: 201, object: answered.object } };
  const { code, reason, message } = answered;
  return { result: { valid: false, code, reason, message } };
};
