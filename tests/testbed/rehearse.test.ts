import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAuditStore } from '../../src/audit/store/store.ts';
import type { Change } from '../../src/cluster/change.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import type { JsonObject } from '../../src/cluster/json.ts';
import { objectAt, stringAt } from '../../src/cluster/json.ts';
import { collect } from '../../src/collect/collect.ts';
import { appliedOver, mergePatch } from '../../src/plan/planned-objects.ts';
import { planOf } from '../../src/rehearse/fixtures/soft-cluster.ts';
import type { Rehearsal } from '../../src/rehearse/rehearsal.ts';
import { rehearse } from '../../src/rehearse/rehearse.ts';
import type { ControlPlane, RequestAs } from '../../testbed/control-plane.ts';
import { startControlPlane } from '../../testbed/control-plane.ts';
import type { Testbed } from '../../testbed/find.ts';
import { findTestbeds } from '../../testbed/find.ts';

const group = 'rbac.authorization.k8s.io';
const rbac = `/apis/${group}/v1`;
const policy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: RequestResponse, resources: [{group: ${group}}]}
- {level: Metadata}
`;

/** One kind of request of the traffic; `what` as the rehearsal says it. */
interface Ask {
  readonly who: string;
  readonly what: string;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

const paths: Readonly<Record<string, string>> = {
  roles: `${rbac}/clusterroles`,
  bindings: `${rbac}/clusterrolebindings`,
};
const role = (name: string, rules: readonly JsonObject[]): JsonObject => ({
  apiVersion: `${group}/v1`,
  kind: 'ClusterRole',
  metadata: { name },
  rules: [...rules],
});
const user = (name: string): JsonObject => ({ apiGroup: group, kind: 'User', name });
const binding = (name: string, of: string, subjects: readonly JsonObject[]): JsonObject => ({
  apiVersion: `${group}/v1`,
  kind: 'ClusterRoleBinding',
  metadata: { name },
  roleRef: { apiGroup: group, kind: 'ClusterRole', name: of },
  subjects: [...subjects],
});

const roles = [
  role('t-reader', [{ apiGroups: [''], resources: ['secrets', 'configmaps', 'pods'], verbs: ['get', 'list'] }]),
  role('t-writer', [{ apiGroups: ['', 'apps'], resources: ['configmaps', 'deployments'], verbs: ['*'] }]),
  role('t-wild', [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list'] }]),
  role('t-paths', [{ nonResourceURLs: ['/version', '/healthz', '/metrics', '/logs/*'], verbs: ['get'] }]),
  role('t-impersonator', [{ apiGroups: [''], resources: ['users'], verbs: ['impersonate'], resourceNames: ['u1'] }]),
];
const app = { kind: 'ServiceAccount', name: 'app', namespace: 'web' };
const bindings = [
  binding('t-u1-reads', 't-reader', [user('u1'), app]),
  binding('t-u2-writes', 't-writer', [user('u2')]),
  binding('t-u3-wild', 't-wild', [user('u3'), { apiGroup: group, kind: 'Group', name: 'team' }]),
  binding('t-u3-reads', 't-reader', [user('u3')]),
  binding('t-paths', 't-paths', [user('u1'), user('system:anonymous')]),
  binding('t-u2-impersonates', 't-impersonator', [user('u2')]),
];

/** What the plan does: takes a binding away, narrows two roles, binds somebody anew; anonymous requests go. */
function plannedChanges(host: string): readonly Change[] {
  const reference = (kind: string, name: string) => ({ apiVersion: `${group}/v1`, kind, name });
  return [
    { kind: 'delete-object', object: reference('ClusterRoleBinding', 't-u1-reads') },
    {
      kind: 'patch-object',
      object: reference('ClusterRole', 't-wild'),
      patch: { rules: [{ apiGroups: [''], resources: ['nodes', 'pods'], verbs: ['get', 'list'] }] },
    },
    {
      kind: 'patch-object',
      object: reference('ClusterRole', 't-writer'),
      patch: { rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['*'] }] },
    },
    { kind: 'apply-object', object: binding('t-u4-reads', 't-reader', [user('u4')]) },
    { kind: 'delete-object', object: reference('ClusterRoleBinding', 't-u2-impersonates') },
    { kind: 'set-flag', host, component: 'kube-apiserver', flag: 'anonymous-auth', value: 'false' },
  ];
}

const namespaces = ['web', 'shop'];
const resources: readonly (readonly [string, string])[] = [
  ['secrets', '/api/v1'],
  ['configmaps', '/api/v1'],
  ['pods', '/api/v1'],
  ['deployments.apps', '/apis/apps/v1'],
];

/** Every caller asks for everything, so that nothing that the plan changes goes unseen. */
function traffic(): readonly Ask[] {
  const asks: Ask[] = [];
  for (const who of ['u1', 'u2', 'u3', 'u4', 'team-member', 'app', 'anonymous', 'u2 as u1']) {
    for (const namespace of namespaces)
      for (const [full, root] of resources) {
        const [resource = ''] = full.split('.');
        const path = `${root}/namespaces/${namespace}/${resource}`;
        asks.push({ who, what: `list ${full} in ${namespace}`, method: 'GET', path });
        asks.push({ who, what: `get ${full} x in ${namespace}`, method: 'GET', path: `${path}/x` });
        asks.push({ who, what: `delete ${full} x in ${namespace}`, method: 'DELETE', path: `${path}/x` });
      }
    asks.push({ who, what: 'list nodes', method: 'GET', path: '/api/v1/nodes' });
    for (const path of ['/version', '/healthz', '/metrics', '/logs/a', '/livez'])
      asks.push({ who, what: `get ${path}`, method: 'GET', path });
  }
  return asks;
}

const isRefused = (status: number): boolean => status === 401 || status === 403;

describe.skipIf(findTestbeds().length === 0).each(findTestbeds())(
  'rehearse against kube-apiserver $version (needs a testbed)',
  (testbed: Testbed) => {
    let plane: ControlPlane;
    let folder: string;
    let callers: ReadonlyMap<string, { readonly as: RequestAs; readonly headers: Readonly<Record<string, string>> }>;
    const audited = {
      flags: { 'audit-policy-file': '{dir}/audit-policy.yaml', 'audit-log-path': '{dir}/audit.log' },
      files: { 'audit-policy.yaml': policy },
    };

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'bulwark-rehearse-'));
      plane = await startControlPlane(testbed, { ...audited, controllerManager: true });
      const made = async (path: string, object: unknown): Promise<JsonObject> => {
        const { status, body } = await plane.request('POST', path, object);
        expect(status, JSON.stringify(body)).toBe(201);
        return objectAt(body as JsonObject);
      };
      for (const name of namespaces) await made('/api/v1/namespaces', { metadata: { name } });
      await made('/api/v1/namespaces/web/serviceaccounts', { metadata: { name: 'app' } });
      for (const one of roles) await made(paths['roles'] ?? '', one);
      for (const one of bindings) await made(paths['bindings'] ?? '', one);
      const token = await made('/api/v1/namespaces/web/serviceaccounts/app/token', { spec: {} });
      const certificate = (name: string, groups: readonly string[] = []) => ({
        as: { credential: plane.credentialFor(name, groups) },
        headers: {},
      });
      callers = new Map<string, { readonly as: RequestAs; readonly headers: Readonly<Record<string, string>> }>([
        ['u1', certificate('u1')],
        ['u2', certificate('u2')],
        ['u3', certificate('u3')],
        ['u4', certificate('u4')],
        ['team-member', certificate('m', ['team'])],
        ['app', { as: { token: stringAt(objectAt(token['status'])['token']) ?? '' }, headers: {} }],
        ['anonymous', { as: 'anonymous', headers: {} }],
        ['u2 as u1', { ...certificate('u2'), headers: { 'Impersonate-User': 'u1' } }],
      ]);
    });
    afterAll(async () => {
      await plane?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    async function send(asks: readonly Ask[]): Promise<readonly number[]> {
      const statuses: number[] = [];
      for (const { who, method, path } of asks) {
        const caller = callers.get(who);
        const { status } = await plane.request(method, path, undefined, caller);
        statuses.push(status);
      }
      return statuses;
    }

    /** Today's cluster as files show it: the server's command line as a static pod, RBAC and accounts as lists. */
    async function collected(): Promise<Cluster> {
      const put = (path: string, value: unknown): void => {
        const file = join(folder, path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
      };
      put('host/etc/kubernetes/manifests/kube-apiserver.yaml', {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'kube-apiserver', namespace: 'kube-system' },
        spec: {
          containers: [
            {
              name: 'kube-apiserver',
              image: `registry.k8s.io/kube-apiserver:v${testbed.version}`,
              command: ['kube-apiserver', ...plane.apiserverWords()],
            },
          ],
        },
      });
      for (const resource of ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'])
        put(`objects/${resource}.json`, (await plane.request('GET', `${rbac}/${resource}`)).body);
      for (const resource of ['namespaces', 'serviceaccounts', 'pods'])
        put(`objects/${resource}.json`, (await plane.request('GET', `/api/v1/${resource}`)).body);
      return collect({ paths: [join(folder, 'objects')], hostRoots: [join(folder, 'host')], auditLogs: [], names: ['testbed'] });
    }

    /** Makes the planned objects and flags real; the server starts anew, so that no cache lags. */
    async function carryOut(changes: readonly Change[]): Promise<void> {
      const flags: Record<string, string> = {};
      for (const change of changes) {
        if (change.kind === 'set-flag') flags[change.flag] = change.value;
        if (change.kind !== 'delete-object' && change.kind !== 'patch-object' && change.kind !== 'apply-object') continue;
        const { kind, name } =
          change.kind === 'apply-object'
            ? { kind: stringAt(change.object['kind']), name: stringAt(objectAt(change.object['metadata'])['name']) }
            : change.object;
        const path = `${kind === 'ClusterRole' ? paths['roles'] : paths['bindings']}/${name}`;
        const live = await plane.request('GET', path);
        const answer =
          change.kind === 'delete-object'
            ? await plane.request('DELETE', path)
            : change.kind === 'patch-object'
              ? await plane.request('PUT', path, mergePatch(live.body as JsonObject, change.patch))
              : await plane.request('POST', path.replace(/\/[^/]*$/, ''), appliedOver(undefined, change.object));
        expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
      }
      await plane.restartApiserver({ ...audited, flags: { ...audited.flags, ...flags } });
    }

    async function rehearsed(today: Cluster, changes: readonly Change[]): Promise<Rehearsal> {
      const store = await openAuditStore(undefined);
      try {
        const report = await store.load([join(plane.dir, 'audit.log')]);
        const found = await rehearse(today, planOf(today, changes), { store, report }, { toolVersion: '0', followInTime: true });
        return found.rehearsal;
      } finally {
        store.close();
      }
    }

    it('predicts exactly what the re-configured server then refuses', async () => {
      const asks = traffic();
      const before = await send(asks);
      const today = await collected();
      const changes = plannedChanges(today.components[0]?.host ?? '');
      const rehearsal = await rehearsed(today, changes);
      expect(rehearsal.calibration).toMatchObject({ disagreements: [] });
      expect(rehearsal.calibration.requests).toBeGreaterThanOrEqual(asks.length);
      expect(rehearsal.calibration.reproduced).toBe(rehearsal.calibration.requests);
      await carryOut(changes);
      const after = await send(asks);

      const names: Readonly<Record<string, string>> = {
        'team-member': 'm',
        app: 'system:serviceaccount:web:app',
        anonymous: 'system:anonymous',
      };
      const real = asks.flatMap(({ who, what }, index) => {
        const [was = 0, is = 0] = [before[index], after[index]];
        const kind = isRefused(was)
          ? isRefused(is)
            ? undefined
            : 'opened'
          : is === 401
            ? 'turned away'
            : is === 403
              ? 'refused'
              : undefined;
        return kind === undefined ? [] : [`${kind}: ${names[who] ?? who}: ${what}`];
      });
      const said = rehearsal.differences
        .filter(({ who }) => !who.user.startsWith('system:kube-') && who.user !== 'admin')
        .map(({ kind, who, what }) => `${kind}: ${who.user}${who.as === undefined ? '' : ` as ${who.as}`}: ${what}`);
      expect(real.length).toBeGreaterThan(30);
      expect(said.toSorted()).toEqual(real.toSorted());
      // Each by a change of the plan, and none by one that has nothing to do with it.
      for (const { causes, kind } of rehearsal.differences) {
        expect(causes.length).toBeGreaterThan(0);
        if (kind === 'turned away') expect(causes.map(({ text }) => text)).toEqual(['set --anonymous-auth=false']);
      }
    });
  },
);
