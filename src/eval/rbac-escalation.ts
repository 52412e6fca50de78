import { answerRbacWrite } from '../authorization/escalation/write.ts';
import type { Json } from '../cluster/json.ts';
import { objectAt, stringAt } from '../cluster/json.ts';
import { parseDocuments } from '../cluster/yaml/parse.ts';
import type { EvalEngine } from './engine.ts';
import { rbacStateOf, userOf } from './rbac-input.ts';

/** `bulwark eval rbac-escalation`: may this user write this role or binding (shapes: docs/eval.md)? */
export const answer: EvalEngine = (input, minor) => {
  const user = userOf(input['user']);
  if ('bad' in user) return user.bad;
  const request = objectAt(input['request']);
  const [method, path] = [stringAt(request['method']), stringAt(request['path'])];
  if (method === undefined) return { error: { message: 'must be a text', path: 'input.request.method' } };
  if (path === undefined) return { error: { message: 'must be a text', path: 'input.request.path' } };
  const contentType = stringAt(request['contentType']);
  const body = bodyOf(request['body']);
  const { compiled, manifests } = rbacStateOf(input);
  const answered = answerRbacWrite({ rbac: compiled, manifests, minor }, user, {
    method,
    path,
    ...(contentType === undefined ? {} : { contentType }),
    ...(body === undefined ? {} : { body }),
  });
  if (answered.kind === 'unknown') return { unknown: answered.why };
  if (answered.kind === 'allowed') return { result: { allowed: true, code: answered.code } };
  const { code, reason, message } = answered;
  return { result: { allowed: false, code, reason, message } };
};

/** A body is JSON, or the text of it (JSON or YAML). */
function bodyOf(body: Json | undefined): Json | undefined {
  return typeof body === 'string' ? parseDocuments(body, 'body').documents[0]?.value : body;
}
