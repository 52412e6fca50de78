import type { Grant, GrantedRule } from '../../../authorization/grants.ts';
import type { PolicyRule } from '../../../authorization/rbac/rule.ts';
import { objectName } from '../../../cluster/objects.ts';
import type { Draft } from '../../control.ts';
import { defineControl } from '../../control.ts';
import { grantsOf, pathEvidence } from '../judge-grants.ts';

function isWorld(grant: Grant): boolean {
  const { kind, name } = grant.subject;
  return (kind === 'User' && name === 'system:anonymous') || (kind === 'Group' && name === 'system:unauthenticated');
}

function only(list: readonly string[], allowed: readonly string[]): boolean {
  return list.length > 0 && list.every((item) => allowed.includes(item));
}

/** A rule that no request matches: without verbs, without resources or groups, or URLs through a RoleBinding. */
function grantsNothing(rule: PolicyRule, grant: Grant): boolean {
  const urls = rule.nonResourceURLs.length > 0 && grant.scope.kind === 'cluster';
  const resources = rule.resources.length > 0 && rule.apiGroups.length > 0;
  return rule.verbs.length === 0 || !(urls || resources);
}

/** get on allowed URLs for the cluster, or get on the ConfigMap that kubeadm publishes for joining nodes. */
function isHarmless(rule: PolicyRule, grant: Grant, allowedURLs: readonly string[]): boolean {
  if (grantsNothing(rule, grant)) return true;
  if (!only(rule.verbs, ['get'])) return false;
  if (grant.scope.kind === 'cluster') return rule.resources.length === 0 && only(rule.nonResourceURLs, allowedURLs);
  const clusterInfo =
    only(rule.resources, ['configmaps']) && only(rule.apiGroups, ['']) && only(rule.resourceNames, ['cluster-info']);
  return clusterInfo && grant.scope.namespace === 'kube-public';
}

function describe({ rule, index }: GrantedRule): string {
  const on = rule.nonResourceURLs.length > 0 ? rule.nonResourceURLs : rule.resources;
  return `rules[${index}]: ${rule.verbs.join(',')} ${on.join(',')}`;
}

export const control = defineControl({
  id: 'authz-unauthenticated-bindings',
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
  parameters: { allowedURLs: ['/livez', '/readyz', '/healthz', '/version', '/version/'] },
  revisions: [
    {
      since: '1.28',
      evaluate: function* (context): Iterable<Draft> {
        const bindings = new Map<string, Grant[]>();
        for (const grant of grantsOf(context).grants)
          if (isWorld(grant))
            bindings.set(objectName(grant.binding), [...(bindings.get(objectName(grant.binding)) ?? []), grant]);
        for (const [name, grants] of bindings) {
          const [grant] = grants;
          if (grant === undefined) continue;
          const { kind, name: own, namespace } = grant.binding;
          const subject = { kind, name: own, ...(namespace === undefined ? {} : { namespace }) };
          const bad = grant.rules.filter(({ rule }) => !isHarmless(rule, grant, context.parameters.allowedURLs));
          const shown = bad.length > 0 ? bad : grant.rules;
          const wanted = `get on ${context.parameters.allowedURLs.join(', ')}`;
          const evidence =
            shown.length > 0
              ? shown.flatMap((rule) => pathEvidence({ grant, rule }, wanted))
              : pathEvidence({ grant, rule: undefined }, wanted);
          if (grant.roleState === 'missing')
            yield {
              verdict: 'fail',
              subject,
              message: `${grant.role.kind} ${grant.role.name} does not exist: whoever creates it gives it to the world`,
              evidence,
            };
          else if (grant.roleState === 'unseen')
            yield {
              verdict: 'unknown',
              subject,
              message: `${grant.role.kind} ${grant.role.name}, which it gives to everybody without credentials, was not seen`,
              evidence,
            };
          else if (bad.length > 0)
            yield {
              verdict: 'fail',
              subject,
              message: `gives everybody without credentials more than public information: ${bad.map(describe).join('; ')}`,
              evidence,
            };
          else yield { verdict: 'pass', subject, message: `${name} gives public information alone`, evidence };
        }
      },
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Remove the subjects `system:anonymous` and `system:unauthenticated`, and the binding when none is left. Bindings `system:discovery` and `system:basic-user` of clusters born before 1.14 as well: the server does not remove the subject.',
  },
  tradeOffs: ['Health checks and old dashboards without credentials get 403.'],
});
