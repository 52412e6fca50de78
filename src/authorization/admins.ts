import type { Grant, GrantedRole, GrantedRule } from './grants.ts';
import { privilegedGroup } from './privileged-group.ts';
import type { PolicyRule } from './rbac/rule.ts';
import type { GrantSubject } from './subjects.ts';

/** Reports whether one rule is all verbs on all resources of all groups, without names. */
function isAdminRule(rule: PolicyRule): boolean {
  return (
    rule.verbs.includes('*') && rule.resources.includes('*') && rule.apiGroups.includes('*') && rule.resourceNames.length === 0
  );
}

/** Reports whether a role is the ClusterRole cluster-admin, or holds (or aggregates) a rule that gives everything. */
export function isAdminRole(role: Pick<GrantedRole, 'kind' | 'name'>, rules: readonly Pick<GrantedRule, 'rule'>[]): boolean {
  return (role.kind === 'ClusterRole' && role.name === 'cluster-admin') || rules.some(({ rule }) => isAdminRule(rule));
}

const adminGroups: ReadonlySet<string> = new Set([privilegedGroup, 'kubeadm:cluster-admins']);

/**
 * Finds the administrators: groups system:masters and kubeadm:cluster-admins, users whom a ClusterRoleBinding binds by name to an
 * admin role, service accounts in kube-system.
 *
 * @returns a test of one subject; make it once for all grants
 */
export function adminTest(grants: readonly Grant[]): (subject: GrantSubject) => boolean {
  const users = new Set<string>();
  for (const { subject, scope, role, rules, roleState } of grants) {
    if (subject.kind !== 'User' || scope.kind !== 'cluster' || roleState === 'missing') continue;
    if (isAdminRole(role, rules)) users.add(subject.name);
  }
  return (subject) => {
    if (subject.kind === 'Group') return adminGroups.has(subject.name);
    return subject.kind === 'ServiceAccount' ? subject.namespace === 'kube-system' : users.has(subject.name);
  };
}
