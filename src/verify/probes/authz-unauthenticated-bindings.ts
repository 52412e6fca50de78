import { counted } from '../counted.ts';
import type { Json } from '../../cluster/json.ts';
import { listAt, objectAt, stringsAt } from '../../cluster/json.ts';
import type { Evidence } from '../../results/finding.ts';
import { offerOf } from '../caller.ts';
import type { Probe } from '../probe.ts';
import { notPossible, settled } from '../probe.ts';
import type { World } from '../world.ts';

const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
const anonymous = { user: 'system:anonymous', groups: ['system:unauthenticated'] };

/** What RBAC gives to requests without credentials: public paths, and cluster-info in kube-public, alone. */
export const probe: Probe = {
  control: 'authz-unauthenticated-bindings',
  needs: ['api'],
  run: async (world, result) => {
    const allowedUrls = stringsAt(result.parameters['allowedURLs'] as Json);
    const bound = result.findings.flatMap(({ subject }) => subject.namespace ?? []);
    const namespaces = [...new Set(['default', 'kube-public', 'kube-system', await world.canary.namespace(), ...bound])];
    const excess: string[] = [];
    for (const namespace of namespaces) excess.push(...(await excessIn(world, namespace, allowedUrls)));
    const unique = [...new Set(excess)];
    const evidence: Evidence[] = [
      { source: path, seen: unique.length === 0 ? 'public paths alone' : unique.join('; '), wanted: 'public paths alone' },
    ];
    if (unique.includes(unknown)) return notPossible('the server cannot list what requests without credentials may do');
    const message = `requests without credentials may ${unique.slice(0, 3).join('; ')}`;
    return settled(
      unique.length === 0 ? [] : [{ message, evidence }],
      `requests without credentials may read public paths alone (asked in ${counted(namespaces.length, 'namespace')})`,
      evidence,
    );
  },
};

const unknown = 'unknown';

async function excessIn(world: World, namespace: string, allowedUrls: readonly string[]): Promise<readonly string[]> {
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } };
  // To ask as nobody, nobody needs the right to ask: it has none. The answer is then 403, and so the rule is asked in its place.
  const answer = offerOf(await world.caller.as(anonymous).write({ method: 'POST', path, body }));
  if (answer.status !== 200) return byReviews(world, namespace);
  const status = objectAt(objectAt(answer.body)['status']);
  const resources = listAt(status['resourceRules']).flatMap((item) => {
    const rule = objectAt(item);
    const names = stringsAt(rule['resourceNames']);
    const isClusterInfo =
      namespace === 'kube-public' &&
      stringsAt(rule['verbs']).join() === 'get' &&
      stringsAt(rule['resources']).join() === 'configmaps' &&
      names.join() === 'cluster-info';
    return isClusterInfo
      ? []
      : [`${stringsAt(rule['verbs']).join(',')} ${stringsAt(rule['resources']).join(',')} in ${namespace}`];
  });
  const urls = listAt(status['nonResourceRules']).flatMap((item) => {
    const rule = objectAt(item);
    const others = stringsAt(rule['nonResourceURLs']).filter((url) => !allowedUrls.includes(url));
    const verbs = stringsAt(rule['verbs']);
    return others.length === 0 && verbs.join() === 'get'
      ? []
      : [`${verbs.join(',')} ${(others.length === 0 ? allowedUrls : others).join(',')}`];
  });
  return [...resources, ...urls];
}

async function byReviews(world: World, namespace: string): Promise<readonly string[]> {
  const { isAllowed } = await import('../review.ts');
  const held: string[] = [];
  for (const [group, resource] of commonResources)
    for (const verb of ['get', 'list', 'create', 'delete']) {
      const { allowed } = await isAllowed(world, anonymous, { verb, group, resource, namespace });
      if (allowed) held.push(`${verb} ${resource} in ${namespace}`);
    }
  return held;
}

const commonResources = [
  ['', 'pods'],
  ['', 'secrets'],
  ['', 'configmaps'],
  ['', 'services'],
  ['', 'nodes'],
  ['', 'namespaces'],
  ['', 'events'],
  ['apps', 'deployments'],
  ['rbac.authorization.k8s.io', 'clusterrolebindings'],
  ['*', '*'],
] as const;
