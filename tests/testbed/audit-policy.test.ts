import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditLevels, auditStages } from '../../src/audit/audit-policy.ts';
import type { AuditPolicy } from '../../src/audit/audit-policy.ts';
import { compilePolicy } from '../../src/audit/policy.ts';
import { loadAuditPolicy } from '../../src/audit/policy-file.ts';
import { predictEvents } from '../../src/audit/predict.ts';
import type { Json, JsonObject } from '../../src/cluster/json.ts';
import { isObject, stringAt } from '../../src/cluster/json.ts';
import type { Credential } from '../../testbed/certificates.ts';
import type { ControlPlane } from '../../testbed/control-plane.ts';
import { startControlPlane } from '../../testbed/control-plane.ts';
import type { Testbed } from '../../testbed/find.ts';
import { findTestbedsForLongTests } from '../../testbed/find.ts';
import type { Asked } from './many-requests.ts';
import { Client } from './many-requests.ts';
import { Random, seedOfRun } from './random-cases.ts';

const seed = seedOfRun();
const policies = process.env['BULWARK_TEST_FULL'] === '1' ? 20 : 2;

const namespaces = ['web', 'shop'];
const users = ['alice', 'bob', 'carol'];
const groups = ['dev', 'ops', 'system:authenticated', 'system:unauthenticated', 'system:masters'];

/** A policy of many rules, so that the requests of one run are decided by many of them; the last rule often catches the rest. */
function randomPolicy(random: Random): JsonObject {
  const maybe = <T>(share: number, name: string, make: () => T): Record<string, T> =>
    random.chance(share) ? { [name]: make() } : {};
  const rule = (): JsonObject => {
    const about = random.chance(0.2)
      ? { nonResourceURLs: random.some(['/healthz*', '/version', '/api*', '*', '/apis/apps/v1', '/livez'], 1, 2) }
      : maybe(0.8, 'resources', () =>
          Array.from({ length: 1 + random.below(2) }, () => ({
            group: random.pick(['', '', 'apps', 'rbac.authorization.k8s.io', 'authorization.k8s.io']),
            ...maybe(0.9, 'resources', () =>
              random.some(
                [
                  'configmaps',
                  'secrets',
                  'pods',
                  'pods/log',
                  'pods/*',
                  '*/status',
                  '*',
                  'serviceaccounts/token',
                  'deployments',
                  'deployments/scale',
                  '*/scale',
                ],
                1,
                3,
              ),
            ),
            ...maybe(0.2, 'resourceNames', () => random.some(['a', 'b', 'x'], 1, 2)),
          })).map((of) => ('resources' in of ? of : { group: of.group })),
        );
    return {
      level: random.pick(auditLevels),
      ...maybe(0.3, 'users', () => random.some([...users, 'admin', 'system:anonymous'], 1, 2)),
      ...maybe(0.25, 'userGroups', () => random.some(groups, 1, 2)),
      ...maybe(0.4, 'verbs', () =>
        random.some(['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'], 1, 3),
      ),
      ...('nonResourceURLs' in about ? {} : maybe(0.3, 'namespaces', () => random.some([...namespaces, ''], 1, 2))),
      ...about,
      ...maybe(0.3, 'omitStages', () => random.some(auditStages, 1, 2)),
      ...maybe(0.3, 'omitManagedFields', () => random.chance(0.5)),
    };
  };
  const rules = Array.from({ length: 8 + random.below(12) }, rule);
  if (random.chance(0.7)) rules.push({ level: random.pick(auditLevels) });
  return {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    ...maybe(0.4, 'omitStages', () => random.some(auditStages, 1, 2)),
    ...maybe(0.4, 'omitManagedFields', () => random.chance(0.7)),
    rules,
  };
}

/** A policy that this version accepts. */
function acceptedPolicy(random: Random, minor: number): { readonly text: string; readonly policy: AuditPolicy } {
  for (;;) {
    const text = JSON.stringify(randomPolicy(random));
    const loaded = loadAuditPolicy(text, { path: 'policy', minor });
    if (loaded.kind === 'accepted') return { text, policy: loaded.configuration };
  }
}

const everything = JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: [{ level: 'RequestResponse' }] });

const config = (name: string, value: string): JsonObject => ({ metadata: { name }, data: { k: value } });
// Without a token: its volume has a random name.
const podSpec = { automountServiceAccountToken: false, containers: [{ name: 'c', image: 'i' }] };
const template = { metadata: { labels: { app: 'd' } }, spec: podSpec };

/** Requests that leave everything as they found it: what they make they delete. */
function traffic(identities: ReadonlyMap<string, Credential>): readonly Asked[] {
  const asked: Asked[] = [];
  const merge = { 'content-type': 'application/merge-patch+json' };
  for (const [name, as] of [...identities, ['anonymous', undefined] as const]) {
    const send = (method: string, path: string, body?: Json, headers: Asked['headers'] = {}): void => {
      asked.push({ method, path, as, ...(body === undefined ? {} : { body }), headers });
    };
    for (const namespace of namespaces) {
      const core = `/api/v1/namespaces/${namespace}`;
      for (const resource of ['configmaps', 'secrets']) {
        const own = `${name}-${resource}`.toLowerCase();
        send(
          'POST',
          `${core}/${resource}`,
          resource === 'secrets' ? { metadata: { name: own }, stringData: { k: 'v' } } : config(own, 'v'),
        );
        send('POST', `${core}/${resource}?dryRun=All`, config('a', 'v'));
        send('GET', `${core}/${resource}/${own}`);
        send('GET', `${core}/${resource}/a`);
        send('PATCH', `${core}/${resource}/${own}`, { metadata: { labels: { l: 'm' } } }, merge);
        send('PUT', `${core}/${resource}/${own}`, {
          ...config(own, 'w'),
          kind: resource === 'secrets' ? 'Secret' : 'ConfigMap',
          apiVersion: 'v1',
        });
        send('GET', `${core}/${resource}`, undefined, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
        send('GET', `${core}/${resource}`, undefined, {
          accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
        });
        send('GET', `${core}/${resource}?watch=true&timeoutSeconds=1&resourceVersion=0`);
        send('DELETE', `${core}/${resource}/${own}`);
        send('DELETE', `${core}/${resource}?labelSelector=l%3Dnobody`);
      }
      send('POST', `${core}/pods`, { metadata: { name: `${name}-p`.toLowerCase() }, spec: podSpec });
      send('GET', `${core}/pods/${name}-p/log`.toLowerCase());
      send('PATCH', `${core}/pods/${name}-p/status`.toLowerCase(), { status: { message: 'm' } }, merge);
      send('DELETE', `${core}/pods/${name}-p?gracePeriodSeconds=0`.toLowerCase());
      send('POST', `${core}/serviceaccounts/default/token`, { spec: { expirationSeconds: 600 } });
      const apps = `/apis/apps/v1/namespaces/${namespace}/deployments`;
      const deployment = { metadata: { name }, spec: { selector: { matchLabels: { app: 'd' } }, template } };
      send('POST', apps, deployment);
      send('PATCH', `${apps}/${name}/scale`, { spec: { replicas: 2 } }, merge);
      send('GET', `${apps}/${name}/status`);
      send('DELETE', `${apps}/${name}`);
    }
    send('GET', '/api/v1/namespaces/web');
    send('GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles/view');
    const resourceAttributes = { verb: 'get', resource: 'pods' };
    send('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { spec: { resourceAttributes } });
    for (const path of ['/healthz', '/healthz/ping', '/version', '/api', '/apis/apps/v1', '/livez', '/nowhere'])
      send('GET', path);
    send('GET', '/api/v1/namespaces/web/configmaps', undefined, { 'Impersonate-User': 'bob', 'Impersonate-Group': 'ops' });
    send('POST', '/api/v1/namespaces/web/configmaps', 'no object');
  }
  return asked.map((one, index) => ({ ...one, headers: { ...one.headers, 'Audit-ID': `t-${index}` } }));
}

/**
 * What another run of the same requests cannot repeat: times, versions of objects, tokens, the ages in tables, and which of several
 * bindings the server names, which changes from start to start.
 */
const passing = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'deletionTimestamp',
  'time',
  'authorization.k8s.io/reason',
  'token',
  'expirationTimestamp',
  'cells',
  'stageTimestamp',
  'requestReceivedTimestamp',
  'lastTransitionTime',
  'lastUpdateTime',
  'collectionToken',
]);

function lasting(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(lasting);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(
        ([name]) =>
          !passing.has(name) &&
          !name.startsWith('apiserver.latency.k8s.io/') &&
          !name.startsWith('authentication.kubernetes.io/'),
      )
      .map(([name, member]) => [name, lasting(member ?? null)]),
  );
}

/** Events of the traffic by request and stage, as texts that can be compared. */
function comparable(events: readonly JsonObject[]): readonly string[] {
  return events
    .map((event) => {
      const kept = lasting(event) as Record<string, Json>;
      // Annotations that only had what another run cannot repeat.
      if (isObject(kept['annotations']) && Object.keys(kept['annotations']).length === 0) delete kept['annotations'];
      return `${stringAt(event['auditID'])} ${stringAt(event['stage'])} ${canonical(kept)}`;
    })
    .sort();
}

function canonical(value: Json): string {
  return JSON.stringify(value, (_, member: Json) =>
    isObject(member) ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1))) : member,
  );
}

describe.skipIf(findTestbedsForLongTests().length === 0).each(findTestbedsForLongTests())(
  `random audit policies against kube-apiserver $version, seed ${seed} (needs a testbed)`,
  (testbed: Testbed) => {
    let plane: ControlPlane;
    let client: Client;
    let requests: readonly Asked[];
    let full: readonly JsonObject[];

    const settings = (policy: string, log: string) => ({
      flags: { 'audit-policy-file': `{dir}/${log}.policy`, 'audit-log-path': `{dir}/${log}.log` },
      files: { [`${log}.policy`]: policy },
    });

    /** Sends everything in order, and reads what the log then says of it. */
    async function run(log: string): Promise<readonly JsonObject[]> {
      for (const request of requests) await client.send(request);
      const file = join(plane.dir, `${log}.log`);
      for (let former = -1; ;) {
        // The last stage is written after the answer was sent.
        await new Promise((resolve) => setTimeout(resolve, 500));
        const lines = readFileSync(file, 'utf8').trim().split('\n');
        const events = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as JsonObject);
        const own = events.filter((event) => stringAt(event['auditID'])?.startsWith('t-') === true);
        if (own.length === former) return own;
        former = own.length;
      }
    }

    beforeAll(async () => {
      plane = await startControlPlane(testbed, { ...settings(everything, 'all'), controllerManager: false });
      client = new Client(plane);
      for (const name of namespaces) {
        await client.made('POST', '/api/v1/namespaces', { metadata: { name } });
        const account = `/api/v1/namespaces/${name}/serviceaccounts`;
        await client.send({ method: 'POST', path: account, body: { metadata: { name: 'default' } }, as: client.admin });
      }
      const grant = (name: string, role: string, subject: JsonObject): Promise<Json> =>
        client.made('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
          metadata: { name },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
          subjects: [{ apiGroup: 'rbac.authorization.k8s.io', ...subject }],
        });
      await grant('t-dev', 'edit', { kind: 'Group', name: 'dev' });
      await grant('t-bob', 'view', { kind: 'User', name: 'bob' });
      requests = traffic(
        new Map([
          ['alice', plane.credentialFor('alice', ['dev'])],
          ['bob', plane.credentialFor('bob', ['ops'])],
          ['admin', client.admin],
        ]),
      );
      // Once to make what is made but once: the first use of everything.
      for (const request of requests) await client.send({ ...request, headers: { ...request.headers, 'Audit-ID': 'first' } });
      full = await run('all');
    });
    afterAll(async () => {
      client?.close();
      await plane?.stop();
    });

    it('logs every stage of every request under the policy that leaves nothing out', () => {
      expect(new Set(full.map((event) => event['auditID'])).size).toBe(requests.length);
      expect(new Set(full.map((event) => event['stage']))).toEqual(
        new Set(['RequestReceived', 'ResponseStarted', 'ResponseComplete']),
      );
    });

    it.each(Array.from({ length: policies }, (_, index) => index))('predicts the log of random policy %i', async (index) => {
      const { text, policy } = acceptedPolicy(new Random(seed + index), testbed.minor);
      await plane.restartApiserver(settings(text, `random-${index}`));
      const real = await run(`random-${index}`);
      const predicted = predictEvents(compilePolicy(policy, testbed.minor), full);
      const [wanted, got] = [comparable(real), comparable(predicted)];
      const differ = {
        onlyReal: wanted.filter((line) => !got.includes(line)).slice(0, 5),
        onlyPredicted: got.filter((line) => !wanted.includes(line)).slice(0, 5),
      };
      expect(differ, text).toEqual({ onlyReal: [], onlyPredicted: [] });
      expect(got.length).toBe(wanted.length);
    });
  },
);
