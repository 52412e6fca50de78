import { forbiddenMessage } from '../authorization/forbidden.ts';
import { isPrivileged } from '../authorization/privileged-group.ts';
import { authorize } from '../authorization/rbac/rbac.ts';
import { requestInfo } from '../authorization/request-info.ts';
import { toldByRbac } from '../authorization/told-reason.ts';
import { objectAt, stringAt } from '../cluster/json.ts';
import type { EvalEngine } from './engine.ts';
import { rbacStateOf, userOf } from './rbac-input.ts';

/** `bulwark eval rbac-request`: is this HTTP request authorized, and what does the 403 say (shapes: docs/eval.md)? */
export const answer: EvalEngine = (input, minor) => {
  const user = userOf(input['user']);
  if ('bad' in user) return user.bad;
  const request = objectAt(input['request']);
  const [method, path] = [stringAt(request['method']), stringAt(request['path'])];
  if (method === undefined) return { error: { message: 'must be a text', path: 'input.request.method' } };
  if (path === undefined) return { error: { message: 'must be a text', path: 'input.request.path' } };
  const { attributes, error } = requestInfo(method, path);
  if (error !== undefined) return { result: { allowed: false, error } };
  if (isPrivileged(user)) return { result: { allowed: true } };
  const decision = authorize(rbacStateOf(input).compiled, user, attributes);
  if (decision.kind === 'allow') return { result: { allowed: true, reason: decision.reason } };
  return {
    result: { allowed: false, message: forbiddenMessage(user.username, attributes, toldByRbac(decision.reason, minor), minor) },
  };
};
