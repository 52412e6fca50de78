import type { User } from '../../authentication/user.ts';
import type { Attributes } from '../attributes.ts';
import { namespaceOf } from '../attributes.ts';
import type { GrantSource, RbacDecision } from './decision.ts';
import { allowReason, noOpinion, resolutionError } from './decision.ts';
import type { Binding, RbacObjects, Role, RoleRef } from './objects.ts';
import type { PolicyRule } from './rule.ts';
import type { RequestBits } from './rule-table.ts';
import { RuleTable, RuleWords } from './rule-table.ts';
import { subjectTarget } from './subject.ts';

/** A binding that speaks of somebody: its place in the given order, the first subject that does, its role. */
interface Entry {
  readonly order: number;
  readonly binding: Binding;
  readonly subjectIndex: number;
  readonly role: Role | undefined;
  readonly table: RuleTable | undefined;
  /** What the server says where this binding allows; made when it first does. */
  reason: string | undefined;
}

/** A binding and the role that it refers to; `undefined`: there is none. */
export interface Bound {
  readonly binding: Binding;
  readonly role: Role | undefined;
}

/** The bindings that speak of one user or group: of the whole cluster, and by namespace. */
interface Holder {
  readonly cluster: Entry[];
  readonly namespaces: Map<string, Entry[]>;
}

/** What speaks of one user, by name and by groups. */
interface Holdings {
  readonly cluster: readonly Entry[];
  readonly holders: readonly Holder[];
  /** Of bindings of the cluster whose role does not exist. */
  readonly errors: readonly string[];
}

/** RBAC objects, indexed by subject; what the objects say is fixed once they are compiled. */
export interface CompiledRbac {
  readonly users: ReadonlyMap<string, Holder>;
  readonly groups: ReadonlyMap<string, Holder>;
  /** By kind, namespace and name. */
  readonly roles: ReadonlyMap<string, Role>;
  /** Every binding with its role, where that exists; as given. */
  readonly bound: readonly Bound[];
  readonly words: RuleWords;
  readonly tables: WeakMap<Role, RuleTable>;
  /** Of users that have been asked about. */
  readonly holdings: WeakMap<User, Holdings>;
}

/** Indexes RBAC objects by subject. Of two roles of one name the first counts. Never throws. `like`: one with some of the same roles, whose tables are taken over. */
export function compileRbac(objects: RbacObjects, like?: CompiledRbac): CompiledRbac {
  const roles = new Map<string, Role>();
  for (const role of objects.roles) {
    const key = roleKey(role.kind, role.namespace, role.name);
    if (!roles.has(key)) roles.set(key, role);
  }
  const { words, tables } = like ?? { words: new RuleWords(), tables: new WeakMap<Role, RuleTable>() };
  for (const role of roles.values()) if (!tables.has(role)) tables.set(role, new RuleTable(role.rules, words));
  const users = new Map<string, Holder>();
  const groups = new Map<string, Holder>();
  const bound: Bound[] = [];
  for (const [order, binding] of objects.bindings.entries()) {
    const { kind, name } = binding.roleRef;
    const role = roles.get(roleKey(kind, kind === 'ClusterRole' ? '' : binding.namespace, name));
    bound.push({ binding, role });
    const table = role === undefined ? undefined : tables.get(role);
    for (const [subjectIndex, subject] of binding.subjects.entries()) {
      const target = subjectTarget(subject, binding.namespace);
      if (target === undefined) continue;
      const holder = holderOf(target.of === 'user' ? users : groups, target.name);
      const list = binding.kind === 'RoleBinding' ? listOf(holder, binding.namespace) : holder.cluster;
      // A subject that is named twice in one binding counts at its first place.
      if (list.at(-1)?.order !== order) list.push({ order, binding, subjectIndex, role, table, reason: undefined });
    }
  }
  return { users, groups, roles, bound, words, tables, holdings: new WeakMap() };
}

function holderOf(map: Map<string, Holder>, name: string): Holder {
  const known = map.get(name) ?? { cluster: [], namespaces: new Map() };
  map.set(name, known);
  return known;
}

function listOf({ namespaces }: Holder, namespace: string): Entry[] {
  const known = namespaces.get(namespace) ?? [];
  namespaces.set(namespace, known);
  return known;
}

function roleKey(kind: string, namespace: string, name: string): string {
  return JSON.stringify([kind, namespace, name]);
}

const none: readonly Entry[] = [];

function holdingsOf(compiled: CompiledRbac, user: User): Holdings {
  const known = compiled.holdings.get(user);
  if (known !== undefined) return known;
  const holders = [compiled.users.get(user.username), ...user.groups.map((group) => compiled.groups.get(group))].filter(
    (holder) => holder !== undefined,
  );
  const cluster = holders.reduce<readonly Entry[]>((entries, one) => merge(entries, one.cluster), none);
  const made = {
    cluster,
    errors: errorsOf(cluster),
    holders: holders.filter(({ namespaces }) => namespaces.size > 0),
  };
  compiled.holdings.set(user, made);
  return made;
}

/** The bindings of a namespace that speak of a user, in the given order, each with the first subject that does. */
function entriesIn({ holders }: Holdings, namespace: string): readonly Entry[] {
  if (namespace === '') return none;
  let entries = none;
  for (const { namespaces } of holders) {
    const more = namespaces.get(namespace);
    if (more !== undefined) entries = entries.length === 0 ? more : merge(entries, more);
  }
  return entries;
}

/** Two lists in the order of the bindings; of one binding in both, the first subject. */
function merge(a: readonly Entry[], b: readonly Entry[]): readonly Entry[] {
  const merged: Entry[] = [];
  let [i, j] = [0, 0];
  for (;;) {
    const [left, right] = [a[i], b[j]];
    if (left === undefined && right === undefined) return merged;
    if (right === undefined || (left !== undefined && left.order < right.order)) {
      if (left !== undefined) merged.push(left);
      i++;
    } else if (left === undefined || right.order < left.order) {
      merged.push(right);
      j++;
    } else {
      merged.push(right.subjectIndex < left.subjectIndex ? right : left);
      i++;
      j++;
    }
  }
}

/** Bindings of the cluster that speak of a user, then those of a namespace. */
function entriesOf(compiled: CompiledRbac, user: User, namespace: string): readonly Entry[] {
  const holdings = holdingsOf(compiled, user);
  return [...holdings.cluster, ...entriesIn(holdings, namespace)];
}

/**
 * Decides one request by RBAC alone; group `system:masters` is the caller's matter (`../privileged-group.ts`).
 *
 * The same answers as `authorizeByDefinition`; the cost is that of the user's own bindings. The server visits bindings in an order that is
 * not stable: where several grant, any of `grantsFor` may be the one it names. Rule source: see `definition.ts`.
 */
export function authorize(compiled: CompiledRbac, user: User, attributes: Attributes): RbacDecision {
  compiled.words.ofRequest(attributes, bits);
  const holdings = holdingsOf(compiled, user);
  const inCluster = firstGrant(holdings.cluster, attributes);
  if (inCluster !== undefined) return inCluster;
  const entries = entriesIn(holdings, namespaceOf(attributes));
  const inNamespace = firstGrant(entries, attributes);
  if (inNamespace !== undefined) return inNamespace;
  const errors = [...holdings.errors, ...errorsOf(entries)];
  return errors.length === 0 ? nothing : noOpinion(errors);
}

const nothing = noOpinion([]);

function errorsOf(entries: readonly Entry[]): readonly string[] {
  return entries.some(({ role }) => role === undefined)
    ? entries.flatMap(({ role, binding }) => (role === undefined ? [resolutionError(binding.roleRef)] : []))
    : noErrors;
}

const noErrors: readonly string[] = [];
const bits: RequestBits = { verb: 0, apiGroup: 0, resource: 0 };

function firstGrant(entries: readonly Entry[], attributes: Attributes): RbacDecision | undefined {
  for (const entry of entries) {
    if (entry.role === undefined || entry.table === undefined) continue;
    const ruleIndex = entry.table.firstThatAllows(attributes, bits);
    if (ruleIndex >= 0) return allow(entry, entry.role, ruleIndex);
  }
  return undefined;
}

function allow(entry: Entry, role: Role, ruleIndex: number): RbacDecision & { kind: 'allow' } {
  const { binding, subjectIndex } = entry;
  entry.reason ??= allowReason(binding, binding.subjects[subjectIndex] ?? { kind: '', name: '', namespace: '' });
  return { kind: 'allow', reason: entry.reason, source: { binding, subjectIndex, role, ruleIndex } };
}

/** Every grant that allows a request, one a binding, each with the reason that the server may give. */
export function grantsFor(
  compiled: CompiledRbac,
  user: User,
  attributes: Attributes,
): readonly { readonly reason: string; readonly source: GrantSource }[] {
  const grants: { readonly reason: string; readonly source: GrantSource }[] = [];
  compiled.words.ofRequest(attributes, bits);
  for (const entry of entriesOf(compiled, user, namespaceOf(attributes))) {
    const ruleIndex = entry.table?.firstThatAllows(attributes, bits) ?? -1;
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
  for (const entry of entriesOf(compiled, user, namespace)) {
    if (entry.role === undefined) errors.push(resolutionError(entry.binding.roleRef));
    else rules.push(...entry.role.rules);
  }
  return { rules, errors };
}

/** The references of a user's bindings in a namespace (empty: cluster scope alone) that lead nowhere, in the server's order. */
export function unresolvedFor(compiled: CompiledRbac, user: User, namespace: string): readonly RoleRef[] {
  const refs: RoleRef[] = [];
  for (const entry of entriesOf(compiled, user, namespace)) if (entry.role === undefined) refs.push(entry.binding.roleRef);
  return refs;
}

/** The rules of a role that a binding in a namespace (empty: a ClusterRoleBinding) refers to; `undefined`: there is none. */
export function rulesOfRole(compiled: CompiledRbac, ref: RoleRef, namespace: string): readonly PolicyRule[] | undefined {
  return compiled.roles.get(roleKey(ref.kind, ref.kind === 'ClusterRole' ? '' : namespace, ref.name))?.rules;
}

/** The namespaces whose bindings speak of a user. */
export function namespacesOf(compiled: CompiledRbac, user: User): readonly string[] {
  return [...new Set(holdingsOf(compiled, user).holders.flatMap(({ namespaces }) => [...namespaces.keys()]))];
}

/** Every binding that speaks of a user, with its role where that exists: of the cluster, then namespace by namespace. */
export function grantsOf(compiled: CompiledRbac, user: User): readonly Bound[] {
  return ['', ...namespacesOf(compiled, user)].flatMap((namespace) =>
    entriesOf(compiled, user, namespace).filter(({ binding }) => binding.namespace === namespace),
  );
}
