import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { User } from '../../src/authentication/user.ts';
import type { Attributes } from '../../src/authorization/attributes.ts';
import { matchWebhook } from '../../src/authorization/webhook-conditions.ts';
import type { JsonObject } from '../../src/cluster/json.ts';
import type { ControlPlane } from '../../testbed/control-plane.ts';
import { startControlPlane } from '../../testbed/control-plane.ts';
import type { Testbed } from '../../testbed/find.ts';
import { findTestbedsForLongTests } from '../../testbed/find.ts';
import { Client, each } from './many-requests.ts';
import { Random, seedOfRun } from './random-cases.ts';
import { review } from './rbac-worlds.ts';

const seed = seedOfRun();
const conditions = [
  ['has(request.resourceAttributes)', "request.resourceAttributes.namespace == 'shop'"],
  ["has(request.resourceAttributes) && request.resourceAttributes.verb in ['get', 'list']"],
  ["!('ops' in request.groups)", "request.user != 'ann'"],
  ["request.nonResourceAttributes.path.startsWith('/api')"],
  ["!request.user.startsWith('system:')", 'has(request.nonResourceAttributes)'],
  ["request.groups.exists(g, g.endsWith('s')) || request.uid == 'u'"],
  ["has(request.resourceAttributes.namespace) && request.resourceAttributes.namespace == ''"],
  ["'scope' in request.extra && request.extra['scope'].exists(s, s == 'a')"],
  ["size(request.resourceAttributes.name) > 0 && request.resourceAttributes.group == 'apps'"],
] as const;

/** AuthorizationConfiguration is there and on from 1.30 on. */
const testbeds = findTestbedsForLongTests().filter(({ minor }) => minor >= 30);

/** A webhook that nobody answers: asked, it denies by its policy; left out, AlwaysAllow behind it allows. */
function configuration(failurePolicy: string, expressions: readonly string[]): string {
  const webhook = {
    timeout: '1s',
    authorizedTTL: '1s',
    unauthorizedTTL: '1s',
    subjectAccessReviewVersion: 'v1',
    matchConditionSubjectAccessReviewVersion: 'v1',
    failurePolicy,
    connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: '{dir}/webhook.conf' },
    matchConditions: expressions.map((expression) => ({ expression })),
  };
  const authorizers = [
    { type: 'Webhook', name: 'nobody', webhook },
    { type: 'AlwaysAllow', name: 'alwaysallow' },
  ];
  return JSON.stringify({ apiVersion: 'apiserver.config.k8s.io/v1beta1', kind: 'AuthorizationConfiguration', authorizers });
}

const kubeconfig = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'n', cluster: { server: 'https://127.0.0.1:1' } }],
  users: [{ name: 'n', user: {} }],
  contexts: [{ name: 'n', context: { cluster: 'n', user: 'n' } }],
  'current-context': 'n',
});

function randomQuestion(random: Random): { readonly user: User; readonly attributes: Attributes } {
  const user = {
    username: random.pick(['ann', 'bob', 'system:serviceaccount:shop:till']),
    groups: [...random.some(['ops', 'devs', 'x'], 0, 2)],
    ...(random.chance(0.3) ? { uid: 'u' } : {}),
    ...(random.chance(0.3) ? { extra: { scope: [...random.some(['a', 'b'], 1, 2)] } } : {}),
  };
  const attributes: Attributes = random.chance(0.3)
    ? { kind: 'nonResource', verb: 'get', path: random.pick(['/api', '/api/v1', '/metrics']) }
    : {
        kind: 'resource',
        verb: random.pick(['get', 'list', 'create']),
        apiGroup: random.pick(['', 'apps']),
        resource: random.pick(['pods', 'deployments']),
        subresource: '',
        name: random.pick(['', 'a']),
        namespace: random.pick(['', 'shop', 'web']),
      };
  return { user, attributes };
}

function asked({ user, attributes }: { readonly user: User; readonly attributes: Attributes }): JsonObject {
  const { username, groups, uid, extra } = user;
  const who = {
    user: username,
    groups: [...groups],
    ...(uid === undefined ? {} : { uid }),
    ...(extra === undefined ? {} : { extra }),
  };
  if (attributes.kind === 'nonResource')
    return { ...who, nonResourceAttributes: { verb: attributes.verb, path: attributes.path } } as unknown as JsonObject;
  const { verb, apiGroup: group, resource, subresource, name, namespace } = attributes;
  return { ...who, resourceAttributes: { verb, group, resource, subresource, name, namespace } } as unknown as JsonObject;
}

describe.skipIf(testbeds.length === 0).each(testbeds)(
  `match conditions of webhooks against kube-apiserver $version, seed ${seed} (needs a testbed)`,
  (testbed: Testbed) => {
    let plane: ControlPlane;
    let client: Client;
    const settings = (failurePolicy: string, expressions: readonly string[]) => ({
      flags: { 'authorization-mode': null, 'authorization-config': '{dir}/authz.json' },
      files: {
        'authz.json': configuration(failurePolicy, expressions).replaceAll('{dir}', plane?.dir ?? ''),
        'webhook.conf': kubeconfig,
      },
    });

    beforeAll(async () => {
      plane = await startControlPlane(testbed);
      client = new Client(plane);
    });
    afterAll(async () => {
      client?.close();
      await plane?.stop();
    });

    it('leave a webhook out, or have it asked, as on the server', async () => {
      const random = new Random(seed);
      const differences: unknown[] = [];
      const counts = { skipped: 0, asked: 0, unsure: 0 };
      const chosen = process.env['BULWARK_TEST_FULL'] === '1' ? conditions : random.some(conditions, 2, 2);
      for (const expressions of chosen) {
        const webhook = { matchConditions: expressions.map((expression) => ({ expression })) };
        // The administrator goes past the webhook: of system:masters nobody is asked.
        await plane.restartApiserver(settings('Deny', expressions));
        await each(
          Array.from({ length: 60 }, () => randomQuestion(random)),
          async (question) => {
            const ours = matchWebhook({ ...webhook, failurePolicy: 'Deny' }, question.user, question.attributes);
            const lenient = matchWebhook({ ...webhook, failurePolicy: 'NoOpinion' }, question.user, question.attributes);
            const server = await review(client, asked(question));
            counts[ours.kind]++;
            // An error of a condition and no answer both deny by the policy; the words tell them apart.
            const failed = server.error.includes('cel evaluation error');
            const real = server.allowed ? 'skipped' : failed ? 'unsure' : 'asked';
            const same = ours.kind === real && (real !== 'unsure' || lenient.kind === 'skipped');
            if (!same) differences.push({ expressions, question, ours, lenient, server });
          },
        );
      }
      expect(differences.slice(0, 3), `${differences.length} differ`).toEqual([]);
      expect(counts.skipped).toBeGreaterThan(5);
      expect(counts.asked).toBeGreaterThan(5);
    });
  },
);
