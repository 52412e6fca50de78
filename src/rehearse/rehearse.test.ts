import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditStore } from '../audit/store/store.ts';
import type { LoadReport } from '../audit/store/types.ts';
import type { Change } from '../cluster/change.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Plan } from '../plan/plan.ts';
import { revisePlan } from '../plan/revise-plan.ts';
import { logOf, planOf, softCluster } from './fixtures/soft-cluster.ts';
import type { Rehearsed } from './rehearse.ts';
import { rehearse } from './rehearse.ts';
import { renderHtml } from './render/html.ts';
import { renderText } from './render/text.ts';
import { revisionOf } from './revision.ts';
import { rehearsalJsonSchema, rehearsalSchema } from './schema.ts';

const account = 'system:serviceaccount:web:app';
const accountGroups = ['system:serviceaccounts', 'system:serviceaccounts:web', 'system:authenticated'];
const byReader = 'RBAC: allowed by ClusterRoleBinding "app-reads" of ClusterRole "reader" to ServiceAccount "app/web"';
const byProbes = 'RBAC: allowed by ClusterRoleBinding "probes" of ClusterRole "probes" to User "system:anonymous"';
const secrets = { user: account, groups: accountGroups, resource: 'secrets', namespace: 'web', reason: byReader };
const anonymous = { user: 'system:anonymous', groups: ['system:unauthenticated'], reason: byProbes };

const unbind: Change = {
  kind: 'delete-object',
  object: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', name: 'app-reads' },
};
const restrict: Change = {
  kind: 'patch-object',
  object: { apiVersion: 'v1', kind: 'Namespace', name: 'web' },
  patch: { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } },
};

let folder: string;
let cluster: Cluster;
let log: { readonly store: AuditStore; readonly report: LoadReport };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bulwark-rehearse-'));
  cluster = await softCluster(folder);
  log = await logOf(folder, [
    { ...secrets, uri: '/api/v1/namespaces/web/secrets/a', name: 'a' },
    { ...secrets, uri: '/api/v1/namespaces/web/secrets/b', name: 'b' },
    { ...secrets, uri: '/api/v1/namespaces/web/secrets', verb: 'list' },
    { ...secrets, uri: '/api/v1/namespaces/web/configmaps/c', resource: 'configmaps', name: 'c' },
    { ...anonymous, uri: '/version' },
    { ...anonymous, uri: '/version' },
    { ...anonymous, uri: '/livez' },
    { user: 'eve', uri: '/api/v1/nodes', resource: 'nodes', verb: 'list', code: 403 },
  ]);
});
afterAll(() => {
  log.store.close();
  rmSync(folder, { recursive: true });
});

const run = (plan: Plan): Promise<Rehearsed> => rehearse(cluster, plan, log, { toolVersion: '0.1.0', followInTime: true });

async function keep(plan: Plan, { settled }: Rehearsed, ids: readonly string[]): Promise<{ plan: Plan; after: Rehearsed }> {
  const chosen = settled.filter(({ difference }) => ids.includes(difference.id));
  const revised = revisePlan(cluster, plan, revisionOf(plan, chosen));
  return { plan: revised, after: await run(revised) };
}

const told = ({ rehearsal }: Rehearsed): readonly string[] =>
  rehearsal.differences.map(({ kind, who, what, requests }) => `${kind}: ${who.user} ${what} ×${requests}`);

const authentication = (host: string): readonly Change[] => [
  {
    kind: 'write-file',
    host,
    component: 'kube-apiserver',
    path: '/etc/kubernetes/authn.yaml',
    text: `apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\nanonymous:\n  enabled: true\n  conditions:\n  - path: /livez\n`,
    mode: 0o600,
    secret: false,
  },
  { kind: 'set-flag', host, component: 'kube-apiserver', flag: 'authentication-config', value: '/etc/kubernetes/authn.yaml' },
  { kind: 'remove-flag', host, component: 'kube-apiserver', flag: 'anonymous-auth' },
];

describe('rehearse', () => {
  it('reproduces what the log says, and finds nothing in an empty plan', async () => {
    const found = await run(planOf(cluster, []));
    expect(found.rehearsal.calibration).toMatchObject({ requests: 8, reproduced: 8, disagreements: [] });
    expect(found.rehearsal).toMatchObject({ differences: [], unsettled: [], sideEffects: [] });
  });

  it('names who loses what by which change, and the narrowest grant', async () => {
    const plan = planOf(cluster, [restrict, unbind]);
    const found = await run(plan);
    expect(told(found).toSorted()).toEqual(
      [
        `refused: ${account} get secrets in web (a, b) ×2`,
        `refused: ${account} list secrets in web ×1`,
        `refused: ${account} get configmaps c in web ×1`,
        'object: Deployment web/front the next start of a pod of Deployment web/front ×0',
      ].toSorted(),
    );
    const [first] = found.rehearsal.differences;
    expect(first).toMatchObject({
      today: byReader,
      causes: [{ change: 'g2.c1', text: 'delete ClusterRoleBinding app-reads', controls: ['control'] }],
      exception: `a Role in web with get on secrets named a, b for ${account}`,
      first: '2026-11-26T10:00:00.000000Z',
      last: '2026-11-26T10:00:01.000000Z',
      userAgents: ['probe/1.0'],
      auditIDs: ['request-0', 'request-1'],
    });
  });

  it('keeps one difference and no other', async () => {
    const plan = planOf(cluster, [unbind]);
    const found = await run(plan);
    const id = found.rehearsal.differences[0]?.id ?? '';
    const { plan: revised, after } = await keep(plan, found, [id]);
    expect(told(after)).toEqual(told(found).slice(1));
    expect(revised.groups.flatMap(({ changes }) => changes.map(({ change }) => change.kind))).toEqual([
      'apply-object',
      'apply-object',
      'delete-object',
    ]);
    const all = await keep(
      plan,
      found,
      found.rehearsal.differences.map((one) => one.id),
    );
    expect(told(all.after)).toEqual([]);
  });

  it('lets one more path in without credentials', async () => {
    const plan = planOf(cluster, authentication(cluster.components[0]?.host ?? ''));
    const found = await run(plan);
    expect(told(found)).toEqual(['turned away: system:anonymous get /version ×2']);
    expect(found.rehearsal.sideEffects.map(({ name }) => name)).toContain('load balancers');
    const { plan: revised, after } = await keep(plan, found, [found.rehearsal.differences[0]?.id ?? '']);
    expect(told(after)).toEqual([]);
    const texts = revised.groups.flatMap(({ changes }) =>
      changes.flatMap(({ change }) => (change.kind === 'write-file' ? [change.text] : [])),
    );
    expect(texts.join('')).toContain('- path: /livez\n  - path: /version\n');
  });

  it('leaves out with a flag what it cannot do without', async () => {
    const host = cluster.components[0]?.host ?? '';
    const plan = planOf(cluster, [
      { kind: 'set-flag', host, component: 'kube-apiserver', flag: 'anonymous-auth', value: 'false' },
      { kind: 'set-flag', host, component: 'kube-apiserver', flag: 'profiling', value: 'false' },
    ]);
    const found = await run(plan);
    expect(told(found)).toEqual(['turned away: system:anonymous get /version ×2', 'turned away: system:anonymous get /livez ×1']);
    expect(found.rehearsal.differences[0]?.exception).toBe('leave out g1.c1 (set --anonymous-auth=false)');
    const { after } = await keep(plan, found, [found.rehearsal.differences[0]?.id ?? '']);
    expect(told(after)).toEqual([]);
  });

  it('takes the strictest level that lets a pod start again', async () => {
    const plan = planOf(cluster, [restrict]);
    const found = await run(plan);
    expect(found.rehearsal.differences[0]).toMatchObject({
      kind: 'object',
      exception: 'label namespace web with enforce=baseline',
      causes: [{ change: 'g1.c1' }],
    });
    expect(found.rehearsal.differences[0]?.planned).toContain('violates PodSecurity "restricted:latest"');
    const { plan: revised, after } = await keep(plan, found, [found.rehearsal.differences[0]?.id ?? '']);
    expect(told(after)).toEqual([]);
    expect(revised.groups[0]?.changes[0]?.change).toMatchObject({
      patch: { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } } },
    });
    expect(revised.kept).toHaveLength(1);
  });

  it('names every account that asks and loses its token, however many others ask more', async () => {
    const accounts = Array.from({ length: 8 }, (_, index) => `system:serviceaccount:web:busy-${index}`);
    const one = { uri: '/version', groups: accountGroups };
    const busy = await logOf(mkdtempSync(join(folder, 'busy-')), [
      ...accounts.flatMap((user) => [
        { ...one, user },
        { ...one, user },
      ]),
      { ...one, user: account },
    ]);
    const plan = planOf(cluster, [
      {
        kind: 'patch-object',
        object: { apiVersion: 'v1', kind: 'ServiceAccount', name: 'app', namespace: 'web' },
        patch: { automountServiceAccountToken: false },
      },
    ]);
    const { rehearsal } = await rehearse(cluster, plan, busy, { toolVersion: '0.1.0', followInTime: true });
    busy.store.close();
    const effect = rehearsal.sideEffects.find(({ name }) => name === 'service accounts without a token');
    expect(effect?.seen).toEqual([`${account} (1 ×)`]);
  });

  it('says what a plan opens', async () => {
    const plan = planOf(cluster, [
      {
        kind: 'apply-object',
        object: {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRoleBinding',
          metadata: { name: 'eve' },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'nodes' },
          subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'eve' }],
        },
      },
      {
        kind: 'apply-object',
        object: {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRole',
          metadata: { name: 'nodes' },
          rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['list'] }],
        },
      },
    ]);
    const found = await run(plan);
    expect(told(found)).toEqual(['opened: eve list nodes ×1']);
    expect(found.rehearsal.differences[0]?.causes.map(({ change }) => change)).toEqual(['g1.c1', 'g2.c1']);
  });

  it('leaves open what only a webhook decides', async () => {
    const host = cluster.components[0]?.host ?? '';
    const found = await run(
      planOf(cluster, [
        { kind: 'set-flag', host, component: 'kube-apiserver', flag: 'authorization-mode', value: 'Webhook,RBAC' },
      ]),
    );
    expect(found.rehearsal.unsettled[0]?.why).toContain('webhook');
    expect(told(found)).toEqual([]);
  });

  it('writes JSON that the published schema takes', async () => {
    const { rehearsal } = await run(planOf(cluster, [restrict, unbind]));
    expect(readFileSync(new URL('../../schemas/rehearsal.schema.json', import.meta.url), 'utf8')).toBe(rehearsalJsonSchema());
    const validate = new Ajv2020({ allErrors: true, strict: false }).compile(JSON.parse(rehearsalJsonSchema()) as object);
    expect(validate(JSON.parse(JSON.stringify(rehearsal))), JSON.stringify(validate.errors)).toBe(true);
    expect(v.is(v.strictObject(rehearsalSchema.entries), rehearsal)).toBe(true);
  });

  it('prints within 80 columns, and one page that a difference can be followed in', async () => {
    const { rehearsal } = await run(planOf(cluster, [restrict, unbind]));
    const text = renderText(rehearsal, 'bulwark apply plan');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(text).toContain('WOULD BREAK (4)');
    const html = renderHtml(rehearsal);
    for (const { id, auditIDs } of rehearsal.differences) {
      expect(html.split(`id="d-${id}"`)).toHaveLength(2);
      for (const auditID of auditIDs) expect(html).toContain(auditID);
    }
  });
});
