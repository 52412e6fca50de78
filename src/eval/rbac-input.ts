import type { User } from '../authentication/user.ts';
import type { Attributes } from '../authorization/attributes.ts';
import type { RbacObjects } from '../authorization/rbac/objects.ts';
import { readRbacObjects } from '../authorization/rbac/objects.ts';
import type { CompiledRbac } from '../authorization/rbac/rbac.ts';
import { compileRbac } from '../authorization/rbac/rbac.ts';
import type { Json, JsonObject } from '../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt, stringsAt } from '../cluster/json.ts';
import type { EvalAnswer } from './engine.ts';

/** RBAC objects of a line, ready to answer. */
export interface RbacState {
  readonly objects: RbacObjects;
  readonly compiled: CompiledRbac;
  readonly manifests: readonly JsonObject[];
}

/** Lines that name the same file share its value: it is made ready once. */
const states = new WeakMap<object, RbacState>();

/** Reads `objects`: a List, or a list of objects. What is no RBAC object is passed over. */
export function rbacStateOf(input: JsonObject): RbacState {
  const given = input['objects'];
  const key = typeof given === 'object' && given !== null ? given : input;
  let state = states.get(key);
  if (state === undefined) {
    const items = Array.isArray(given) ? listAt(given) : listAt(objectAt(given)['items']);
    const manifests = items.filter(isObject);
    const objects = readRbacObjects(manifests);
    state = { objects, compiled: compileRbac(objects), manifests };
    states.set(key, state);
  }
  return state;
}

/** Reads `user`: `username`, `groups`, `uid`?, `extra`?; an answer where it has no name. */
export function userOf(value: Json | undefined): User | { readonly bad: EvalAnswer } {
  const user = objectAt(value);
  const username = stringAt(user['username']);
  if (username === undefined) return { bad: { error: { message: 'must name a user', path: 'input.user.username' } } };
  const uid = stringAt(user['uid']);
  const extra = Object.entries(objectAt(user['extra'])).map(([name, values]) => [name, stringsAt(values)] as const);
  return {
    username,
    groups: stringsAt(user['groups']),
    ...(uid === undefined || uid === '' ? {} : { uid }),
    ...(extra.length === 0 ? {} : { extra: Object.fromEntries(extra) }),
  };
}

/** Reads `attributes`: with `path` a non-resource request, else a resource request; an absent member is empty. */
export function attributesOf(value: Json | undefined): Attributes {
  const attributes = objectAt(value);
  const text = (name: string) => stringAt(attributes[name]) ?? '';
  if (typeof attributes['path'] === 'string') return { kind: 'nonResource', verb: text('verb'), path: text('path') };
  return {
    kind: 'resource',
    verb: text('verb'),
    apiGroup: text('apiGroup'),
    resource: text('resource'),
    subresource: text('subresource'),
    name: text('name'),
    namespace: text('namespace'),
  };
}
