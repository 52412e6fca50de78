import { rbacKinds } from '../../../authorization/grants.ts';
import { isBootstrapObject } from '../../../authorization/rbac/bootstrap.ts';
import { isObject } from '../../../cluster/json.ts';
import { judging, noRemedy, objectOf, objectRemedy } from '../../object-remedy.ts';
import type { RemedyFunction } from '../../remedy.ts';
import { grantsOf } from '../judge-grants.ts';
import type { Narrow } from '../rbac-narrowing-remedy.ts';
import { narrowRole } from '../rbac-remedy.ts';
import { spellOut } from '../rbac-wildcards-remedy.ts';

const builtIn: ReadonlySet<string> = new Set(['', 'apps', 'autoscaling', 'batch', 'extensions', 'policy', '*']);

/** Spells out the wildcards of the role for the resources of this cluster; rules over groups of somebody's own stay. */
export const remedy: RemedyFunction = (finding, context) => {
  const role = objectOf(context, finding.subject);
  if (role === undefined) return noRemedy('the role was not seen');
  if (isBootstrapObject(role)) return noRemedy('the API server itself keeps this role: it puts the rule back at its next start');
  if (isObject(role.manifest['aggregationRule']))
    return noRemedy('its rules are gathered from other roles, which have to be changed instead: see the places of the finding');
  const own = context.parameters['ownGroups'];
  const ownGroups: readonly string[] = Array.isArray(own) ? own.map(String) : [];
  const { grants } = grantsOf(judging(context));
  const isClusterWide =
    role.kindKey === rbacKinds.clusterRole &&
    !grants.every(({ role: bound, scope }) => bound.object !== role || scope.kind === 'namespace');
  const spell = spellOut(judging(context), isClusterWide ? 'cluster' : 'namespace');
  const narrow: Narrow = (rule) => {
    const reaches = rule.apiGroups.some(
      (group) => !ownGroups.includes(group) && (builtIn.has(group) || group.endsWith('.k8s.io')),
    );
    const hasUrl = rule.nonResourceURLs.some((url) => url === '*' || url === '/*');
    const hasStar =
      reaches &&
      (rule.verbs.includes('*') ||
        rule.apiGroups.includes('*') ||
        rule.resources.some((name) => name === '*' || /^\*\/(?!\*$)/.test(name)));
    return hasUrl || hasStar ? spell(rule) : [rule];
  };
  const left = [
    ...(isClusterWide ? ['reading of Secrets'] : []),
    'nodes/proxy',
    'serviceaccounts/token',
    'writing of admission configuration',
  ];
  return objectRemedy(narrowRole(role, narrow), {
    by: 'owner',
    why: 'a wildcard gives what nobody thought of, and whatever is added to the cluster later',
    sideEffects: [
      'Operators that create CustomResourceDefinitions at run time lose the rights on resources that were not seen here.',
      `Left out, for other controls forbid it: ${left.join(', ')}, and the verbs escalate, bind, impersonate, approve and sign. What is needed of these, name it in a rule of its own.`,
      'Cut the list further to what the audit log shows for its holders.',
    ],
  });
};
