import { compileGrants } from '../../authorization/grants.ts';
import type { PolicyRule } from '../../authorization/rbac/rule.ts';
import { isSystemSubject } from '../../authorization/subjects.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { clusterVersion } from '../../cluster/component-version.ts';
import type { Settings } from '../../controls/settings.ts';
import type { ControlResult } from '../../results/report.ts';
import { formatSubject } from '../../results/finding.ts';
import type { FormerHolder } from '../denied-rights.ts';
import { probeDenied } from '../denied-rights.ts';
import type { Probe } from '../probe.ts';
import type { AskedRight } from '../review.ts';
import type { World } from '../world.ts';

/** Whoever is bound to a role with a wildcard has no right that the wildcard alone gives; nor has a fresh service account. */
export const probe: Probe = {
  control: 'authz-wildcards',
  needs: ['api'],
  run: (world, result) =>
    probeDenied(
      world,
      [{ verb: '*', group: '*', resource: '*' }, madeUp({ verbs: ['*'], resources: ['*'], apiGroups: ['*'] })],
      holdersOf(world, result),
    ),
};

/** A right on something that does not exist, which no rule but this wildcard gives. */
function madeUp(rule: Pick<PolicyRule, 'verbs' | 'resources' | 'apiGroups'>): AskedRight {
  const pick = (values: readonly string[], made: string): string => (values.includes('*') ? made : (values[0] ?? made));
  return {
    verb: pick(rule.verbs, 'bulwark-verify'),
    group: pick(rule.apiGroups, ''),
    resource: pick(rule.resources, 'bulwark-verify').replace(/^\*\//, 'bulwark-verify/'),
  };
}

/** Whoever is bound to a role that fails, today or before the cluster was hardened. */
function holdersOf(world: World, result: ControlResult): readonly FormerHolder[] {
  const before = world.before?.results.find(({ id }) => id === result.id);
  return [
    ...holdersIn(world.cluster, result, world.settings),
    ...(world.before === undefined || before === undefined ? [] : holdersIn(world.before.cluster, before, world.settings)),
  ];
}

function holdersIn(cluster: Cluster, result: ControlResult, settings: Settings): readonly FormerHolder[] {
  const failing = new Set(
    result.findings.filter(({ verdict }) => verdict === 'fail').map(({ subject }) => formatSubject(subject)),
  );
  const { grants } = compileGrants(cluster.objects, {
    minor: clusterVersion(cluster)?.minor,
    clusterRolesListed: false,
    rolesListed: false,
  });
  return grants.flatMap(({ subject, role, rules, scope }): FormerHolder[] => {
    const { kind, name, namespace } = role;
    const roleName = formatSubject({ kind, name, ...(namespace === undefined ? {} : { namespace }) });
    if (!failing.has(roleName) || isSystemSubject(subject, settings)) return [];
    const within = scope.kind === 'cluster' ? {} : { namespace: scope.namespace };
    const rights = rules
      .filter(({ rule }) => [...rule.verbs, ...rule.resources, ...rule.apiGroups].some((word) => word.startsWith('*')))
      .map(({ rule }) => ({ ...madeUp(rule), ...within }));
    return rights.length === 0 ? [] : [{ subject, rights }];
  });
}
