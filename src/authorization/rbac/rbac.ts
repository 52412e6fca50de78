import type { User } from '../../authentication/user.ts';
import type { Attributes } from '../attributes.ts';
import { namespaceOf } from '../attributes.ts';
import type { GrantSource, RbacDecision } from './decision.ts';
import { allowReason, noOpinion, resolutionError } from './decision.ts';
import type { Binding, RbacObjects, Role, RoleRef } from './objects.ts';
import type { PolicyRule } from './rule.ts';
import { ruleAllows } from './rule.ts';
import { subjectTarget } from './subject.ts';

/** A binding that speaks of somebody: its place in the given order, the first subject that does, its role. */
interface Entry {
  readonly order: number;
  readonly binding: Binding;
  readonly subjectIndex: number;
  readonly role: Role | undefined;
}

/** Bindings by what their subjects name, for one scope (the cluster, or one namespace). */
interface Scope {
  readonly users: Map<string, Entry[]>;
  readonly groups: Map<string, Entry[]>;
}

/** RBAC objects, indexed by subject. Immutable once made. */
export interface CompiledRbac {
  readonly cluster: Scope;
  readonly namespaces: ReadonlyMap<string, Scope>;
  /** By kind, namespace and name. */
  readonly roles: ReadonlyMap<string, Role>;
}

/** Indexes RBAC objects by subject. Of two roles of one name the first counts. Never throws. */
export function compileRbac(objects: RbacObjects): CompiledRbac {
  const roles = new Map<string, Role>();
  for (const role of objects.roles) {
    const key = roleKey(role.kind, role.namespace, role.name);
    if (!roles.has(key)) roles.set(key, role);
  }
  const cluster = newScope();
  const namespaces = new Map<string, Scope>();
  for (const [order, binding] of objects.bindings.entries()) {
    const { kind, name } = binding.roleRef;
    const role = roles.get(roleKey(kind, kind === 'ClusterRole' ? '' : binding.namespace, name));
    let scope = cluster;
    if (binding.kind === 'RoleBinding') {
      scope = namespaces.get(binding.namespace) ?? newScope();
      namespaces.set(binding.namespace, scope);
    }
    addBinding(scope, binding, order, role);
  }
  return { cluster, namespaces, roles };
}

function newScope(): Scope {
  return { users: new Map(), groups: new Map() };
}

function roleKey(kind: string, namespace: string, name: string): string {
  return JSON.stringify([kind, namespace, name]);
}

function addBinding(scope: Scope, binding: Binding, order: number, role: Role | undefined): void {
  for (const [subjectIndex, subject] of binding.subjects.entries()) {
    const target = subjectTarget(subject, binding.namespace);
    if (target === undefined) continue;
    const map = target.of === 'user' ? scope.users : scope.groups;
    const list = map.get(target.name);
    if (list === undefined) map.set(target.name, [{ order, binding, subjectIndex, role }]);
    // A subject that is named twice in one binding counts at its first place.
    else if (list.at(-1)?.order !== order) list.push({ order, binding, subjectIndex, role });
  }
}

/** The bindings of a scope that speak of a user, in the given order, each with the first subject that does. */
function entriesFor(scope: Scope | undefined, user: User): readonly Entry[] {
  if (scope === undefined) return [];
  const lists = [scope.users.get(user.username), ...user.groups.map((group) => scope.groups.get(group))].filter(
    (list) => list !== undefined,
  );
  const [only] = lists;
  if (only === undefined) return [];
  if (lists.length === 1) return only;
  const first = new Map<number, Entry>();
  for (const entry of lists.flat()) {
    const former = first.get(entry.order);
    if (former === undefined || entry.subjectIndex < former.subjectIndex) first.set(entry.order, entry);
  }
  return [...first.values()].sort((a, b) => a.order - b.order);
}

function* visit(compiled: CompiledRbac, user: User, namespace: string): Generator<Entry> {
  yield* entriesFor(compiled.cluster, user);
  if (namespace !== '') yield* entriesFor(compiled.namespaces.get(namespace), user);
}

/**
 * Decides one request by RBAC alone; group `system:masters` is the caller's matter (`../privileged-group.ts`).
 *
 * The same answers as `authorizeByDefinition`; the cost is that of the user's own bindings. The server visits bindings in an order that is
 * not stable: where several grant, any of `grantsFor` may be the one it names. Rule source: see `definition.ts`.
 */
export function authorize(compiled: CompiledRbac, user: User, attributes: Attributes): RbacDecision {
  const errors: string[] = [];
  for (const entry of visit(compiled, user, namespaceOf(attributes))) {
    if (entry.role === undefined) {
      errors.push(resolutionError(entry.binding.roleRef));
      continue;
    }
    const ruleIndex = entry.role.rules.findIndex((rule) => ruleAllows(rule, attributes));
    if (ruleIndex >= 0) return allow(entry, entry.role, ruleIndex);
  }
  return noOpinion(errors);
}

function allow(entry: Entry, role: Role, ruleIndex: number): RbacDecision & { kind: 'allow' } {
  const { binding, subjectIndex } = entry;
  const subject = binding.subjects[subjectIndex] ?? { kind: '', name: '', namespace: '' };
  return { kind: 'allow', reason: allowReason(binding, subject), source: { binding, subjectIndex, role, ruleIndex } };
}

/** Every grant that allows a request, one a binding, each with the reason that the server may give. */
export function grantsFor(
  compiled: CompiledRbac,
  user: User,
  attributes: Attributes,
): readonly { readonly reason: string; readonly source: GrantSource }[] {
  const grants: { readonly reason: string; readonly source: GrantSource }[] = [];
  for (const entry of visit(compiled, user, namespaceOf(attributes))) {
    const ruleIndex = entry.role?.rules.findIndex((rule) => ruleAllows(rule, attributes)) ?? -1;
    if (entry.role === undefined || ruleIndex < 0) continue;
    const { reason, source } = allow(entry, entry.role, ruleIndex);
    grants.push({ reason, source });
  }
  return grants;
}

/** All rules that a user holds in a namespace (empty: cluster scope alone), in the server's order, and the roles that were not found (`RulesFor`). */
export function rulesFor(
  compiled: CompiledRbac,
  user: User,
  namespace: string,
): { readonly rules: readonly PolicyRule[]; readonly errors: readonly string[] } {
  const rules: PolicyRule[] = [];
  const errors: string[] = [];
  for (const entry of visit(compiled, user, namespace)) {
    if (entry.role === undefined) errors.push(resolutionError(entry.binding.roleRef));
    else rules.push(...entry.role.rules);
  }
  return { rules, errors };
}

/** The references of a user's bindings in a namespace (empty: cluster scope alone) that lead nowhere, in the server's order. */
export function unresolvedFor(compiled: CompiledRbac, user: User, namespace: string): readonly RoleRef[] {
  const refs: RoleRef[] = [];
  for (const entry of visit(compiled, user, namespace)) if (entry.role === undefined) refs.push(entry.binding.roleRef);
  return refs;
}

/** The rules of a role that a binding in a namespace (empty: a ClusterRoleBinding) refers to; `undefined`: there is none. */
export function rulesOfRole(compiled: CompiledRbac, ref: RoleRef, namespace: string): readonly PolicyRule[] | undefined {
  return compiled.roles.get(roleKey(ref.kind, ref.kind === 'ClusterRole' ? '' : namespace, ref.name))?.rules;
}
