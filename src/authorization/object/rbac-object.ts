import { parseJsonText } from '../../cluster/decode/json-text.ts';
import type { FieldError } from '../../cluster/decode/field-errors.ts';
import { aggregate, printPath } from '../../cluster/decode/field-errors.ts';
import { unmarshal } from '../../cluster/decode/unmarshal.ts';
import { goQuote } from '../../cluster/go-quote.ts';
import type { Json, JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt, stringsAt } from '../../cluster/json.ts';
import { rbacGroup } from '../rbac/objects.ts';
import { rbacKinds } from './types.ts';
import { rbacFaults } from './validation.ts';

/** The server's answer to an object that is sent to it. */
export type RbacObjectAnswer =
  | { readonly valid: true; readonly object: JsonObject }
  | { readonly valid: false; readonly code: 400 | 422; readonly reason: 'BadRequest' | 'Invalid'; readonly message: string };

/** Whether a kind is one of the four of RBAC. */
export function isRbacKind(kind: string | undefined): kind is 'Role' | 'ClusterRole' | 'RoleBinding' | 'ClusterRoleBinding' {
  return kind !== undefined && Object.hasOwn(rbacKinds, kind);
}

/** Why an RBAC object cannot be decoded: the message of the 400, or `undefined`. */
export function rbacDecodeError(object: JsonObject): string | undefined {
  const kind = stringAt(object['kind']);
  const type = kind === undefined || !isRbacKind(kind) ? undefined : rbacKinds[kind];
  if (kind === undefined || type === undefined) return 'the object is no Role, ClusterRole, RoleBinding or ClusterRoleBinding';
  const decoded = unmarshal(parseJsonText(JSON.stringify(object)), type, false);
  if (!('message' in decoded)) return undefined;
  return `${kind} in version "v1" cannot be handled as a ${kind}: ${decoded.message}`;
}

/** Fills in what the server does: API groups of the role and of subjects (K:pkg/apis/rbac/v1/defaults.go). */
export function withDefaults(object: JsonObject): JsonObject {
  const kind = stringAt(object['kind']) ?? '';
  if (kind !== 'RoleBinding' && kind !== 'ClusterRoleBinding') return object;
  const ref = objectAt(object['roleRef']);
  const subjects = listAt(object['subjects']).map((item) => {
    const subject = objectAt(item);
    const named = stringAt(subject['kind']) === 'User' || stringAt(subject['kind']) === 'Group';
    return named && (stringAt(subject['apiGroup']) ?? '') === '' ? { ...subject, apiGroup: rbacGroup } : subject;
  });
  return { ...object, subjects, roleRef: { ...ref, apiGroup: stringAt(ref['apiGroup']) || rbacGroup } };
}

/** The message of a 422. */
export function invalidMessage(object: JsonObject, faults: readonly FieldError[]): string {
  const name = stringAt(objectAt(object['metadata'])['name']) ?? '';
  const messages = faults.map(({ path, body }) => `${printPath(path)}: ${body}`);
  return `${stringAt(object['kind']) ?? ''}.${rbacGroup} ${goQuote(name)} is invalid: ${aggregate(messages)}`;
}

/** Decides whether an RBAC object is accepted on create, by its own content alone; accepted, the object as it is stored. */
export function answerRbacObject(object: JsonObject, minor: number): RbacObjectAnswer {
  const error = rbacDecodeError(object);
  if (error !== undefined) return { valid: false, code: 400, reason: 'BadRequest', message: error };
  const whole = withDefaults(object);
  const faults = rbacFaults(whole, minor);
  if (faults.length > 0) return { valid: false, code: 422, reason: 'Invalid', message: invalidMessage(object, faults) };
  return { valid: true, object: storedObject(whole) };
}

const keptMetadata = ['name', 'generateName', 'namespace', 'labels', 'annotations', 'ownerReferences', 'finalizers'];

/** The object as a GET shows it, without what the server makes anew for each (uid, times, managedFields). */
export function storedObject(object: JsonObject): JsonObject {
  const metadata = objectAt(object['metadata']);
  const kept = Object.fromEntries(
    keptMetadata.flatMap((name) => (isEmpty(metadata[name]) ? [] : [[name, metadata[name] ?? null] as const])),
  );
  const kind = stringAt(object['kind']) ?? '';
  const head = { kind, apiVersion: `${rbacGroup}/v1`, metadata: kept };
  if (kind === 'Role' || kind === 'ClusterRole') {
    const rules = object['rules'];
    return {
      ...head,
      rules: Array.isArray(rules) ? listAt(rules).map(storedRule) : null,
      ...(isObject(object['aggregationRule']) ? { aggregationRule: object['aggregationRule'] } : {}),
    };
  }
  const subjects = listAt(object['subjects']).map((item) =>
    withoutEmpty(objectAt(item), ['kind', 'apiGroup', 'name', 'namespace']),
  );
  const ref = objectAt(object['roleRef']);
  const text = (name: string) => stringAt(ref[name]) ?? '';
  return {
    ...head,
    ...(subjects.length === 0 ? {} : { subjects }),
    roleRef: { apiGroup: text('apiGroup'), kind: text('kind'), name: text('name') },
  };
}

function storedRule(value: Json): JsonObject {
  const rule = objectAt(value);
  const names = ['apiGroups', 'resources', 'resourceNames', 'nonResourceURLs'];
  return {
    verbs: Array.isArray(rule['verbs']) ? stringsAt(rule['verbs']).slice() : null,
    ...Object.fromEntries(names.flatMap((name) => (isEmpty(rule[name]) ? [] : [[name, rule[name] ?? null] as const]))),
  };
}

function withoutEmpty(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(
    names.flatMap((name) =>
      isEmpty(object[name]) && name !== 'kind' && name !== 'name' ? [] : [[name, object[name] ?? ''] as const],
    ),
  );
}

function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}
