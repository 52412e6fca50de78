import type { Attributes } from '../attributes.ts';
import { namespaceOf } from '../attributes.ts';
import type { CompiledAuthorization } from '../chain.ts';
import { privilegedGroup } from '../privileged-group.ts';
import type { Binding, Role } from '../rbac/objects.ts';
import type { PolicyRule } from '../rbac/rule.ts';
import { ruleAllows } from '../rbac/rule.ts';
import type { GrantSubject } from '../subjects.ts';

/** How somebody comes by a right: the binding, the role and the rule in it. */
export interface GrantPath {
  readonly binding: Binding;
  readonly role: Role;
  readonly rule: PolicyRule;
  /** From 0. */
  readonly ruleIndex: number;
}

/** Somebody who may do what was asked, and every way in which they may. */
export interface Holder {
  readonly subject: GrantSubject;
  readonly paths: readonly GrantPath[];
}

interface Made extends Holder {
  readonly paths: GrantPath[];
}

/** Who may do something, as far as the configuration tells. */
export interface WhoCan {
  readonly holders: readonly Holder[];
  /** What else decides: the server itself, nodes, webhooks. */
  readonly besides: readonly string[];
}

/**
 * Lists who may make a request. Every role is looked at once, then every binding, so that the cost is that of reading the objects.
 *
 * @param namespaces `own`: bindings of the request's namespace and of the cluster; `all`: of every namespace
 */
export function whoCan(
  { world, rbac }: CompiledAuthorization,
  attributes: Attributes,
  namespaces: 'own' | 'all' = 'own',
): WhoCan {
  const namespace = namespaceOf(attributes);
  const granting = new Map<Role, number>();
  const ruleOf = (role: Role): number => {
    const known = granting.get(role);
    if (known !== undefined) return known;
    const found = role.rules.findIndex((rule) => ruleAllows(rule, attributes));
    granting.set(role, found);
    return found;
  };
  // By kind, so that the names alone are put in order.
  const holders = { User: new Map<string, Made>(), Group: new Map<string, Made>(), ServiceAccount: new Map<string, Made>() };
  for (const { binding, role } of rbac.bound) {
    if (binding.kind === 'RoleBinding' && namespaces === 'own' && binding.namespace !== namespace) continue;
    // A RoleBinding grants nothing outside of namespaces.
    if (binding.kind === 'RoleBinding' && attributes.kind === 'nonResource') continue;
    if (role === undefined) continue;
    const ruleIndex = ruleOf(role);
    const rule = role.rules[ruleIndex];
    if (rule === undefined) continue;
    for (const subject of grantSubjects(binding)) {
      const key = subject.kind === 'ServiceAccount' ? `${subject.namespace}/${subject.name}` : subject.name;
      const holder = holders[subject.kind].get(key);
      const path = { binding, role, rule, ruleIndex };
      if (holder === undefined) holders[subject.kind].set(key, { subject, paths: [path] });
      else if (holder.paths.at(-1)?.binding !== binding) holder.paths.push(path);
    }
  }
  const sorted = (map: ReadonlyMap<string, Made>): readonly Holder[] =>
    [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, holder]) => holder);
  return {
    holders: [...sorted(holders.User), ...sorted(holders.Group), ...sorted(holders.ServiceAccount)],
    besides: besidesOf(world.authorizers),
  };
}

/** The subjects of a binding that somebody can be. */
export function grantSubjects({ subjects, namespace }: Binding): readonly GrantSubject[] {
  return subjects.flatMap((subject): readonly GrantSubject[] | GrantSubject => {
    const { kind, name } = subject;
    if (kind === 'User' || kind === 'Group') return { kind, name };
    if (kind !== 'ServiceAccount') return [];
    const own = subject.namespace === '' ? namespace : subject.namespace;
    return own === '' ? [] : { kind, namespace: own, name };
  });
}

function besidesOf(authorizers: readonly { readonly type: string; readonly name: string }[]): readonly string[] {
  return [
    `Group ${privilegedGroup}: the API server allows it everything, whatever RBAC says`,
    ...authorizers.flatMap(({ type, name }) => {
      if (type === 'AlwaysAllow') return ['everybody who is authenticated: AlwaysAllow is an authorizer'];
      if (type === 'Node') return ['nodes: what the Node authorizer gives each for its own pods'];
      if (type === 'Webhook') return [`not known: whom the webhook ${name} allows`];
      return type === 'ABAC' ? ['not known: whom the policy file of ABAC allows'] : [];
    }),
  ];
}
