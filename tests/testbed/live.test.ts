import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { collectorRole } from '../../src/collect/live/collector-role.ts';
import { collectLive } from '../../src/collect/live/collect-live.ts';
import { listedKinds } from '../../src/collect/live/live-kinds.ts';
import type { ClusterParts } from '../../src/collect/parts.ts';
import type { ControlPlane } from '../../testbed/control-plane.ts';
import { startControlPlane } from '../../testbed/control-plane.ts';
import { findTestbeds } from '../../testbed/find.ts';

const testbeds = findTestbeds();
const pods = Number(process.env['BULWARK_LIVE_PODS'] ?? 1200);

const mirrorPod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'kube-apiserver-plane-1',
    namespace: 'kube-system',
    labels: { component: 'kube-apiserver', tier: 'control-plane' },
    annotations: { 'kubernetes.io/config.mirror': 'abc', 'kubernetes.io/config.source': 'file' },
  },
  spec: {
    nodeName: 'plane-1',
    hostNetwork: true,
    containers: [
      {
        name: 'kube-apiserver',
        image: 'registry.k8s.io/kube-apiserver:v1.31.4',
        command: ['kube-apiserver', '--anonymous-auth=false', '--encryption-provider-config=/etc/kubernetes/enc/config.yaml'],
        volumeMounts: [{ name: 'enc', mountPath: '/etc/kubernetes/enc' }],
      },
    ],
    volumes: [{ name: 'enc', hostPath: { path: '/srv/enc' } }],
  },
};

const kubeadmConfig = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'kubeadm-config', namespace: 'kube-system' },
  data: {
    ClusterConfiguration:
      'apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nkubernetesVersion: v1.31.4\napiServer:\n  extraArgs:\n    profiling: "false"\n',
  },
};

const policyDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'ciliumnetworkpolicies.cilium.io' },
  spec: {
    group: 'cilium.io',
    scope: 'Namespaced',
    names: { kind: 'CiliumNetworkPolicy', plural: 'ciliumnetworkpolicies', singular: 'ciliumnetworkpolicy' },
    versions: [
      {
        name: 'v2',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

/** Sends an object and fails with the server's words where it is refused. */
async function create(plane: ControlPlane, path: string, object: object): Promise<void> {
  const { status, body } = await plane.request('POST', path, object);
  if (status !== 201) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
}

async function fill(plane: ControlPlane): Promise<void> {
  await create(plane, '/api/v1/namespaces', {
    metadata: { name: 'web', labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } },
  });
  await create(plane, '/api/v1/namespaces/web/serviceaccounts', { metadata: { name: 'default' } });
  await create(plane, '/api/v1/nodes', {
    metadata: { name: 'plane-1', labels: { 'node-role.kubernetes.io/control-plane': '' } },
  });
  await create(plane, '/api/v1/namespaces/kube-system/pods', mirrorPod);
  await create(plane, '/api/v1/namespaces/kube-system/configmaps', kubeadmConfig);
  await create(plane, '/api/v1/namespaces/web/configmaps', { metadata: { name: 'settings' }, data: { a: 'marker-configmap' } });
  await create(plane, '/api/v1/namespaces/web/secrets', { metadata: { name: 'db' }, stringData: { password: 'marker-secret' } });
  await create(plane, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', policyDefinition);
  const policy = { apiVersion: 'cilium.io/v2', kind: 'CiliumNetworkPolicy', metadata: { name: 'deny' }, spec: {} };
  // A new kind is served a moment after its definition is there.
  await vi.waitFor(() => create(plane, '/apis/cilium.io/v2/namespaces/web/ciliumnetworkpolicies', policy), {
    timeout: 30_000,
    interval: 100,
  });
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < pods) {
      const name = `pod-${next++}`;
      const spec = { containers: [{ name: 'app', image: 'nginx', env: [{ name: 'TOKEN', value: 'marker-variable' }] }] };
      await create(plane, '/api/v1/namespaces/web/pods', { metadata: { name }, spec });
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

const countOf = (parts: ClusterParts, kind: string): number =>
  (parts.objects ?? []).filter((object) => object.kindKey === kind).length;

describe.skipIf(testbeds.length === 0)('live collection (needs a testbed: node testbed/build.mjs)', () => {
  describe.each(testbeds)('from $version', (testbed) => {
    let plane: ControlPlane;

    /** A kubeconfig of a user who is bound to a ClusterRole. */
    async function userWith(name: string, role: string): Promise<string> {
      await create(plane, '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
        metadata: { name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }],
      });
      return plane.kubeconfigFor(plane.credentialFor(name), `${name}.kubeconfig`);
    }

    beforeAll(async () => {
      plane = await startControlPlane(testbed);
      // Without its controller no default service account appears: pods of the test ask for none.
      await fill(plane);
    });
    afterAll(() => plane.stop());

    it('reads everything as an administrator, page by page, and keeps no secret', async () => {
      const start = performance.now();
      const parts = await collectLive({ kubeconfig: plane.kubeconfig });
      console.log(`${testbed.version}: ${parts.objects?.length} objects in ${((performance.now() - start) / 1000).toFixed(2)} s`);
      expect(parts.gitVersion?.text).toBe(`v${testbed.version}`);
      expect(parts.self).toMatchObject({ username: 'admin', groups: expect.arrayContaining(['system:masters']) as string[] });
      expect(countOf(parts, 'Pod')).toBe(pods + 1);
      expect(countOf(parts, 'CiliumNetworkPolicy.cilium.io')).toBe(1);
      expect(countOf(parts, 'ClusterRole.rbac.authorization.k8s.io')).toBeGreaterThan(50);
      // The node of the test has no kubelet: that is the one thing that cannot be read.
      expect(parts.gaps?.map((gap) => gap.source)).toEqual(['/api/v1/nodes/plane-1/proxy/configz']);
      expect(parts.listings).toHaveLength(listedKinds.length);
      expect(JSON.stringify(parts)).not.toMatch(/marker-|bWFya2VyLX|managedFields/);
    });

    it('shows the flags of mirror pods and what kubeadm writes, never a file', async () => {
      const parts = await collectLive({ kubeconfig: plane.kubeconfig });
      const mirror = parts.components?.find((component) => component.seenAs === 'mirror-pod');
      expect(mirror).toMatchObject({ name: 'kube-apiserver', host: 'plane-1', running: false });
      expect(mirror?.commandLine.arguments.map((argument) => argument.text)).toContain('--anonymous-auth=false');
      expect(mirror?.files.get('/etc/kubernetes/enc/config.yaml')).toMatchObject({
        kind: 'not-collected',
        path: '/srv/enc/config.yaml',
      });
      expect(parts.components?.some((component) => component.seenAs === 'kubeadm')).toBe(true);
      expect(parts.configurations).toHaveLength(1);
    });

    it('needs no more than the role that it prints, and misses the kubelets alone', async () => {
      const applied = await plane.kubectl(['apply', '-f', '-'], { stdin: collectorRole() });
      expect(applied.code, JSON.stringify(applied)).toBe(0);
      const admin = await collectLive({ kubeconfig: plane.kubeconfig });
      const parts = await collectLive({ kubeconfig: await userWith('collector', 'bulwark-collector') });
      expect(parts.gaps).toMatchObject([
        { source: '/api/v1/nodes/NAME/proxy/configz', reason: expect.stringMatching(/^403 /) as string },
      ]);
      expect(parts.listings).toEqual(admin.listings);
      expect(parts.self?.username).toBe('collector');
      // The binding of the collector itself was made in between.
      expect(Math.abs((parts.objects?.length ?? 0) - (admin.objects?.length ?? 0))).toBe(1);
    });

    it('names the one right that is missing', async () => {
      const role = collectorRole()
        .replace('name: bulwark-collector', 'name: no-secrets')
        .replace(/ {2}- apiGroups: \[""\]\n {4}resources: \["secrets"\]\n {4}verbs: \["list"\]\n/, '');
      await plane.kubectl(['apply', '-f', '-'], { stdin: role });
      const parts = await collectLive({ kubeconfig: await userWith('no-secrets', 'no-secrets') });
      expect(parts.gaps?.filter((gap) => gap.kind !== undefined)).toEqual([
        {
          source: '/api/v1/secrets',
          kind: 'Secret',
          reason:
            '403 secrets is forbidden: User "no-secrets" cannot list resource "secrets" in API group "" at the cluster scope',
          hint: 'grant list secrets (core); bulwark collect --print-rbac prints all',
        },
      ]);
    });

    it('takes a user without rights for gaps, not for an empty cluster', async () => {
      const parts = await collectLive({ kubeconfig: plane.kubeconfigFor(plane.credentialFor('nobody'), 'nobody.kubeconfig') });
      expect(parts.objects).toEqual([]);
      const listed = new Set(parts.listings?.map((listing) => listing.kind));
      for (const kind of ['Pod', 'Secret', 'Namespace', 'NetworkPolicy.networking.k8s.io', 'CiliumNetworkPolicy.cilium.io'])
        expect(listed).not.toContain(kind);
      expect(parts.gaps?.find((gap) => gap.kind === 'NetworkPolicy.networking.k8s.io')?.hint).toContain(
        'grant list networkpolicies (networking.k8s.io)',
      );
    });

    it('reads one namespace, and then lists no namespaced kind', async () => {
      const parts = await collectLive({ kubeconfig: plane.kubeconfig, namespace: 'web' });
      expect(countOf(parts, 'Pod')).toBe(pods);
      expect(parts.listings?.map((listing) => listing.kind)).not.toContain('Pod');
      expect((await collectLive({ kubeconfig: plane.kubeconfig, namespace: 'wbe' })).gaps?.map((gap) => gap.reason)).toContain(
        'there is no namespace wbe',
      );
    });

    it('says when the server does not know the credential, or is gone', async () => {
      const unknown = await collectLive({ kubeconfig: plane.kubeconfigFor({ token: 'marker-token' }, 'token.kubeconfig') });
      expect(unknown.gaps).toMatchObject([{ source: plane.url, reason: expect.stringMatching(/^401 /) as string }]);
      await plane.stopApiserver();
      const gone = await collectLive({ kubeconfig: plane.kubeconfig });
      expect(gone).toEqual({ gaps: [expect.objectContaining({ source: plane.url, reason: 'the connection was refused' })] });
    });
  });
});
