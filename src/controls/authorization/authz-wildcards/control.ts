import { rbacKinds, rulesOfRole } from '../../../authorization/grants.ts';
import type { GrantedRule } from '../../../authorization/grants.ts';
import type { PolicyRule } from '../../../authorization/rbac/rule.ts';
import { clusterVersion } from '../../../cluster/component-version.ts';
import { globMatches } from '../../../cluster/glob.ts';
import type { ClusterObject } from '../../../cluster/objects.ts';
import { labelsOf, objectName, placeIn } from '../../../cluster/objects.ts';
import type { Context, Draft, Parameters } from '../../control.ts';
import { defineControl } from '../../control.ts';
import { grantsOf, systemTest } from '../judge-grants.ts';

type Asked = Parameters & { readonly ownGroups: readonly string[]; readonly exempt: readonly string[] };

const builtIn: ReadonlySet<string> = new Set(['', 'apps', 'autoscaling', 'batch', 'extensions', 'policy', '*']);
const bootstrapNames: ReadonlySet<string> = new Set(['cluster-admin', 'admin', 'edit', 'view']);

function reachesBuiltIn(rule: PolicyRule, ownGroups: readonly string[]): boolean {
  return rule.apiGroups.some((group) => !ownGroups.includes(group) && (builtIn.has(group) || group.endsWith('.k8s.io')));
}

/** The wildcards of a rule: those that count, and those over groups that are all someone's own. A star after the slash matches nothing. */
function wildcards(
  rule: PolicyRule,
  ownGroups: readonly string[],
): { readonly counting: readonly string[]; readonly own: readonly string[] } {
  const urls = rule.nonResourceURLs.filter((url) => url === '*' || url === '/*').map((url) => `nonResourceURLs ${url}`);
  const inGroups = [
    ...rule.resources
      .filter((resource) => resource === '*' || (resource.startsWith('*/') && resource !== '*/*'))
      .map((resource) => `resources ${resource}`),
    ...(rule.apiGroups.length > 0 && rule.verbs.includes('*') ? ['verbs *'] : []),
    ...(rule.apiGroups.includes('*') ? ['apiGroups *'] : []),
  ];
  return reachesBuiltIn(rule, ownGroups) ? { counting: [...urls, ...inGroups], own: [] } : { counting: urls, own: inGroups };
}

function isBootstrap(role: ClusterObject): boolean {
  if (role.name === 'cluster-admin' && role.kind === 'ClusterRole') return true;
  const named = role.name.startsWith('system:') || bootstrapNames.has(role.name);
  return named && labelsOf(role)['kubernetes.io/bootstrapping'] === 'rbac-defaults';
}

/** Roles with a subject that is not part of Kubernetes; those that aggregate into admin, edit or view count as bound. */
function boundRoles(context: Context<Asked>): ReadonlySet<string> {
  const isSystem = systemTest(context);
  const bound = grantsOf(context).grants.filter(({ subject }) => !isSystem(subject));
  return new Set(bound.map(({ role }) => `${role.kind} ${role.namespace ?? ''} ${role.name}`));
}

function aggregatesIntoUsers(role: ClusterObject): boolean {
  return Object.entries(labelsOf(role)).some(
    ([key, value]) => /^rbac\.authorization\.k8s\.io\/aggregate-to-(admin|edit|view)$/.test(key) && value === 'true',
  );
}

function judge(role: ClusterObject, rules: readonly GrantedRule[], ownGroups: readonly string[]): Omit<Draft, 'subject'> {
  const found = rules.map((granted) => ({ granted, ...wildcards(granted.rule, ownGroups) }));
  const counting = found.filter((entry) => entry.counting.length > 0);
  const notes = found
    .filter((entry) => entry.own.length > 0)
    .map(({ granted, own }) => `rules[${granted.index}] has ${own.join(' and ')} over groups that are not built in`);
  if (counting.length === 0)
    return {
      verdict: 'pass',
      message: 'no rule has a wildcard that reaches built-in resources',
      evidence: [{ ...placeIn(role, ['rules']), seen: `${rules.length} rules` }],
      notes,
    };
  const evidence = counting.map(({ granted, counting: texts }) => ({
    ...placeIn(granted.from ?? role, ['rules', granted.index]),
    seen: texts.join(', '),
    wanted: 'the verbs, resources and groups by name',
  }));
  const message = counting
    .map(
      ({ granted, counting: texts }) =>
        `rules[${granted.index}]${granted.fromName === role.name ? '' : ` of ${granted.fromName}`} has ${texts.join(' and ')}`,
    )
    .join('; ');
  return { verdict: 'fail', message, evidence, notes };
}

export const control = defineControl({
  id: 'authz-wildcards',
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
  parameters: { ownGroups: [], exempt: [] },
  revisions: [
    {
      since: '1.28',
      evaluate: function* (context) {
        const bound = boundRoles(context);
        const options = {
          minor: clusterVersion(context.cluster)?.minor,
          clusterRolesListed: context.isListed(rbacKinds.clusterRole),
          rolesListed: context.isListed(rbacKinds.role),
        };
        const roles = [
          ...context.cluster.objects.ofKind(rbacKinds.clusterRole),
          ...context.cluster.objects.ofKind(rbacKinds.role),
        ];
        for (const role of roles) {
          const isBound =
            bound.has(`${role.kind} ${role.namespace ?? ''} ${role.name}`) ||
            (role.kind === 'ClusterRole' && aggregatesIntoUsers(role));
          if (
            !isBound ||
            isBootstrap(role) ||
            context.parameters.exempt.some((glob) => globMatches(glob, role.name) || globMatches(glob, objectName(role)))
          )
            continue;
          const subject = {
            kind: role.kind,
            name: role.name,
            ...(role.namespace === undefined ? {} : { namespace: role.namespace }),
          };
          yield { ...judge(role, rulesOfRole(role, context.cluster.objects, options), context.parameters.ownGroups), subject };
        }
      },
    },
  ],
  remedy: {
    kind: 'owner',
    text: 'Name the verbs, resources and groups that this cluster has, cut to what the audit log shows. Roles that nobody holds are left alone.',
  },
  tradeOffs: ['Operators that create CRDs at run time lose rights on them.'],
});
