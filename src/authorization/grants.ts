import { serviceAccountOf } from '../authentication/user.ts';
import type { ClusterObject, ObjectIndex } from '../cluster/objects.ts';
import { kindKey, labelsOf } from '../cluster/objects.ts';
import type { AggregatingRole } from './rbac/aggregation.ts';
import { aggregatedRules } from './rbac/aggregation.ts';
import { bootstrapObjects, isBootstrapName } from './rbac/bootstrap.ts';
import type { RoleRef } from './rbac/objects.ts';
import { rbacGroup, readRoleRef } from './rbac/objects.ts';
import type { PolicyRule } from './rbac/rule.ts';
import { readRules } from './rbac/rule.ts';
import type { Subject } from './rbac/subject.ts';
import { readSubjects } from './rbac/subject.ts';
import type { GrantSubject } from './subjects.ts';

/** Keys of the four RBAC kinds in an `ObjectIndex`. */
export const rbacKinds = {
  clusterRole: kindKey(`${rbacGroup}/v1`, 'ClusterRole'),
  role: kindKey(`${rbacGroup}/v1`, 'Role'),
  clusterRoleBinding: kindKey(`${rbacGroup}/v1`, 'ClusterRoleBinding'),
  roleBinding: kindKey(`${rbacGroup}/v1`, 'RoleBinding'),
} as const;

/** A rule that a role grants, with its index in the role that holds it (another one where roles are aggregated). */
export interface GrantedRule {
  readonly rule: PolicyRule;
  readonly index: number;
  /** The role that holds the rule; `undefined`: a bootstrap role that was not seen. */
  readonly from: ClusterObject | undefined;
  /** Name of the role that holds the rule. */
  readonly fromName: string;
}

/**
 * Where a grant's rules come from: `seen`: the role object; `bootstrap`: not seen, the API server's own rules of this version;
 * `missing`: roles were listed and it is not there: grants nothing; `unseen`: nobody knows.
 */
export type RoleState = 'seen' | 'bootstrap' | 'missing' | 'unseen';

/** The role of a grant. A ClusterRole's namespace is absent. */
export interface GrantedRole {
  readonly kind: 'ClusterRole' | 'Role';
  readonly name: string;
  readonly namespace?: string;
  readonly object?: ClusterObject;
}

/** One subject of one binding, with all that the role gives it there. */
export interface Grant {
  readonly subject: GrantSubject;
  readonly subjectIndex: number;
  readonly binding: ClusterObject;
  readonly role: GrantedRole;
  readonly rules: readonly GrantedRule[];
  readonly roleState: RoleState;
  readonly scope: GrantScope;
}

/** `cluster` for a ClusterRoleBinding. */
export type GrantScope = { readonly kind: 'cluster' } | { readonly kind: 'namespace'; readonly namespace: string };

/** Something in the RBAC objects that grants nothing though it looks so, with the object that says it. */
export interface GrantNote {
  readonly object: ClusterObject;
  readonly message: string;
}

/** All grants of a cluster, in the order of bindings (as seen) and subjects, and what was passed over. */
export interface CompiledGrants {
  readonly grants: readonly Grant[];
  readonly notes: readonly GrantNote[];
}

/** What the caller knows of the cluster beside its objects. */
export interface GrantOptions {
  /** Kubernetes minor (31 for 1.31); `undefined`: not known, bootstrap rules are the newest. */
  readonly minor: number | undefined;
  /** Were all ClusterRoles, all Roles listed? Then a role that is not there does not exist. */
  readonly clusterRolesListed: boolean;
  readonly rolesListed: boolean;
}

interface ClusterRoleEntry extends AggregatingRole {
  readonly object: ClusterObject | undefined;
}

interface Resolved {
  readonly role: GrantedRole;
  readonly rules: readonly GrantedRule[];
  readonly state: RoleState;
}

/**
 * Compiles the RBAC objects of a cluster into grants: who holds which rules by which binding. Total: malformed members grant nothing.
 *
 * A ClusterRoleBinding to a Role, a subject that matches nobody and a role that does not exist are noted. Rule sources: see `rbac/definition.ts` and
 * `rbac/aggregation.ts`; a role that was not seen has this version's bootstrap rules where its name is a bootstrap name.
 */
export function compileGrants(objects: ObjectIndex, options: GrantOptions): CompiledGrants {
  const resolver = new RoleResolver(objects, options);
  const grants: Grant[] = [];
  const notes: GrantNote[] = [];
  for (const binding of [...objects.ofKind(rbacKinds.clusterRoleBinding), ...objects.ofKind(rbacKinds.roleBinding)]) {
    const ref = readRoleRef(binding.manifest);
    const namespace = binding.kind === 'RoleBinding' ? (binding.namespace ?? 'default') : undefined;
    const resolved = resolver.resolve(ref, namespace);
    if (typeof resolved === 'string') {
      notes.push({ object: binding, message: resolved });
      continue;
    }
    if (resolved.state === 'missing')
      notes.push({
        object: binding,
        message: `${ref.kind} ${ref.name} does not exist: the binding grants nothing until somebody creates it`,
      });
    const scope: GrantScope = namespace === undefined ? { kind: 'cluster' } : { kind: 'namespace', namespace };
    for (const [subjectIndex, written] of readSubjects(binding.manifest['subjects']).entries()) {
      const subject = grantSubject(written, namespace);
      if (subject === undefined) notes.push({ object: binding, message: `subjects[${subjectIndex}] matches nobody` });
      else
        grants.push({
          subject,
          subjectIndex,
          binding,
          role: resolved.role,
          rules: resolved.rules,
          roleState: resolved.state,
          scope,
        });
    }
  }
  return { grants, notes };
}

/** A subject as the controls name it; the user `system:serviceaccount:NS:NAME` is that service account. */
function grantSubject(subject: Subject, bindingNamespace: string | undefined): GrantSubject | undefined {
  if (subject.name === '') return undefined;
  if (subject.kind === 'User') {
    const account = serviceAccountOf(subject.name);
    return account === undefined ? { kind: 'User', name: subject.name } : { kind: 'ServiceAccount', ...account };
  }
  if (subject.kind === 'Group') return { kind: 'Group', name: subject.name };
  if (subject.kind !== 'ServiceAccount') return undefined;
  const namespace = subject.namespace === '' ? bindingNamespace : subject.namespace;
  return namespace === undefined ? undefined : { kind: 'ServiceAccount', name: subject.name, namespace };
}

/** Finds the rules behind a roleRef; each role is resolved once. */
class RoleResolver {
  readonly #objects: ObjectIndex;
  readonly #options: GrantOptions;
  readonly #clusterRoles = new Map<string, ClusterRoleEntry>();
  readonly #bootstrapRoles = new Map<string, readonly PolicyRule[]>();
  readonly #resolved = new Map<string, Resolved>();
  readonly #all: readonly ClusterRoleEntry[];

  constructor(objects: ObjectIndex, options: GrantOptions) {
    this.#objects = objects;
    this.#options = options;
    for (const object of objects.ofKind(rbacKinds.clusterRole))
      this.#clusterRoles.set(object.name, clusterRoleEntry(object, object));
    for (const manifest of bootstrapObjects(options.minor)) this.#addBootstrap(manifest);
    this.#all = [...this.#clusterRoles.values()];
  }

  /** The API server makes these at every start: one that is not among the objects still is, or will be again. */
  #addBootstrap(manifest: ClusterObject['manifest']): void {
    const { name, namespace } = manifest['metadata'] as { name: string; namespace?: string };
    if (manifest['kind'] === 'ClusterRole' && !this.#clusterRoles.has(name))
      this.#clusterRoles.set(name, clusterRoleEntry({ name, manifest }, undefined));
    if (manifest['kind'] === 'Role') this.#bootstrapRoles.set(`${namespace ?? ''}/${name}`, readRules(manifest['rules']));
  }

  /** @returns a text that says why the reference is invalid, where it is */
  resolve(ref: RoleRef, namespace: string | undefined): Resolved | string {
    if (ref.name === '') return 'roleRef names no role: the binding grants nothing';
    if (ref.kind === 'Role' && namespace === undefined)
      return `a ClusterRoleBinding cannot refer to Role ${ref.name}: the binding grants nothing`;
    if (ref.kind !== 'Role' && ref.kind !== 'ClusterRole')
      return `roleRef kind ${JSON.stringify(ref.kind)} is not supported: the binding grants nothing`;
    const key = ref.kind === 'Role' ? `${namespace ?? ''}/${ref.name}` : ref.name;
    const known = this.#resolved.get(key);
    if (known !== undefined) return known;
    const resolved = ref.kind === 'Role' ? this.#role(ref.name, namespace ?? '') : this.#clusterRole(ref.name);
    this.#resolved.set(key, resolved);
    return resolved;
  }

  #clusterRole(name: string): Resolved {
    const entry = this.#clusterRoles.get(name);
    if (entry === undefined)
      return { role: { kind: 'ClusterRole', name }, rules: [], state: this.#options.clusterRolesListed ? 'missing' : 'unseen' };
    const rules = aggregatedRules(entry, this.#all).map(({ rule, index, from }) => ({
      rule,
      index,
      from: from.object,
      fromName: from.name,
    }));
    if (entry.object === undefined) return { role: { kind: 'ClusterRole', name }, rules, state: 'bootstrap' };
    return { role: { kind: 'ClusterRole', name, object: entry.object }, rules, state: 'seen' };
  }

  #role(name: string, namespace: string): Resolved {
    const object = this.#objects.get(rbacKinds.role, namespace, name);
    const role = { kind: 'Role' as const, name, namespace, ...(object === undefined ? {} : { object }) };
    const place = (rules: readonly PolicyRule[]) => rules.map((rule, index) => ({ rule, index, from: object, fromName: name }));
    if (object !== undefined) return { role, rules: place(readRules(object.manifest['rules'])), state: 'seen' };
    const bootstrap = isBootstrapName(name) ? this.#bootstrapRoles.get(`${namespace}/${name}`) : undefined;
    if (bootstrap !== undefined) return { role, rules: place(bootstrap), state: 'bootstrap' };
    return { role, rules: [], state: this.#options.rolesListed ? 'missing' : 'unseen' };
  }
}

function clusterRoleEntry(source: Pick<ClusterObject, 'name' | 'manifest'>, object: ClusterObject | undefined): ClusterRoleEntry {
  const { manifest, name } = source;
  const aggregationRule = manifest['aggregationRule'];
  const base = { name, labels: labelsOf(source), rules: readRules(manifest['rules']), object };
  return aggregationRule === undefined || aggregationRule === null ? base : { ...base, aggregationRule };
}

/** The rules of one role with those it aggregates, whether or not a binding refers to it. */
export function rulesOfRole(role: ClusterObject, objects: ObjectIndex, options: GrantOptions): readonly GrantedRule[] {
  const resolved = new RoleResolver(objects, options).resolve({ kind: role.kind, name: role.name }, role.namespace);
  return typeof resolved === 'string' ? [] : resolved.rules;
}
