import type { User } from '../../authentication/user.ts';
import type { CompiledAuthorization } from '../chain.ts';
import type { PolicyRule } from '../rbac/rule.ts';
import { grantsOf } from '../rbac/rbac.ts';
import type { GrantPath } from './who-can.ts';

/** Rules that a user holds in one scope. */
export interface ScopedRights {
  /** Empty: the whole cluster. */
  readonly namespace: string;
  readonly rights: readonly GrantPath[];
  /** References of the user's bindings that lead nowhere. */
  readonly dangling: readonly string[];
}

/** Everything that a user may do by RBAC, cluster first, then by namespace; each rule with the binding and role that give it. */
export function rightsOf({ rbac }: CompiledAuthorization, user: User): readonly ScopedRights[] {
  const scopes = new Map<string, { rights: GrantPath[]; dangling: string[] }>();
  for (const { binding, role } of grantsOf(rbac, user)) {
    const scope = scopes.get(binding.namespace) ?? { rights: [], dangling: [] };
    scopes.set(binding.namespace, scope);
    if (role === undefined)
      scope.dangling.push(`${binding.kind} ${binding.name} → ${binding.roleRef.kind} ${binding.roleRef.name}`);
    else scope.rights.push(...role.rules.map((rule, ruleIndex) => ({ binding, role, rule, ruleIndex })));
  }
  return [...scopes]
    .map(([namespace, scope]) => ({ namespace, ...scope }))
    .sort((a, b) => (a.namespace < b.namespace ? -1 : a.namespace > b.namespace ? 1 : 0));
}

/** A rule in a few words: `get, list on secrets, deployments.apps`, `get on /metrics`. */
export function describeRule({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): string {
  const groups = apiGroups.filter((group) => group !== '');
  const suffix =
    groups.length === 0
      ? ''
      : apiGroups.length === 1
        ? `.${groups[0] ?? ''}`
        : ` of ${apiGroups.map((group) => (group === '' ? '""' : group)).join(', ')}`;
  const what = [
    ...(resources.length === 0
      ? []
      : [
          suffix.startsWith('.') ? resources.map((one) => qualified(one, suffix)).join(', ') : `${resources.join(', ')}${suffix}`,
        ]),
    ...(nonResourceURLs.length === 0 ? [] : [nonResourceURLs.join(', ')]),
  ].join(' and ');
  const names = resourceNames.length === 0 ? '' : ` named ${resourceNames.map((name) => (name === '' ? '""' : name)).join(', ')}`;
  return `${verbs.join(', ')} on ${what}${names}`;
}

/** `deployments/scale` of `.apps` is written `deployments.apps/scale`. */
function qualified(resource: string, suffix: string): string {
  const [head = '', ...rest] = resource.split('/');
  return head === '*' && rest.length === 0 ? `*${suffix}` : [`${head}${suffix}`, ...rest].join('/');
}
