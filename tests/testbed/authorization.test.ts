import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { User } from '../../src/authentication/user.ts';
import type { Attributes } from '../../src/authorization/attributes.ts';
import type { CompiledAuthorization } from '../../src/authorization/chain.ts';
import { compileAuthorization, decide } from '../../src/authorization/chain.ts';
import { forbiddenMessage } from '../../src/authorization/forbidden.ts';
import { nodeAuthorizer } from '../../src/authorization/node/node-authorizer.ts';
import { authorizeByDefinition } from '../../src/authorization/rbac/definition.ts';
import type { Binding, RbacObjects } from '../../src/authorization/rbac/objects.ts';
import { readRbacObjects } from '../../src/authorization/rbac/objects.ts';
import { grantsFor } from '../../src/authorization/rbac/rbac.ts';
import { subjectTarget } from '../../src/authorization/rbac/subject.ts';
import { requestInfo } from '../../src/authorization/request-info.ts';
import type { JsonObject } from '../../src/cluster/json.ts';
import { objectAt, stringAt } from '../../src/cluster/json.ts';
import type { ControlPlane } from '../../testbed/control-plane.ts';
import { startControlPlane } from '../../testbed/control-plane.ts';
import type { Testbed } from '../../testbed/find.ts';
import { findTestbedsForLongTests } from '../../testbed/find.ts';
import { Client, each } from './many-requests.ts';
import { Random, seedOfRun } from './random-cases.ts';
import { makeWorld, randomUser, randomWorld, review, storedWorld, words } from './rbac-worlds.ts';

const seed = seedOfRun();
const questions = 16_000;
const requests = 5000;

interface Question {
  readonly user: User;
  readonly attributes: Attributes;
}

/** A question about somebody: at random, or what a binding grants to whom it speaks of, often with one part changed. */
function randomQuestion(random: Random, { bindings, roles }: RbacObjects): Question {
  const binding = random.pick(bindings);
  const wanted = binding.roleRef;
  const scope = wanted.kind === 'Role' ? binding.namespace : '';
  const role = roles.find(({ kind, name, namespace }) => kind === wanted.kind && name === wanted.name && namespace === scope);
  const rules = role?.rules ?? [];
  const rule = rules.length > 0 && random.chance(0.8) ? random.pick(rules) : undefined;
  const user = random.chance(0.75) ? oneOf(random, binding) : randomUser(random);
  const near = (own: readonly string[] | undefined, others: readonly string[]): string =>
    own === undefined || own.length === 0 || random.chance(0.1) ? random.pick(others) : random.pick(own);
  const verb = near(rule?.verbs, words.verbs);
  if (rule === undefined ? random.chance(0.2) : rule.nonResourceURLs.length > 0) {
    const path = near(rule?.nonResourceURLs, words.paths).replace(/\*+$/, () => random.pick(['', 'x', 'x/y', '*', '-evil']));
    return { user, attributes: { kind: 'nonResource', verb, path } };
  }
  const [resource = '', ...rest] = near(rule?.resources, words.resources).split('/');
  const own = rest.join('/').replace('*', random.pick(['log', 'scale', '*', '']));
  const { namespace } = binding;
  return {
    user,
    attributes: {
      kind: 'resource',
      verb,
      apiGroup: near(rule?.apiGroups, words.groups),
      resource: resource === '*' ? random.pick(['pods', 'secrets', 'deployments', '*', '']) : resource,
      subresource: random.chance(0.1) ? random.pick(['log', 'exec', 'status', '*', 'exec/x']) : own,
      name: near(rule?.resourceNames, words.names),
      namespace: random.chance(0.8) && namespace !== '' ? namespace : random.pick([...words.namespaces, '', 'nowhere']),
    },
  };
}

/** Somebody whom a binding speaks of, as far as it speaks of anybody. */
function oneOf(random: Random, { subjects, namespace }: Binding): User {
  const somebody = randomUser(random);
  if (subjects.length === 0) return somebody;
  const target = subjectTarget(random.pick(subjects), namespace);
  if (target === undefined) return somebody;
  const { username, groups } = somebody;
  return target.of === 'user' ? { username: target.name, groups } : { username, groups: [...new Set([...groups, target.name])] };
}

/** A request line, such as clients send and as they should not. */
function randomLine(random: Random): { readonly method: string; readonly path: string } {
  const method = random.pick(['GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
  if (random.chance(0.2)) {
    const path = random.pick([
      '/healthz',
      '/healthz/ping',
      '/x/y',
      '/x',
      '/X',
      '/api',
      '/apis/apps/v1',
      '/metrics',
      '/api/v1',
      '/version/',
    ]);
    return { method, path: path + random.pick(['', '', '?a=b', '?timeout=1s']) };
  }
  const root = random.pick([
    '/api/v1',
    '/api/v1',
    '/apis/apps/v1',
    '/apis/rbac.authorization.k8s.io/v1',
    '/apis/none.example/v9',
  ]);
  const namespace = random.pick(['', '/namespaces/blue', '/namespaces/green', '/namespaces/nowhere', '/namespaces']);
  const resource = random.pick([
    'pods',
    'secrets',
    'deployments',
    'nodes',
    'roles',
    'clusterroles',
    'status',
    'finalize',
    'widgets',
  ]);
  const name = random.pick(['', '', '/a', '/web-1', '/b%22', '/%C3%A9', '/a%2Fb', '/']);
  const rest = name.length < 2 ? '' : random.pick(['', '', '/log', '/exec', '/scale', '/status', '/proxy/deep/er']);
  const special = random.chance(0.08) ? random.pick(['/watch', '/proxy']) : '';
  const selector = random.pick([
    'metadata.name=a',
    'metadata.name%3Dweb-1',
    'metadata.name!=a',
    'metadata.name=a,spec.nodeName=b',
  ]);
  const query = random.pick([
    '',
    '',
    `fieldSelector=${selector}`,
    'labelSelector=a%3Db',
    'limit=x',
    `limit=x&fieldSelector=${selector}`,
  ]);
  return { method, path: `${root}${special}${namespace}/${resource}${name}${rest}?dryRun=All${query === '' ? '' : `&${query}`}` };
}

function asAsked(attributes: Attributes): JsonObject {
  if (attributes.kind === 'nonResource') return { nonResourceAttributes: { verb: attributes.verb, path: attributes.path } };
  const { verb, apiGroup: group, resource, subresource, name, namespace } = attributes;
  return { resourceAttributes: { verb, group, resource, subresource, name, namespace } };
}

/** The server lists bindings in no fixed order: so it does with roles that are not there. */
function sorted(reason: string): string {
  const list = /^(.*RBAC: )\[(.*)\]$/s.exec(reason);
  return list === null ? reason : `${list[1]}[${(list[2] ?? '').split(', ').sort().join(', ')}]`;
}

describe.skipIf(findTestbedsForLongTests().length === 0).each(findTestbedsForLongTests())(
  'RBAC against kube-apiserver $version (needs a testbed)',
  (testbed: Testbed) => {
    const random = new Random(seed);
    let plane: ControlPlane;
    let client: Client;
    let compiled: CompiledAuthorization;

    beforeAll(async () => {
      plane = await startControlPlane(testbed);
      client = new Client(plane);
      await makeWorld(client, randomWorld(random));
      compiled = compileAuthorization({
        authorizers: ['Node', 'RBAC'].map((type) => ({ type, name: type })),
        assumptions: [],
        rbac: readRbacObjects(await storedWorld(client)),
        node: nodeAuthorizer(undefined, testbed.minor),
        minor: testbed.minor,
      });
    });
    afterAll(async () => {
      client?.close();
      await plane?.stop();
    });

    /** Every reason that the server may give: of bindings of the cluster where one grants, else of the namespace's. */
    function reasonsFor(user: User, attributes: Attributes): readonly string[] {
      const decision = decide(compiled, user, attributes);
      if (decision.kind !== 'allow') return [sorted(decision.kind === 'unknown' ? decision.why : decision.reason)];
      if (decision.authorizer !== 'RBAC') return [decision.reason];
      const grants = grantsFor(compiled.rbac, user, attributes);
      const first = decision.source?.binding.kind;
      return grants.filter(({ source }) => source.binding.kind === first).map(({ reason }) => reason);
    }

    it('decides every question as the server does, for its reason', async () => {
      const cases = Array.from({ length: questions }, () => randomQuestion(random, compiled.world.rbac));
      const differences: unknown[] = [];
      let allowed = 0;
      await each(cases, async ({ user, attributes }) => {
        const server = await review(client, { user: user.username, groups: [...user.groups], ...asAsked(attributes) });
        const ours = decide(compiled, user, attributes);
        const reasons = reasonsFor(user, attributes);
        const literal = authorizeByDefinition(compiled.world.rbac, user, attributes).kind;
        if (server.allowed) allowed++;
        if (
          server.allowed !== (ours.kind === 'allow') ||
          !reasons.includes(sorted(server.reason)) ||
          server.error !== '' ||
          literal !== ours.kind
        )
          differences.push({ user, attributes, server, ours: ours.kind, reasons, literal });
      });
      expect(differences.slice(0, 5), `${differences.length} differ, seed ${seed}`).toEqual([]);
      // Neither answer is rare, so that both are tried.
      expect(allowed).toBeGreaterThan(questions / 6);
      expect(allowed).toBeLessThan((questions * 5) / 6);
    });

    it('refuses request lines as the server does, in its words', async () => {
      const cases = Array.from({ length: requests }, () => ({ user: randomUser(random), ...randomLine(random) }));
      const differences: unknown[] = [];
      let refused = 0;
      await each(cases, async ({ user, method, path }) => {
        // A name that does not survive a header cannot be impersonated.
        if (/[\t\n\u007f\u00a0]/.test(user.username)) return;
        const groups = user.groups.filter((group) => !group.includes('\u007f'));
        const who = { username: user.username, groups: withAuthenticated(user.username, groups) };
        const { attributes, error } = requestInfo(method, path);
        // Who may watch is not answered before something happens; the questions above ask for that too.
        if (attributes.verb === 'watch' && decide(compiled, who, attributes).kind === 'allow') return;
        const headers = { 'Impersonate-User': who.username, 'Impersonate-Group': who.groups };
        const answer = await client.send({ method, path, headers, as: client.admin, ...(method === 'POST' ? { body: {} } : {}) });
        const reasons = reasonsFor(who, attributes);
        const message = error ?? stringAt(objectAt(answer.body)['message']) ?? '';
        const isRefused = answer.status === 403 && / cannot /.test(message);
        const wanted = decide(compiled, who, attributes).kind !== 'allow';
        if (isRefused) refused++;
        const words403 = reasons.map((reason) => forbiddenMessage(who.username, attributes, reason, testbed.minor));
        const same =
          error === undefined
            ? method === 'HEAD'
              ? (answer.status === 403) === wanted
              : wanted === isRefused && (!wanted || words403.includes(sorted(message)))
            : answer.status === 500;
        if (!same) differences.push({ who, method, path, status: answer.status, body: answer.body, words403, error });
      });
      expect(differences.slice(0, 5), `${differences.length} differ, seed ${seed}`).toEqual([]);
      expect(refused).toBeGreaterThan(requests / 6);
    });
  },
);

/** Whoever is impersonated is made authenticated, unless the groups say otherwise. */
function withAuthenticated(username: string, groups: readonly string[]): readonly string[] {
  const wanted = username === 'system:anonymous' ? 'system:unauthenticated' : 'system:authenticated';
  return groups.includes('system:unauthenticated') || groups.includes(wanted) ? groups : [...groups, wanted];
}
