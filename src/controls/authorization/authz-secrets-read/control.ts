import { apiGroupMatches } from '../../../authorization/rbac/rule.ts';
import type { PolicyRule } from '../../../authorization/rbac/rule.ts';
import { defineControl } from '../../control.ts';
import { judgeHolders, usualExcuse } from '../judge-grants.ts';

/** get, list and watch all show values; a rule limited to names is not judged here. */
function readsAllSecrets(rule: PolicyRule): boolean {
  const reads = rule.verbs.some((verb) => ['get', 'list', 'watch', '*'].includes(verb));
  const secrets = rule.resources.includes('secrets') || rule.resources.includes('*');
  return reads && secrets && apiGroupMatches(rule, '') && rule.resourceNames.length === 0;
}

export const control = defineControl({
  id: 'authz-secrets-read',
  needs: [{ kind: 'listed', kinds: ['ClusterRole.rbac.authorization.k8s.io', 'ClusterRoleBinding.rbac.authorization.k8s.io'] }],
  absence: 'pass',
  parameters: { allow: [] },
  revisions: [
    {
      since: '1.28',
      evaluate: (context) =>
        judgeHolders(context, {
          scope: 'cluster',
          gives: readsAllSecrets,
          excuse: usualExcuse(context, context.parameters.allow),
          what: 'reads every Secret of the cluster',
          wanted: 'RoleBindings where Secrets are read, or resourceNames',
        }),
    },
  ],
  remedy: {
    kind: 'owner',
    text: 'RoleBindings in the namespaces where the audit log shows reads, or a `get` with resourceNames; then the cluster-wide rule goes.',
  },
  tradeOffs: ['Ingress, certificate and GitOps controllers that watch all Secrets stop syncing.'],
});
