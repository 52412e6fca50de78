import { counted } from '../counted.ts';
import type { JsonObject } from '../../cluster/json.ts';
import { listAt, objectAt, stringsAt } from '../../cluster/json.ts';
import type { Evidence, Subject } from '../../results/finding.ts';
import { canaryContainer, canaryPod } from '../canary-pod.ts';
import { offer, offerOf } from '../caller.ts';
import { hasTokenVolume, podsPath } from '../offered-template.ts';
import type { Contradiction, Probe } from '../probe.ts';
import { notPossible, settled } from '../probe.ts';
import { accountOf } from '../review.ts';
import type { World } from '../world.ts';

const rulesPath = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';

/** In each namespace a pod that names no account gets no token, and the account `default` may do nothing but ask about itself. */
export const probe: Probe = {
  control: 'authz-default-sa-unused',
  needs: ['api'],
  run: async (world, result) => {
    const accounts = result.findings
      .map(({ subject }) => subject)
      .filter(({ kind, name }) => kind === 'ServiceAccount' && name === 'default');
    if (accounts.length === 0) return notPossible('there is no namespace to ask in');
    const contradictions: Contradiction[] = [];
    const unasked: string[] = [];
    for (const subject of accounts) {
      const namespace = subject.namespace ?? 'default';
      const mounted = await tokenOf(world, namespace, subject);
      if (typeof mounted === 'string') unasked.push(`${namespace} (${mounted})`);
      else contradictions.push(...mounted);
      contradictions.push(...(await rightsOf(world, namespace, subject)));
    }
    if (contradictions.length === 0 && unasked.length > 0)
      return notPossible(`a pod without an account is not admitted in ${unasked.slice(0, 3).join(', ')}`);
    const reason = `in ${counted(accounts.length, 'namespace')} a pod that names no account gets no token, and the account may only ask about itself`;
    return settled(contradictions, reason, [{ source: rulesPath, seen: 'self-reviews and discovery alone' }]);
  },
};

async function tokenOf(world: World, namespace: string, subject: Subject): Promise<readonly Contradiction[] | string> {
  const resources = { requests: { cpu: '1m', memory: '1Mi' }, limits: { cpu: '1m', memory: '1Mi' } };
  const spec = { automountServiceAccountToken: undefined };
  // With and without resources: a quota asks for them, the least of a LimitRange may be more.
  const pods = [
    canaryPod(world.canary.name('default'), { spec }),
    canaryPod(world.canary.name('default'), { spec, containers: [canaryContainer('c', {}, { resources })] }),
  ];
  let refusal = '';
  for (const pod of pods) {
    const { status, message, body } = await offer(world.caller.self, podsPath(namespace), pod);
    if (status === 200) {
      if (!hasTokenVolume(body)) return [];
      const source = `POST ${podsPath(namespace)}?dryRun=All`;
      const evidence = [{ source, seen: 'a volume kube-api-access-…', wanted: 'none' }];
      return [{ subject, message: 'the server mounts its token into a pod that names no account', evidence }];
    }
    refusal = `${status} ${message}`;
  }
  return refusal;
}

async function rightsOf(world: World, namespace: string, subject: Subject): Promise<readonly Contradiction[]> {
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } };
  const answer = offerOf(await world.caller.as(accountOf(namespace, 'default')).write({ method: 'POST', path: rulesPath, body }));
  if (answer.status !== 200) return [];
  const rules = listAt(objectAt(objectAt(answer.body)['status'])['resourceRules']).map(objectAt);
  const beyond = rules.filter((rule) => !asksAboutItself(rule));
  const [first] = beyond;
  if (first === undefined) return [];
  const seen = `${stringsAt(first['verbs']).join(',')} ${stringsAt(first['resources']).join(',')}`;
  const evidence: Evidence[] = [{ source: rulesPath, seen, wanted: 'self-reviews and discovery alone' }];
  return [{ subject, message: `the account may ${seen}`, evidence }];
}

function asksAboutItself(rule: JsonObject): boolean {
  const groups = stringsAt(rule['apiGroups']);
  const own = groups.every((group) => group === 'authorization.k8s.io' || group === 'authentication.k8s.io');
  const bundles = stringsAt(rule['resources']).join() === 'clustertrustbundles';
  return bundles || (own && stringsAt(rule['resources']).every((name) => name.startsWith('selfsubject')));
}
