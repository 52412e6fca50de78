import type { Grant } from '../../../authorization/grants.ts';
import type { PolicyRule } from '../../../authorization/rbac/rule.ts';
import { apiGroupMatches } from '../../../authorization/rbac/rule.ts';
import { defineControl } from '../../control.ts';
import type { GrantPath } from '../judge-grants.ts';
import { judgeHolders, usualExcuse } from '../judge-grants.ts';

function has(rule: PolicyRule, verb: 'escalate' | 'bind'): boolean {
  return rule.verbs.includes(verb) || rule.verbs.includes('*');
}

function reaches(rule: PolicyRule, resource: 'roles' | 'clusterroles'): boolean {
  return rule.resources.includes(resource) || rule.resources.includes('*');
}

/** A RoleBinding gives escalate on roles of its namespace; bind on either kind, for the server asks in the new binding's namespace. */
function gives(rule: PolicyRule, grant: Grant): boolean {
  if (!apiGroupMatches(rule, 'rbac.authorization.k8s.io')) return false;
  const escalates =
    has(rule, 'escalate') && (reaches(rule, 'roles') || (grant.scope.kind === 'cluster' && reaches(rule, 'clusterroles')));
  return escalates || (has(rule, 'bind') && (reaches(rule, 'roles') || reaches(rule, 'clusterroles')));
}

/** bind alone, on named roles that do no harm. */
function isHarmless({ rule }: GrantPath, harmless: readonly string[]): boolean {
  if (rule === undefined || has(rule.rule, 'escalate')) return false;
  return rule.rule.resourceNames.length > 0 && rule.rule.resourceNames.every((name) => harmless.includes(name));
}

export const control = defineControl({
  id: 'authz-escalate-bind',
  needs: [
    {
      kind: 'listed',
      kinds: [
        'ClusterRole.rbac.authorization.k8s.io',
        'Role.rbac.authorization.k8s.io',
        'ClusterRoleBinding.rbac.authorization.k8s.io',
        'RoleBinding.rbac.authorization.k8s.io',
      ],
    },
  ],
  absence: 'pass',
  parameters: { allow: [], harmlessRoles: ['view'] },
  revisions: [
    {
      since: '1.28',
      evaluate: (context) => {
        const { allow, harmlessRoles } = context.parameters;
        return judgeHolders(context, {
          scope: 'any',
          gives,
          excuse: usualExcuse(context, allow),
          harmless: { test: (path) => isHarmless(path, harmlessRoles), reason: 'bind alone, on roles that do no harm' },
          what: 'may give itself any right (escalate or bind on roles)',
          wanted: 'no escalate; bind with resourceNames alone',
        });
      },
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Remove the verbs `escalate` and `bind`; for self-service leave `bind` with `resourceNames: [view]`.',
  },
  tradeOffs: ['Operators that hand out roles to tenants stop: give them the roles by name.'],
});
