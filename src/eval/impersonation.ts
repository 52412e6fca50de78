import type { User } from '../authentication/user.ts';
import type { Attributes } from '../authorization/attributes.ts';
import { forbiddenMessage } from '../authorization/forbidden.ts';
import type { ImpersonationMode } from '../authorization/impersonation/impersonation.ts';
import { impersonate } from '../authorization/impersonation/impersonation.ts';
import type { Headers, WantedUser } from '../authorization/impersonation/wanted-user.ts';
import { constrainedSince, nobodyMessage, wantedUserOf } from '../authorization/impersonation/wanted-user.ts';
import { isPrivileged } from '../authorization/privileged-group.ts';
import { authorize, namespacesOf, rulesFor } from '../authorization/rbac/rbac.ts';
import type { CompiledRbac } from '../authorization/rbac/rbac.ts';
import { requestInfo } from '../authorization/request-info.ts';
import { toldByRbac } from '../authorization/told-reason.ts';
import type { JsonObject } from '../cluster/json.ts';
import { objectAt, stringAt, stringsAt } from '../cluster/json.ts';
import type { EvalEngine } from './engine.ts';
import { rbacStateOf, userOf } from './rbac-input.ts';

/** What a server remembers: by which mode a caller was last let in. Lines that share their objects are one server's, in their order. */
const memories = new WeakMap<CompiledRbac, Map<string, ImpersonationMode>>();

/** `bulwark eval impersonation`: a request with impersonation headers, and whom it is then made by (shapes: docs/eval.md). */
export const answer: EvalEngine = (input, minor) => {
  const caller = userOf(input['user']);
  if ('bad' in caller) return caller.bad;
  const request = objectAt(input['request']);
  const [method, path] = [stringAt(request['method']), stringAt(request['path'])];
  if (method === undefined) return { error: { message: 'must be a text', path: 'input.request.method' } };
  if (path === undefined) return { error: { message: 'must be a text', path: 'input.request.path' } };
  const { compiled } = rbacStateOf(input);
  const ask = (user: User, attributes: Attributes): string | undefined => {
    if (isPrivileged(user)) return undefined;
    const decision = authorize(compiled, user, attributes);
    return decision.kind === 'allow' ? undefined : toldByRbac(decision.reason, minor);
  };
  const { attributes } = requestInfo(method, path);
  const wanted = wantedUserOf(headersOf(objectAt(input['impersonate'])));
  if (wanted === undefined) return answerAs(ask, caller, attributes, method, minor);
  if ('nobody' in wanted) {
    const constrained = minor >= constrainedSince;
    const message = nobodyMessage(wanted.nobody, minor);
    if (constrained) return { result: { allowed: false, code: 400, reason: 'BadRequest', message } };
    return { result: { allowed: false, code: 500, message: `Internal Server Error: "${path}": ${message}\n` } };
  }
  const memory = memories.get(compiled) ?? new Map<string, ImpersonationMode>();
  memories.set(compiled, memory);
  const answered = impersonate(
    ask,
    caller,
    wanted,
    attributes,
    minor,
    memory.get(caller.username) ?? likelyMode(compiled, caller, wanted),
  );
  if (answered.kind === 'refused')
    return { result: { allowed: false, code: 403, reason: 'Forbidden', message: answered.message } };
  memory.set(caller.username, answered.mode);
  return answerAs(ask, answered.user, attributes, method, minor);
};

/**
 * A server tells the refusal of the mode that last let the caller in. Where no line before says which, a caller who may be such a user (an
 * account, anybody else) by the classic verb somewhere is taken to have been one.
 */
function likelyMode(compiled: CompiledRbac, caller: User, wanted: WantedUser): ImpersonationMode | undefined {
  const resource = wanted.username.startsWith('system:serviceaccount:') ? ['serviceaccounts', 'users'] : ['users'];
  const classic = ['', ...namespacesOf(compiled, caller)].some((namespace) =>
    rulesFor(compiled, caller, namespace).rules.some(
      ({ verbs, apiGroups, resources }) =>
        verbs.some((verb) => verb === 'impersonate' || verb === '*') &&
        apiGroups.some((group) => group === '' || group === '*') &&
        resources.some((name) => name === '*' || resource.includes(name)),
    ),
  );
  return classic ? 'legacy' : undefined;
}

function headersOf(impersonate: JsonObject): Headers {
  const headers = new Map<string, readonly string[]>();
  const text = (name: string) => stringAt(impersonate[name]);
  if (text('user') !== undefined) headers.set('impersonate-user', [text('user') ?? '']);
  if (text('uid') !== undefined) headers.set('impersonate-uid', [text('uid') ?? '']);
  if (impersonate['groups'] !== undefined) headers.set('impersonate-group', stringsAt(impersonate['groups']));
  for (const [name, value] of Object.entries(objectAt(impersonate['extra'])))
    headers.set(`impersonate-extra-${name.toLowerCase()}`, typeof value === 'string' ? [value] : stringsAt(value));
  return headers;
}

function answerAs(
  ask: (user: User, attributes: Attributes) => string | undefined,
  user: User,
  attributes: Attributes,
  method: string,
  minor: number,
): ReturnType<EvalEngine> {
  const reason = ask(user, attributes);
  const { username, groups, uid, extra } = user;
  const shown: JsonObject = {
    username,
    groups: [...groups],
    ...(uid === undefined ? {} : { uid }),
    ...(extra === undefined
      ? {}
      : { extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]])) }),
  };
  if (reason === undefined) return { result: { allowed: true, code: method === 'POST' ? 201 : 200, user: shown } };
  return {
    result: {
      allowed: false,
      code: 403,
      reason: 'Forbidden',
      message: forbiddenMessage(username, attributes, reason, minor),
      user: shown,
    },
  };
}
