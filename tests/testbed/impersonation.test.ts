import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { User } from '../../src/authentication/user.ts';
import type { Attributes } from '../../src/authorization/attributes.ts';
import { forbiddenMessage } from '../../src/authorization/forbidden.ts';
import type { ImpersonationMode } from '../../src/authorization/impersonation/impersonation.ts';
import { impersonate } from '../../src/authorization/impersonation/impersonation.ts';
import { constrainedSince, nobodyMessage, wantedUserOf } from '../../src/authorization/impersonation/wanted-user.ts';
import { isPrivileged } from '../../src/authorization/privileged-group.ts';
import { readRbacObjects } from '../../src/authorization/rbac/objects.ts';
import type { CompiledRbac } from '../../src/authorization/rbac/rbac.ts';
import { authorize, compileRbac } from '../../src/authorization/rbac/rbac.ts';
import { requestInfo } from '../../src/authorization/request-info.ts';
import { toldByRbac } from '../../src/authorization/told-reason.ts';
import type { Json, JsonObject } from '../../src/cluster/json.ts';
import { objectAt, stringsAt } from '../../src/cluster/json.ts';
import type { ControlPlane } from '../../testbed/control-plane.ts';
import { startControlPlane } from '../../testbed/control-plane.ts';
import type { Testbed } from '../../testbed/find.ts';
import { findTestbedsForLongTests } from '../../testbed/find.ts';
import { Client, messageOf } from './many-requests.ts';
import { Random, seedOfRun } from './random-cases.ts';
import { boundTo, makeWorld, randomWorld, rbacObject, sortedMessage, storedWorld } from './rbac-worlds.ts';

const seed = seedOfRun();
const requests = process.env['BULWARK_TEST_FULL'] === '1' ? 5000 : 1200;

const names = [
  'ann',
  'bob',
  'zed',
  'system:anonymous',
  'system:serviceaccount:blue:robot',
  'system:serviceaccount:blue:no_name',
  'system:node:n1',
];
const groups = ['devs', 'ops', 'system:masters', 'system:authenticated', 'system:unauthenticated', 'system:nodes', ''];
const resources = [
  'users',
  'users',
  'groups',
  'serviceaccounts',
  'uids',
  'userextras/example.com/scope',
  'userextras/plain',
  'userextras/*',
  'nodes',
  '*',
];

/** Who may be whom, the classic way and, where the version has them, in the constrained ones. */
function rights(random: Random, constrained: boolean): readonly JsonObject[] {
  return Array.from({ length: 16 }, (_, index) => {
    const mode = random.pick(['serviceaccount', 'user-info', 'arbitrary-node']);
    const special = constrained && random.chance(0.5);
    const apiGroups = special
      ? ['authentication.k8s.io']
      : random.pick([[''], ['', 'authentication.k8s.io'], ['authentication.k8s.io']]);
    const resourceNames = [...random.some([...names, 'robot', 'devs', 'ops', 'a', 'u-1', 'n1'], 2, 5)];
    const whom: JsonObject = {
      verbs: [special ? `impersonate:${mode}` : 'impersonate'],
      apiGroups,
      resources: [...random.some(resources, 1, 4)],
      ...(random.chance(0.4) ? { resourceNames } : {}),
    };
    const what = [`impersonate-on:${mode}:get`, `impersonate-on:${mode}:list`, `impersonate-on:${mode}:create`];
    const on: JsonObject = { verbs: [...random.some(what, 1, 3)], apiGroups: ['*'], resources: ['*'] };
    const subject = random.pick([
      { kind: 'User', name: 'ann' },
      { kind: 'User', name: 'bob' },
      { kind: 'User', name: 'carl' },
      { kind: 'Group', name: 'devs' },
    ]);
    const role = rbacObject('ClusterRole', `i-${index}`, { rules: special && random.chance(0.8) ? [whom, on] : [whom] });
    return [role, boundTo(`i-${index}`, `i-${index}`, subject)];
  }).flat();
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

const reviews = '/apis/authentication.k8s.io/v1/selfsubjectreviews';

function randomRequest(random: Random): Asked {
  const headers: Record<string, string | readonly string[]> = {};
  if (random.chance(0.95)) headers['Impersonate-User'] = random.pick(names);
  if (random.chance(0.4)) headers['Impersonate-Group'] = random.some(groups, 1, 5);
  if (random.chance(0.15)) headers['Impersonate-Uid'] = random.pick(['u-1', 'u-2']);
  // One key alone: a server asks about several in a random order.
  const key = random.pick(['example.com%2fscope', 'plain', 'example.com%2f%252ftop']);
  if (random.chance(0.25)) headers[`Impersonate-Extra-${key}`] = random.some(['a', 'b', ''], 1, 2);
  if (random.chance(0.6)) return { method: 'POST', path: reviews, headers };
  const path = random.pick(['/api/v1/namespaces/blue/pods', '/api/v1/namespaces/blue/pods/a', '/api/v1/nodes', '/metrics']);
  return { method: 'GET', path, headers };
}

interface Impersonated {
  readonly code: number;
  readonly message: string;
  /** Who then asks; absent where nothing is allowed. */
  readonly user?: User;
}

describe.skipIf(findTestbedsForLongTests().length === 0).each(findTestbedsForLongTests())(
  `impersonation against kube-apiserver $version, seed ${seed} (needs a testbed)`,
  (testbed: Testbed) => {
    const random = new Random(seed + 2);
    const { minor } = testbed;
    const constrained = minor >= constrainedSince;
    let plane: ControlPlane;
    let client: Client;
    let rbac: CompiledRbac;
    /** What a server remembers: by which mode a caller was last let in. */
    const memory = new Map<string, ImpersonationMode>();

    beforeAll(async () => {
      // Without the Node authorizer, whose reasons would be told too.
      plane = await startControlPlane(testbed, { flags: { 'authorization-mode': 'RBAC' } });
      client = new Client(plane);
      await makeWorld(client, [...rights(random, constrained), ...randomWorld(random)]);
      rbac = compileRbac(readRbacObjects(await storedWorld(client)));
    });
    afterAll(async () => {
      client?.close();
      await plane?.stop();
    });

    function refusal(user: User, about: Attributes): string | undefined {
      if (isPrivileged(user)) return undefined;
      const decision = authorize(rbac, user, about);
      return decision.kind === 'allow' ? undefined : toldByRbac(decision.reason, minor);
    }

    function answered(caller: User, { method, path, headers }: Asked): Impersonated {
      const { attributes } = requestInfo(method, path);
      const given = Object.entries(headers).map(
        ([name, value]) => [name.toLowerCase(), typeof value === 'string' ? [value] : value] as const,
      );
      const wanted = wantedUserOf(new Map(given));
      let user = caller;
      if (wanted !== undefined && 'nobody' in wanted) {
        const message = nobodyMessage(wanted.nobody, minor);
        return constrained ? { code: 400, message } : { code: 500, message: `Internal Server Error: "${path}": ${message}` };
      }
      if (wanted !== undefined) {
        const answer = impersonate(refusal, caller, wanted, attributes, minor, memory.get(caller.username));
        if (answer.kind === 'refused') return { code: 403, message: answer.message };
        memory.set(caller.username, answer.mode);
        ({ user } = answer);
      }
      const reason = refusal(user, attributes);
      if (reason !== undefined) return { code: 403, message: forbiddenMessage(user.username, attributes, reason, minor) };
      return { code: method === 'POST' ? 201 : 200, message: '', user };
    }

    it('impersonates, or refuses to, as the server does, in its words', async () => {
      const callers = [
        { username: 'ann', groups: ['devs'] },
        { username: 'bob', groups: ['ops'] },
        { username: 'carl', groups: [] },
      ].map((caller) => ({
        as: plane.credentialFor(caller.username, caller.groups),
        user: { username: caller.username, groups: [...caller.groups, 'system:authenticated'] },
      }));
      const differences: unknown[] = [];
      const counts = { allowed: 0, refused: 0 };
      // One after the other, for what the server remembers.
      for (let index = 0; index < requests; index++) {
        const { as, user } = random.pick(callers);
        const asked = randomRequest(random);
        if (Object.keys(asked.headers).length === 0) continue;
        const body: Json = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
        const server = await client.send({ ...asked, as, ...(asked.method === 'POST' ? { body } : {}) });
        const ours = answered(user, asked);
        // A pod that is asked for by name is not there.
        const isIn = server.status < 300 || server.status === 404;
        counts[isIn ? 'allowed' : 'refused']++;
        const told = objectAt(objectAt(server.body)['status'])['userInfo'];
        const same =
          ours.user === undefined
            ? server.status === ours.code && sortedMessage(messageOf(server)) === sortedMessage(ours.message)
            : isIn && (asked.path !== reviews || isSameUser(objectAt(told), ours.user));
        if (!same) differences.push({ user, asked, status: server.status, body: server.body, ours });
      }
      expect(differences.slice(0, 3), `${differences.length} of ${requests} differ`).toEqual([]);
      expect(counts.allowed).toBeGreaterThan(requests / 50);
      expect(counts.refused).toBeGreaterThan(requests / 5);
    });
  },
);

function isSameUser(told: JsonObject, { username, uid = '', groups, extra = {} }: User): boolean {
  const text = (of: object): string => JSON.stringify(Object.entries(of).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return (
    told['username'] === username &&
    (told['uid'] ?? '') === uid &&
    JSON.stringify(stringsAt(told['groups'])) === JSON.stringify(groups) &&
    text(objectAt(told['extra'])) === text(extra)
  );
}
