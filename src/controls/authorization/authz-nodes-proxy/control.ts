import type { PolicyRule } from '../../../authorization/rbac/rule.ts';
import { apiGroupMatches } from '../../../authorization/rbac/rule.ts';
import type { GrantSubject } from '../../../authorization/subjects.ts';
import type { Context, Parameters } from '../../control.ts';
import { defineControl } from '../../control.ts';
import type { GrantPath } from '../judge-grants.ts';
import { judgeHolders, usualExcuse } from '../judge-grants.ts';
import { kubeletClientNames } from '../kubelet-client.ts';

function givesProxy(rule: PolicyRule): boolean {
  return (
    rule.verbs.length > 0 &&
    apiGroupMatches(rule, '') &&
    rule.resources.some((resource) => ['nodes/proxy', '*/proxy', '*'].includes(resource))
  );
}

/** A user that holds it only through system:kubelet-api-admin may be the API server itself. */
function mayBeApiServer<P extends Parameters>(
  context: Context<P>,
  subject: GrantSubject,
  paths: readonly GrantPath[],
): string | undefined {
  const onlyKubeletAdmin = paths.every(
    ({ grant }) => grant.role.kind === 'ClusterRole' && grant.role.name === 'system:kubelet-api-admin',
  );
  if (subject.kind !== 'User' || !onlyKubeletAdmin || kubeletClientNames(context.cluster).seen) return undefined;
  return 'may be the API server itself: the certificate of --kubelet-client-certificate, whose name would show it, was not seen';
}

export const control = defineControl({
  id: 'authz-nodes-proxy',
  needs: [{ kind: 'listed', kinds: ['ClusterRole.rbac.authorization.k8s.io', 'ClusterRoleBinding.rbac.authorization.k8s.io'] }],
  absence: 'pass',
  parameters: { allow: ['User kube-apiserver-kubelet-client'] },
  revisions: [
    {
      since: '1.28',
      evaluate: (context) => {
        const usual = usualExcuse(context, context.parameters.allow);
        const client = kubeletClientNames(context.cluster);
        if (!client.seen) context.remark('the certificate of --kubelet-client-certificate was not seen');
        return judgeHolders(context, {
          scope: 'cluster',
          gives: givesProxy,
          excuse: (subject) =>
            usual(subject) ??
            (subject.kind === 'User' && client.names.includes(subject.name) ? "the API server's own kubelet client" : undefined),
          doubt: (subject, paths) => mayBeApiServer(context, subject, paths),
          what: 'runs commands in every pod of every node (nodes/proxy)',
          wanted: 'nodes/metrics, nodes/stats, nodes/log',
        });
      },
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Replace `nodes/proxy` by `nodes/metrics`, `nodes/stats`, `nodes/log` and, from 1.33, `nodes/pods`, `nodes/healthz`, `nodes/configz`.',
  },
  tradeOffs: ['Below 1.33 reading /pods and /configz of a kubelet still needs nodes/proxy: such scrapers break.'],
});
