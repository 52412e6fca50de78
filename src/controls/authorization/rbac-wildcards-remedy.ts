import type { PolicyRule } from '../../authorization/rbac/rule.ts';
import { objectAt, stringAt } from '../../cluster/json.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { Context, Parameters } from '../control.ts';
import type { Narrow } from './rbac-narrowing-remedy.ts';
import { commonVerbs } from './rbac-narrowing-remedy.ts';
import { builtInResources } from './rbac-resources-remedy.ts';

const crdKind = 'CustomResourceDefinition.apiextensions.k8s.io';

/** Paths that every authenticated user may read anyway, and the metrics: what `*` over URLs is used for. Source: ClusterRole system:discovery, system:monitoring. */
const commonURLs = [
  '/api',
  '/api/*',
  '/apis',
  '/apis/*',
  '/healthz',
  '/livez',
  '/metrics',
  '/openapi',
  '/openapi/*',
  '/readyz',
  '/version',
  '/version/',
];

/** The resources of this cluster by group: those built in, and those whose definitions were seen. */
function resourcesOf(cluster: Cluster): ReadonlyMap<string, readonly string[]> {
  const map = new Map<string, readonly string[]>(Object.entries(builtInResources));
  for (const crd of cluster.objects.ofKind(crdKind)) {
    const spec = objectAt(crd.manifest['spec']);
    const [group, plural] = [stringAt(spec['group']), stringAt(objectAt(spec['names'])['plural'])];
    if (group === undefined || plural === undefined) continue;
    map.set(group, [...new Set([...(map.get(group) ?? []), plural])].sort());
  }
  return map;
}

/**
 * Spells out the wildcards of a rule for the resources of this cluster. Special verbs are left out, and so is what other essential
 * controls forbid in that scope: `nodes/proxy`, tokens of service accounts, writing of admission configuration and, for the
 * cluster, reading of Secrets. A rule without a wildcard that counts stays as it is.
 */
export function spellOut<P extends Parameters>(context: Context<P>, scope: 'cluster' | 'namespace'): Narrow {
  const known = resourcesOf(context.cluster);
  return (rule) => {
    const urls = [...new Set(rule.nonResourceURLs.flatMap((url) => (url === '*' || url === '/*' ? commonURLs : [url])))];
    if (rule.nonResourceURLs.length > 0 && rule.resources.length === 0)
      return [{ ...rule, nonResourceURLs: urls, verbs: urlVerbs(rule.verbs) }];
    const verbs = rule.verbs.includes('*') ? [...commonVerbs] : rule.verbs;
    if (!rule.apiGroups.includes('*') && !rule.resources.some(isStar)) return [verbs === rule.verbs ? rule : { ...rule, verbs }];
    const groups = rule.apiGroups.includes('*') ? [...known.keys()].sort() : rule.apiGroups;
    return groups.flatMap((group): readonly PolicyRule[] => {
      const all = known.get(group);
      // Somebody's own group of which nothing was seen keeps its star, where the rule names it; Kubernetes' own is not served.
      if (all === undefined)
        return rule.apiGroups.includes('*') || group.endsWith('.k8s.io') ? [] : [{ ...rule, apiGroups: [group], verbs }];
      const resources = rule.resources.flatMap((resource) => expand(resource, all));
      return split({ ...rule, apiGroups: [group], resources: [...new Set(resources)], verbs }, scope);
    });
  };
}

function isStar(resource: string): boolean {
  return resource === '*' || (resource.startsWith('*/') && resource !== '*/*');
}

function urlVerbs(verbs: readonly string[]): readonly string[] {
  return verbs.includes('*') ? ['get'] : verbs;
}

/** Names that stand in the rule stay only where the group has them: `pods` in every group means the core group's. */
function expand(resource: string, all: readonly string[]): readonly string[] {
  if (resource === '*') return all;
  const [kind, subresource] = resource.split('/');
  if (kind === '*') return all.filter((name) => name.split('/')[1] === subresource);
  return all.includes(resource) || subresource !== undefined ? [resource] : [];
}

const reads: readonly string[] = ['get', 'list', 'watch'];

/** Secrets and admission configuration become rules of their own. */
function split(rule: PolicyRule, scope: 'cluster' | 'namespace'): readonly PolicyRule[] {
  const [group] = rule.apiGroups;
  const dangerous = ['nodes/proxy', 'serviceaccounts/token'];
  const resources = rule.resources.filter((name) => !dangerous.includes(name));
  if (group === 'admissionregistration.k8s.io')
    return granting({ ...rule, resources, verbs: rule.verbs.filter((verb) => reads.includes(verb)) });
  if (group !== '' || scope === 'namespace' || !resources.includes('secrets')) return granting({ ...rule, resources });
  const writes = rule.verbs.filter((verb) => !reads.includes(verb));
  return granting(
    { ...rule, resources: resources.filter((name) => name !== 'secrets') },
    { ...rule, resources: ['secrets'], verbs: writes },
  );
}

function granting(...rules: readonly PolicyRule[]): readonly PolicyRule[] {
  return rules.filter(({ verbs, resources }) => verbs.length > 0 && resources.length > 0);
}
