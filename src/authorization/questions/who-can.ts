import type { Attributes } from '../attributes.ts';
import { namespaceOf } from '../attributes.ts';
import type { CompiledAuthorization } from '../chain.ts';
import { privilegedGroup } from '../privileged-group.ts';
import type { Binding, Role } from '../rbac/objects.ts';
import { roleOf } from '../rbac/rbac.ts';
import type { PolicyRule } from '../rbac/rule.ts';
import { ruleAllows } from '../rbac/rule.ts';
import { subjectTarget } from '../rbac/subject.ts';
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
    const known = granting.get(role) ?? role.rules.findIndex((rule) => ruleAllows(rule, attributes));
    granting.set(role, known);
    return known;
  };
  const holders = new Map<string, { readonly subject: GrantSubject; readonly paths: GrantPath[] }>();
  for (const binding of world.rbac.bindings) {
    if (binding.kind === 'RoleBinding' && namespaces === 'own' && binding.namespace !== namespace) continue;
    // A RoleBinding grants nothing outside of namespaces.
    if (binding.kind === 'RoleBinding' && attributes.kind === 'nonResource') continue;
    const role = roleOf(rbac, binding.roleRef, binding.namespace);
    if (role === undefined) continue;
    const ruleIndex = ruleOf(role);
    const rule = role.rules[ruleIndex];
    if (rule === undefined) continue;
    for (const subject of grantSubjects(binding)) {
      const key = `${subject.kind} ${'namespace' in subject ? `${subject.namespace}/` : ''}${subject.name}`;
      const holder = holders.get(key) ?? { subject, paths: [] };
      holders.set(key, holder);
      if (holder.paths.at(-1)?.binding !== binding) holder.paths.push({ binding, role, rule, ruleIndex });
    }
  }
  return { holders: [...holders.values()].sort(compareHolders), besides: besidesOf(world.authorizers) };
}

/** The subjects of a binding that somebody can be. */
export function grantSubjects(binding: Binding): readonly GrantSubject[] {
  return binding.subjects.flatMap((subject): readonly GrantSubject[] => {
    const target = subjectTarget(subject, binding.namespace);
    if (target === undefined) return [];
    if (target.of === 'group') return [{ kind: 'Group', name: subject.name }];
    if (subject.kind === 'User') return [{ kind: 'User', name: subject.name }];
    const namespace = subject.namespace === '' ? binding.namespace : subject.namespace;
    return [{ kind: 'ServiceAccount', namespace, name: subject.name }];
  });
}

const order = ['User', 'Group', 'ServiceAccount'];

function compareHolders(a: Holder, b: Holder): number {
  const text = ({ subject }: Holder): string => `${'namespace' in subject ? subject.namespace : ''}/${subject.name}`;
  return order.indexOf(a.subject.kind) - order.indexOf(b.subject.kind) || (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0);
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
