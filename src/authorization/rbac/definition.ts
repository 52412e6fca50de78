import type { User } from '../../authentication/user.ts';
import type { Attributes } from '../attributes.ts';
import { namespaceOf } from '../attributes.ts';
import type { RbacDecision } from './decision.ts';
import { allowReason, noOpinion, resolutionError } from './decision.ts';
import type { Binding, RbacObjects, Role } from './objects.ts';
import { ruleAllows } from './rule.ts';
import { appliesToUser } from './subject.ts';

/**
 * The rule of RBAC, read aloud: first all ClusterRoleBindings, then the RoleBindings of the request's namespace; in each that
 * speaks of the user, the rules of its role; the first rule that allows decides.
 *
 * Rule source: K:plugin/pkg/auth/authorizer/rbac/rbac.go `Authorize`, K:pkg/registry/rbac/validation/rule.go `VisitRulesFor`.
 * Linear in the bindings: `rbac.ts` is the fast form and gives the same answers.
 */
export function authorizeByDefinition(objects: RbacObjects, user: User, attributes: Attributes): RbacDecision {
  const namespace = namespaceOf(attributes);
  const clusterRoleBindings = objects.bindings.filter((binding) => binding.kind === 'ClusterRoleBinding');
  const roleBindings = objects.bindings.filter(
    (binding) => binding.kind === 'RoleBinding' && namespace !== '' && binding.namespace === namespace,
  );
  const errors: string[] = [];
  for (const binding of [...clusterRoleBindings, ...roleBindings]) {
    const subjectIndex = binding.subjects.findIndex((subject) => appliesToUser(user, subject, binding.namespace));
    const subject = binding.subjects[subjectIndex];
    if (subject === undefined) continue;
    const role = roleOf(objects, binding);
    if (role === undefined) {
      errors.push(resolutionError(binding.roleRef));
      continue;
    }
    const ruleIndex = role.rules.findIndex((rule) => ruleAllows(rule, attributes));
    if (ruleIndex >= 0)
      return { kind: 'allow', reason: allowReason(binding, subject), source: { binding, subjectIndex, role, ruleIndex } };
  }
  return noOpinion(errors);
}

/** A reference to a Role is looked up in the binding's namespace, so a ClusterRoleBinding never finds one. */
function roleOf(objects: RbacObjects, binding: Binding): Role | undefined {
  const { kind, name } = binding.roleRef;
  if (kind === 'ClusterRole') return objects.roles.find((role) => role.kind === kind && role.name === name);
  return objects.roles.find((role) => role.kind === kind && role.name === name && role.namespace === binding.namespace);
}
