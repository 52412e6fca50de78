import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/cluster/json.ts';
import { stringAt } from '../../src/cluster/json.ts';
import type { EvalAnswer } from '../../src/eval/engine.ts';
import { answer as answerWrite } from '../../src/eval/rbac-escalation.ts';
import type { ControlPlane } from '../../testbed/control-plane.ts';
import { startControlPlane } from '../../testbed/control-plane.ts';
import type { Testbed } from '../../testbed/find.ts';
import { findTestbedsForLongTests } from '../../testbed/find.ts';
import { Client, each, messageOf } from './many-requests.ts';
import { Random, seedOfRun } from './random-cases.ts';
import {
  boundTo,
  makeWorld,
  randomRule,
  randomSubject,
  randomWorld,
  rbacObject,
  rbacPath,
  sortedMessage,
  storedWorld,
  words,
} from './rbac-worlds.ts';

const seed = seedOfRun();
const full = process.env['BULWARK_TEST_FULL'] === '1';
const writes = full ? 6000 : 1500;
const apiGroup = 'rbac.authorization.k8s.io';

/** Who may write roles and bindings, some with `bind` and `escalate`. */
function rights(): readonly JsonObject[] {
  const writer = (verbs: readonly string[], resources: readonly string[]): JsonObject => ({
    verbs: [...verbs],
    apiGroups: [apiGroup],
    resources: [...resources],
  });
  const all = ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'];
  return [
    rbacObject('ClusterRole', 'w-all', { rules: [writer(['create', 'update', 'patch', 'delete', 'get'], all)] }),
    rbacObject('ClusterRole', 'w-bind', {
      rules: [{ ...writer(['bind'], ['clusterroles', 'roles']), resourceNames: ['r1', 'r2', 'view'] }],
    }),
    rbacObject('ClusterRole', 'w-escalate', {
      rules: [{ ...writer(['escalate'], ['clusterroles']), resourceNames: ['r1', 'r3'] }, writer(['escalate'], ['roles'])],
    }),
    boundTo('w-all-devs', 'w-all', { kind: 'Group', name: 'devs' }),
    boundTo('w-all-bob', 'w-all', { kind: 'User', name: 'bob' }),
    boundTo('w-bind-ops', 'w-bind', { kind: 'Group', name: 'ops' }),
    boundTo('w-escalate-bob', 'w-escalate', { kind: 'User', name: 'bob' }),
  ];
}

interface Write {
  readonly user: { readonly username: string; readonly groups: readonly string[] };
  readonly method: string;
  readonly path: string;
  readonly contentType?: string;
  readonly body?: JsonObject;
}

function randomWrite(random: Random): Write {
  const user = {
    username: random.pick(['ann', 'bob', 'carl']),
    groups: [...random.some(['devs', 'ops', 'system:authenticated'], 1, 3)],
  };
  const isBinding = random.chance(0.45);
  const namespace = random.chance(0.5) ? random.pick(words.namespaces) : undefined;
  const kind = `${namespace === undefined ? 'Cluster' : ''}Role${isBinding ? 'Binding' : ''}`;
  const collection = `${rbacPath}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${kind.toLowerCase()}s`;
  const roleKind = namespace === undefined ? 'ClusterRole' : random.pick(['ClusterRole', 'Role']);
  const ruleList = (): JsonObject[] =>
    Array.from({ length: 1 + random.below(2) }, () => randomRule(random, namespace === undefined));
  const content: JsonObject = isBinding
    ? {
        roleRef: { apiGroup, kind: roleKind, name: random.pick(words.roleNames) },
        subjects: [randomSubject(random, namespace === undefined)],
      }
    : {
        rules: ruleList(),
        ...(namespace === undefined && random.chance(0.1)
          ? { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { sort: 'one' } }] } }
          : {}),
      };
  const make = random.chance(0.5);
  if (make) return { user, method: 'POST', path: `${collection}?dryRun=All`, body: rbacObject(kind, 'fresh', content) };
  const name = isBinding
    ? `b${namespace === undefined ? random.below(15) : 15 + random.below(30)}`
    : random.pick(words.roleNames.filter((one) => /^r\d$/.test(one)));
  const path = `${collection}/${name}?dryRun=All`;
  if (random.chance(0.5)) return { user, method: 'PUT', path, body: rbacObject(kind, name, content) };
  const { roleRef: _, ...rest } = content;
  return { user, method: 'PATCH', path, contentType: 'application/merge-patch+json', body: rest };
}

function refusalOf(
  answer: EvalAnswer,
): { readonly allowed: boolean; readonly code: number; readonly message: string } | undefined {
  if (!('result' in answer)) return undefined;
  const { allowed, code, message } = answer.result;
  return { allowed: allowed === true, code: Number(code), message: stringAt(message) ?? '' };
}

describe.skipIf(findTestbedsForLongTests().length === 0).each(findTestbedsForLongTests())(
  `escalation against kube-apiserver $version, seed ${seed} (needs a testbed)`,
  (testbed: Testbed) => {
    const random = new Random(seed + 1);
    let plane: ControlPlane;
    let client: Client;
    let objects: readonly JsonObject[];

    beforeAll(async () => {
      // Without the Node authorizer, whose reasons would be told too.
      plane = await startControlPlane(testbed, { flags: { 'authorization-mode': 'RBAC' } });
      client = new Client(plane);
      await makeWorld(client, [...rights(), ...randomWorld(random)]);
      objects = await storedWorld(client);
    });
    afterAll(async () => {
      client?.close();
      await plane?.stop();
    });

    it('refuses writes of roles and bindings as the server does, in its words', async () => {
      const cases = Array.from({ length: writes }, () => randomWrite(random));
      const differences: unknown[] = [];
      const counts = { allowed: 0, refused: 0, unknown: 0 };
      await each(cases, async ({ user, method, path, contentType, body }) => {
        const headers = {
          'Impersonate-User': user.username,
          'Impersonate-Group': user.groups,
          ...(contentType === undefined ? {} : { 'content-type': contentType }),
        };
        const server = await client.send({ method, path, headers, as: client.admin, ...(body === undefined ? {} : { body }) });
        const groups = user.groups.includes('system:authenticated') ? user.groups : [...user.groups, 'system:authenticated'];
        const request = {
          method,
          path,
          ...(contentType === undefined ? {} : { contentType }),
          ...(body === undefined ? {} : { body }),
        };
        const input = { objects, user: { username: user.username, groups: [...groups] }, request } as unknown as JsonObject;
        const answered = answerWrite(input, testbed.minor);
        const ours = refusalOf(answered);
        if (ours === undefined) {
          counts.unknown++;
          return;
        }
        counts[ours.allowed ? 'allowed' : 'refused']++;
        const same = ours.allowed
          ? server.status === ours.code
          : server.status === ours.code && sortedMessage(messageOf(server)) === sortedMessage(ours.message);
        if (!same) differences.push({ user, method, path, body, status: server.status, says: messageOf(server), ours });
      });
      expect(differences.slice(0, 3), `${differences.length} of ${writes} differ, seed ${seed}`).toEqual([]);
      expect(counts.unknown).toBe(0);
      expect(counts.allowed).toBeGreaterThan(writes / 20);
      expect(counts.refused).toBeGreaterThan(writes / 5);
    });
  },
);
