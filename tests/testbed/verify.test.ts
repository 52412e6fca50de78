import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plan as runPlan } from '../../src/cli/run-plan.ts';
import { runVerify } from '../../src/cli/run-verify.ts';
import type { VerifyCommandOptions } from '../../src/cli/run-verify.ts';
import type { Report } from '../../src/results/report.ts';
import { probes } from '../../src/verify/probes.ts';
import type { ControlPlane } from '../../testbed/control-plane.ts';
import { startControlPlane } from '../../testbed/control-plane.ts';
import { findTestbedsForLongTests } from '../../testbed/find.ts';
import type { TlsEtcd } from './tls-etcd.ts';
import { startTlsEtcd } from './tls-etcd.ts';
import { badObjects, create, goodObjects, hardened, soft, writeManifest } from './verify-plane.ts';

const testbeds = findTestbedsForLongTests();

/** What no testbed can show, and why. */
const needsNodes = [
  'apiserver-kubelet-mtls',
  'kubelet-anonymous-off',
  'kubelet-authorization-webhook',
  'kubelet-readonly-port-off',
  'network-cni-enforces',
  'network-default-deny-egress',
  'network-default-deny-ingress',
  'network-metadata-blocked',
];
/** Only a public address that answers would contradict it, and nothing proves it. */
const outside = ['apiserver-endpoint-exposure'];

async function verifyPlane(
  plane: ControlPlane,
  options: Partial<VerifyCommandOptions> = {},
  sources: readonly string[] = [],
): Promise<{ readonly code: number; readonly report: Report }> {
  const file = join(plane.dir, 'verify.json');
  const code = await runVerify(sources, {
    hostRoot: [plane.dir],
    auditLog: [],
    kubeconfig: plane.kubeconfig,
    output: [`json=${file}`],
    details: false,
    only: [],
    skip: [],
    ...options,
  });
  return { code, report: JSON.parse(readFileSync(file, 'utf8')) as Report };
}

function standings(report: Report): Record<string, string> {
  const probed = new Set(probes.map(({ control }) => control));
  return Object.fromEntries(
    report.controls
      .filter(({ id }) => probed.has(id))
      .map(({ id, verdict, proof, reason }) => [id, `${verdict} ${proof}: ${reason}`]),
  );
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('it did not come true within 30 s');
}

/** Names of what a run leaves: canary namespaces, and Secrets anywhere. */
async function leftBehind(plane: ControlPlane): Promise<readonly string[]> {
  const names = async (path: string): Promise<readonly string[]> => {
    const { body } = await plane.request('GET', path);
    return (body as { readonly items: readonly { readonly metadata: { readonly name: string } }[] }).items.map(
      ({ metadata }) => metadata.name,
    );
  };
  const all = [
    ...(await names('/api/v1/namespaces')),
    ...(await names('/api/v1/secrets')),
    ...(await names('/api/v1/serviceaccounts')),
  ];
  return all.filter((name) => name.startsWith('bulwark-verify'));
}

/** A policy acts some moments after it was made: waits until each refuses what it is there for. */
async function guardrailsHold(plane: ControlPlane): Promise<void> {
  const metadata = { name: 'bulwark-test' };
  const binding = {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'system:anonymous' }],
  };
  const token = {
    metadata: { ...metadata, annotations: { 'kubernetes.io/service-account.name': 'default' } },
    type: 'kubernetes.io/service-account-token',
  };
  const refused: readonly (readonly [string, object])[] = [
    ['/api/v1/namespaces/shop/services', { metadata, spec: { ports: [{ port: 80 }], externalIPs: ['192.0.2.1'] } }],
    ['/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings', binding],
    ['/api/v1/namespaces/shop/secrets', token],
  ];
  for (const [path, object] of refused)
    await until(async () =>
      JSON.stringify((await plane.request('POST', `${path}?dryRun=All`, object)).body).includes('bulwark-'),
    );
}

describe.skipIf(testbeds.length === 0)('verify (needs a testbed)', () => {
  describe.each(testbeds)('a hardened API server $version', (testbed) => {
    let etcd: TlsEtcd;
    let plane: ControlPlane;
    let code: number;
    let shown: Record<string, string>;

    beforeAll(async () => {
      etcd = await startTlsEtcd(testbed);
      const options = hardened(testbed, etcd);
      plane = await startControlPlane(testbed, options);
      writeManifest(plane, options);
      await create(plane, goodObjects(testbed.minor));
      for (const namespace of ['shop', 'default']) {
        const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
        await until(async () => (await plane.request('PATCH', path, { automountServiceAccountToken: false })).status === 200);
      }
      await plane.request('PATCH', '/api/v1/namespaces/default', {
        metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
      });
      for (const [path, object] of goodObjects(testbed.minor).filter(([at]) => /limitranges|resourcequotas/.test(at)))
        await plane.request('POST', path.replace('shop', 'default'), object);
      const quotas = async (): Promise<boolean> => {
        const { body } = await plane.request('GET', '/api/v1/resourcequotas');
        const { items } = body as { readonly items: readonly { readonly status?: { readonly hard?: object } }[] };
        return items.length === 2 && items.every(({ status }) => status?.hard !== undefined);
      };
      await until(quotas);
      if (testbed.minor >= 30) await guardrailsHold(plane);
      const result = await verifyPlane(plane);
      code = result.code;
      shown = standings(result.report);
    });
    afterAll(async () => {
      await plane?.stop();
      await etcd?.stop();
    });

    const never = new Set([
      ...needsNodes,
      ...outside,
      // The testbed's administrator is in system:masters; its audit log is not a day long.
      'authn-no-system-masters',
      // Members' own flags are not in this host tree.
      'etcd-client-tls',
      // Ages are judged by the calendar: every old version fails.
      'apiserver-version-supported',
      ...(testbed.minor < 30 ? ['admission-vap-guardrails', 'admission-effective-set'] : []),
    ]);

    test.each(probes.map(({ control }) => control).filter((id) => !never.has(id)))('%s is proved', (id) => {
      expect(shown[id] ?? 'no such control').toMatch(/^pass proved/);
    });

    test('what cannot be shown says why', () => {
      for (const id of needsNodes) expect(shown[id] ?? '').toMatch(/^not-applicable|not probed: .*node/);
    });

    test('the exit code says that the administrator is in system:masters', async () => {
      expect(code).toBe(1);
      const only = ['authn-anonymous-restricted', 'encryption-provider-configured', 'audit-enabled'];
      expect((await verifyPlane(plane, { only })).code).toBe(0);
    });

    test('nothing is left behind', async () => {
      expect(await leftBehind(plane)).toEqual([]);
    });

    test('an interrupted run removes what it made', async () => {
      const main = join(import.meta.dirname, '../../src/cli/main.ts');
      const words = ['--import', 'tsx', main, 'verify', '--kubeconfig', plane.kubeconfig, '--host-root', plane.dir];
      const child = spawn(process.execPath, words, { stdio: 'ignore' });
      const ended = once(child, 'exit');
      await until(async () => (await leftBehind(plane)).length > 1 || child.exitCode !== null);
      expect(child.exitCode).toBe(null);
      child.kill('SIGINT');
      expect(await ended).toEqual([null, 'SIGINT']);
      expect(await leftBehind(plane)).toEqual([]);
    });

    test('what a killed run left is removed by the next one', async () => {
      const metadata = {
        name: 'bulwark-verify-0dead000-none',
        labels: { 'app.kubernetes.io/managed-by': 'bulwark', 'app.kubernetes.io/component': 'verify' },
        annotations: { 'bulwark/expires': '2026-01-01T00:00:00Z', 'bulwark/run': 'elsewhere/1' },
      };
      await create(plane, [['/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata }]]);
      await verifyPlane(plane, { only: ['authn-anonymous-restricted'] });
      await expect.poll(() => leftBehind(plane), { timeout: 30_000 }).toEqual([]);
    });
  });

  describe.each(testbeds)('a soft API server $version', (testbed) => {
    let plane: ControlPlane;
    let shown: Record<string, string>;

    beforeAll(async () => {
      plane = await startControlPlane(testbed, soft);
      writeManifest(plane, soft);
      await create(plane, badObjects);
      const result = await verifyPlane(plane);
      expect(result.code).toBe(1);
      shown = standings(result.report);
    });
    afterAll(async () => {
      await plane?.stop();
    });

    const never = new Set([
      ...needsNodes,
      ...outside,
      // Refused by the default account's absence of rights elsewhere, or shown on the third server below.
      'authz-mode-not-alwaysallow',
      'audit-enabled',
      // No version serves an insecure port, and this server has no policy of the set.
      'apiserver-insecure-port-absent',
      'admission-vap-guardrails',
      'apiserver-version-supported',
      'apiserver-etcd-tls',
      'resources-limitrange-consistency',
      'workload-sa-automount',
    ]);

    test.each(probes.map(({ control }) => control).filter((id) => !never.has(id)))('%s is contradicted', (id) => {
      expect(shown[id] ?? 'no such control').toMatch(/^fail proved/);
    });

    test('nothing is left behind', async () => {
      expect(await leftBehind(plane)).toEqual([]);
    });

    test('with a plan, those who held rights before are asked too', async () => {
      const folder = join(plane.dir, 'plan');
      const source = { hostRoot: [plane.dir], auditLog: [], kubeconfig: plane.kubeconfig, only: [], skip: [] };
      expect(await runPlan([], { ...source, out: folder, severity: 'low' })).toBe(0);
      for (const name of ['reader', 'prober', 'admission', 'binder', 'robot', 'wild', 'nodes'])
        await plane.request('DELETE', `/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/bad-${name}`);
      const only = [
        'authz-secrets-read',
        'authz-nodes-proxy',
        'authz-admission-config-write',
        'authz-escalate-bind',
        'authz-cluster-admin-bindings',
        'authz-wildcards',
      ];
      const { report, code } = await verifyPlane(plane, { only }, [folder]);
      for (const { id, verdict, proof, reason } of report.controls)
        expect(`${id} ${verdict} ${proof}: ${reason}`).toMatch(/^\S+ pass proved: .*and \d+ former holder/);
      expect(code).toBe(0);
    });

    test('a server that allows everything, and records nothing though its manifest says so', async () => {
      const flags = { 'authorization-mode': 'AlwaysAllow', 'disable-admission-plugins': 'PodSecurity' };
      await plane.restartApiserver({ flags });
      const { report, code } = await verifyPlane(plane, { only: ['authz-mode-not-alwaysallow', 'audit-enabled'] });
      expect(code).toBe(1);
      for (const control of report.controls)
        expect(`${control.id} ${control.verdict} ${control.proof}`).toBe(`${control.id} fail proved`);
    });
  });
});
