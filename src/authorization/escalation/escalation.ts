import type { User } from '../../authentication/user.ts';
import { aggregate } from '../../cluster/decode/field-errors.ts';
import { goQuote } from '../../cluster/go-quote.ts';
import type { JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../../cluster/json.ts';
import { refusedResource } from '../forbidden.ts';
import { isPrivileged } from '../privileged-group.ts';
import type { RoleRef } from '../rbac/objects.ts';
import { rbacGroup, readRoleRef } from '../rbac/objects.ts';
import type { CompiledRbac } from '../rbac/rbac.ts';
import { authorize, rulesOfRole, unresolvedFor, rulesFor } from '../rbac/rbac.ts';
import type { PolicyRule } from '../rbac/rule.ts';
import { readRules } from '../rbac/rule.ts';
import { describeAtoms, uncovered } from './covers.ts';

/** Where a role or binding is written: what its URL names. */
export interface RbacTarget {
  readonly resource: 'roles' | 'clusterroles' | 'rolebindings' | 'clusterrolebindings';
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  /** What the URL names; empty on create. */
  readonly name: string;
}

/** Why a write is refused. */
export interface EscalationRefusal {
  readonly code: 403 | 404 | 500;
  readonly reason: 'Forbidden' | 'NotFound' | '';
  readonly message: string;
}

/** From this minor on a role that is not found is called by the resource of the request that looked for it. */
const requestResourceSince = 34;

/**
 * May this user write this role or binding, as far as escalation goes? `undefined`: yes.
 *
 * Members of system:masters may; who holds `escalate` on the role, or `bind` on the role that a binding names, may; so may who changes
 * owner references, finalizers and managedFields alone. Everybody else must hold, in that namespace, all that is granted.
 * Rule source: K:pkg/registry/rbac/{role,clusterrole,rolebinding,clusterrolebinding}/policybased/storage.go, escalation_check.go.
 *
 * @param object as it would be stored, defaults filled in
 * @param former as it is stored; `undefined`: it is made
 */
export function escalationRefusal(
  rbac: CompiledRbac,
  user: User,
  target: RbacTarget,
  object: JsonObject,
  former: JsonObject | undefined,
  minor: number,
): EscalationRefusal | undefined {
  if (isPrivileged(user)) return undefined;
  const isRole = target.resource === 'roles' || target.resource === 'clusterroles';
  if (isRole && mayEscalate(rbac, user, target)) return undefined;
  const name = stringAt(objectAt(object['metadata'])['name']) ?? '';
  const forbidden = (text: string): EscalationRefusal => ({
    code: 403,
    reason: 'Forbidden',
    message: refusedResource(target.resource, rbacGroup, name, text),
  });
  if (!isRole) {
    const ref = readRoleRef(object);
    if (mayBind(rbac, user, target.namespace, object, ref)) return undefined;
    const found = rulesOfRole(rbac, ref, target.namespace);
    if (found === undefined) return missingRole(ref, target, minor);
    const missing = notHeld(rbac, user, target, found, minor);
    return missing === undefined ? undefined : forbidden(missing);
  }
  const missing = notHeld(rbac, user, target, readRules(object['rules']), minor);
  if (missing !== undefined) return forbidden(missing);
  if (target.resource !== 'clusterroles' || (!aggregates(object) && !aggregates(former))) return undefined;
  const everything = notHeld(rbac, user, target, fullAuthority, minor);
  return everything === undefined ? undefined : forbidden('must have cluster-admin privileges to use the aggregationRule');
}

const fullAuthority: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'], resourceNames: [], nonResourceURLs: [] },
  { verbs: ['*'], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: ['*'] },
];

function aggregates(object: JsonObject | undefined): boolean {
  const rule = object?.['aggregationRule'];
  return isObject(rule) && listAt(rule['clusterRoleSelectors']).length > 0;
}

function mayEscalate(rbac: CompiledRbac, user: User, { resource, namespace, name }: RbacTarget): boolean {
  const attributes = {
    kind: 'resource',
    verb: 'escalate',
    apiGroup: rbacGroup,
    resource,
    subresource: '',
    name,
    namespace,
  } as const;
  return authorize(rbac, user, attributes).kind === 'allow';
}

function mayBind(rbac: CompiledRbac, user: User, namespace: string, object: JsonObject, ref: RoleRef): boolean {
  const resource = ref.kind === 'ClusterRole' ? 'clusterroles' : ref.kind === 'Role' ? 'roles' : undefined;
  if (resource === undefined) return false;
  const apiGroup = stringAt(objectAt(object['roleRef'])['apiGroup']) ?? '';
  const attributes = { kind: 'resource', verb: 'bind', apiGroup, resource, subresource: '', name: ref.name, namespace } as const;
  return authorize(rbac, user, attributes).kind === 'allow';
}

/** What of the rules the user does not hold, in the server's words (`ConfirmNoEscalation`); `undefined`: all is held. */
function notHeld(
  rbac: CompiledRbac,
  user: User,
  target: RbacTarget,
  wanted: readonly PolicyRule[],
  minor: number,
): string | undefined {
  const missing = uncovered(rulesFor(rbac, user, target.namespace).rules, wanted);
  if (missing.length === 0) return undefined;
  const groups = user.groups.map((group) => goQuote(group)).join(' ');
  const message = `user ${goQuote(user.username)} (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n${describeAtoms(missing)}`;
  const unresolved = unresolvedFor(rbac, user, target.namespace).map((ref) => notFound(ref, target, minor));
  return unresolved.length === 0 ? message : `${message}; resolution errors: [${aggregate(unresolved)}]`;
}

function notFound(ref: RoleRef, { resource }: RbacTarget, minor: number): string {
  if (ref.kind !== 'Role' && ref.kind !== 'ClusterRole') return `unsupported role reference kind: ${goQuote(ref.kind)}`;
  const called = minor >= requestResourceSince ? resource : ref.kind === 'Role' ? 'roles' : 'clusterroles';
  return `${called}.${rbacGroup} ${goQuote(ref.name)} not found`;
}

function missingRole(ref: RoleRef, target: RbacTarget, minor: number): EscalationRefusal {
  const message = notFound(ref, target, minor);
  if (ref.kind !== 'Role' && ref.kind !== 'ClusterRole') return { code: 500, reason: '', message };
  return { code: 404, reason: 'NotFound', message };
}
