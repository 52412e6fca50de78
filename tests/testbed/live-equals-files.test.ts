import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { assess } from '../../src/assess/assess.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { collect } from '../../src/collect/collect.ts';
import { collectLive } from '../../src/collect/live/collect-live.ts';
import { catalogue } from '../../src/controls/catalogue.ts';
import { defaultSettings } from '../../src/controls/settings.ts';
import type { ControlResult } from '../../src/results/report.ts';
import type { ControlPlane, ControlPlaneOptions } from '../../testbed/control-plane.ts';
import { startControlPlane } from '../../testbed/control-plane.ts';
import type { Testbed } from '../../testbed/find.ts';
import { findTestbedsForLongTests } from '../../testbed/find.ts';

const testbeds = findTestbedsForLongTests();
const now = '2026-11-26T12:00:00.000Z';

const encryption = `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - secretbox: {keys: [{name: k1, secret: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=}]}
      - identity: {}
`;
const audit = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
`;
const admission = `apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
  - name: PodSecurity
    configuration:
      apiVersion: pod-security.admission.config.k8s.io/v1
      kind: PodSecurityConfiguration
      defaults: {enforce: baseline, enforce-version: latest}
      exemptions: {namespaces: [kube-system]}
`;

interface World {
  readonly name: string;
  /** As the static pod has them; the testbed's own paths, ports and certificates are put in their place. */
  readonly flags: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
}

const folder = '/etc/kubernetes/bulwark';
const worlds: readonly World[] = [
  {
    name: 'hardened',
    flags: {
      'admission-control-config-file': `${folder}/admission.yaml`,
      'anonymous-auth': 'false',
      'audit-log-path': `${folder}/audit.log`,
      'audit-policy-file': `${folder}/audit.yaml`,
      'authorization-mode': 'Node,RBAC',
      'enable-admission-plugins': 'NodeRestriction',
      'encryption-provider-config': `${folder}/encryption.yaml`,
    },
    files: { 'admission.yaml': admission, 'audit.yaml': audit, 'encryption.yaml': encryption },
  },
  {
    name: 'weak',
    flags: {
      'authorization-mode': 'AlwaysAllow,RBAC',
      'disable-admission-plugins': 'PodSecurity,ResourceQuota',
      'token-auth-file': `${folder}/tokens.csv`,
    },
    files: { 'tokens.csv': 'made-up-token-of-a-test,auditor,1,"system:masters"\n' },
  },
];

function manifestOf(world: World, testbed: Testbed): Record<string, unknown> {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'kube-apiserver',
      namespace: 'kube-system',
      labels: { component: 'kube-apiserver', tier: 'control-plane' },
    },
    spec: {
      hostNetwork: true,
      containers: [
        {
          name: 'kube-apiserver',
          image: `registry.k8s.io/kube-apiserver:v${testbed.version}`,
          command: [
            'kube-apiserver',
            '--etcd-servers=https://127.0.0.1:2379',
            ...Object.entries(world.flags).map(([name, value]) => `--${name}=${value}`),
          ],
          volumeMounts: [{ name: 'bulwark', mountPath: folder }],
        },
      ],
      volumes: [{ name: 'bulwark', hostPath: { path: folder, type: 'Directory' } }],
    },
  };
}

/** The flags for the server that really runs: the same, with its own folder for the files. */
function realFlags(world: World): NonNullable<ControlPlaneOptions['flags']> {
  return Object.fromEntries(Object.entries(world.flags).map(([name, value]) => [name, value.replace(`${folder}/`, '')]));
}

const kinds = [
  '/api/v1/namespaces',
  '/api/v1/nodes',
  '/api/v1/pods',
  '/api/v1/services',
  '/api/v1/serviceaccounts',
  '/api/v1/limitranges',
  '/api/v1/resourcequotas',
  '/apis/apps/v1/deployments',
  '/apis/apps/v1/daemonsets',
  '/apis/networking.k8s.io/v1/networkpolicies',
  '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  '/apis/rbac.authorization.k8s.io/v1/roles',
  '/apis/rbac.authorization.k8s.io/v1/rolebindings',
];

async function create(plane: ControlPlane, path: string, object: object): Promise<void> {
  const { status, body } = await plane.request('POST', path, object);
  if (status !== 201) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
}

async function fill(plane: ControlPlane, manifest: Record<string, unknown>): Promise<void> {
  const node = { metadata: { name: 'plane-1', labels: { 'node-role.kubernetes.io/control-plane': '' } } };
  await create(plane, '/api/v1/nodes', node);
  const metadata = manifest['metadata'] as Record<string, unknown>;
  const mirror = {
    ...manifest,
    metadata: { ...metadata, name: 'kube-apiserver-plane-1', annotations: { 'kubernetes.io/config.mirror': 'made-up' } },
    spec: { ...(manifest['spec'] as object), nodeName: 'plane-1' },
  };
  await create(plane, '/api/v1/namespaces/kube-system/pods', mirror);
  const status = { status: { conditions: [{ type: 'Ready', status: 'True' }] } };
  await plane.request('PATCH', '/api/v1/namespaces/kube-system/pods/kube-apiserver-plane-1/status', status, {
    headers: { 'content-type': 'application/strategic-merge-patch+json' },
  });
  await create(plane, '/api/v1/namespaces', { metadata: { name: 'web' } });
  const template = {
    metadata: { labels: { app: 'front' } },
    spec: { containers: [{ name: 'c', image: 'example.test/front:1' }] },
  };
  await create(plane, '/apis/apps/v1/namespaces/web/deployments', {
    metadata: { name: 'front' },
    spec: { selector: { matchLabels: { app: 'front' } }, template },
  });
  const subject = { kind: 'ServiceAccount', name: 'front', namespace: 'web' };
  await create(plane, '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'front' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [subject],
  });
}

/** The host as a copied tree, and the cluster's objects as typed lists. */
async function writeFiles(plane: ControlPlane, world: World, manifest: Record<string, unknown>, root: string): Promise<void> {
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  put('host/etc/hostname', 'plane-1\n');
  put('host/etc/kubernetes/manifests/kube-apiserver.yaml', stringify(manifest));
  for (const [name, text] of Object.entries(world.files)) put(`host${folder}/${name}`, text);
  for (const path of kinds) {
    const { body } = await plane.request('GET', path);
    put(`objects/${path.split('/').at(-1) ?? ''}.yaml`, stringify(body));
  }
}

function judge(cluster: Cluster): ReadonlyMap<string, ControlResult> {
  return new Map(assess(cluster, { controls: catalogue, settings: defaultSettings, now }).map((result) => [result.id, result]));
}

/** What depends on how one came in, not on the cluster: the credential in use and the address of the kubeconfig. */
const asWhom = new Set(['authn-no-system-masters']);

describe.skipIf(testbeds.length === 0)('a live cluster is judged as its files are (needs the testbed)', () => {
  describe.each(testbeds.map((testbed) => [testbed.version, testbed] as const))('%s', (_, testbed) => {
    describe.each(worlds.map((world) => [world.name, world] as const))('%s', (__, world) => {
      let plane: ControlPlane;
      let live: ReadonlyMap<string, ControlResult>;
      let files: ReadonlyMap<string, ControlResult>;
      const root = mkdtempSync(join(tmpdir(), 'bulwark-equal-'));

      beforeAll(async () => {
        plane = await startControlPlane(testbed, { flags: realFlags(world), files: world.files });
        const manifest = manifestOf(world, testbed);
        await fill(plane, manifest);
        await writeFiles(plane, world, manifest, root);
        const parts = [await collectLive({ kubeconfig: plane.kubeconfig })];
        live = judge(await collect({ paths: [], hostRoots: [], auditLogs: [], names: ['live'], parts }));
        files = judge(await collect({ paths: [root], hostRoots: [], auditLogs: [], names: ['files'] }));
      });
      afterAll(async () => {
        await plane.stop();
        rmSync(root, { recursive: true });
      });

      it('never the opposite: the same verdict, or unknown that names what the API cannot show', () => {
        const opposite = [...live.values()].filter(({ id, verdict, findings }) => {
          const other = files.get(id);
          if (other === undefined || asWhom.has(id) || verdict === other.verdict) return false;
          // The files hold fewer kinds than the API lists: there the files may be the unknown side.
          if (other.verdict === 'unknown') return false;
          return verdict !== 'unknown' || findings.every((finding) => finding.verdict !== 'unknown' || finding.message === '');
        });
        expect(opposite.map(({ id, verdict, reason }) => ({ id, live: verdict, files: files.get(id)?.verdict, reason }))).toEqual(
          [],
        );
      });

      it('the flags alone decide alike', () => {
        const byFlags = [
          'authz-mode-not-alwaysallow',
          'authz-node-rbac-enabled',
          'admission-effective-set',
          'admission-noderestriction',
          'authn-static-token-file-absent',
          'authn-anonymous-restricted',
          'apiserver-kubelet-mtls',
          'audit-enabled',
        ];
        const verdicts = (of: ReadonlyMap<string, ControlResult>): readonly unknown[] =>
          byFlags.map((id) => [id, of.get(id)?.verdict]);
        expect(verdicts(live)).toEqual(verdicts(files));
      });

      it('what stands in files is unknown over the API, with the file’s name', () => {
        if (world.name !== 'hardened') return;
        expect(files.get('encryption-provider-configured')?.verdict).toBe('pass');
        expect(live.get('encryption-provider-configured')).toMatchObject({ verdict: 'unknown' });
        expect(live.get('encryption-provider-configured')?.reason).toContain(`${folder}/encryption.yaml`);
        expect(live.get('admission-psa-cluster-defaults')?.reason).toContain(`${folder}/admission.yaml`);
      });
    });
  });
});
