import { describe, expect, it } from 'vitest';
import type { Cluster } from './cluster.ts';
import type { Component, ComponentName } from './component.ts';
import { clusterVersion, distributionOf, versionOf } from './component-version.ts';
import type { Json, JsonObject } from './json.ts';
import type { ClusterObject } from './objects.ts';
import { ObjectIndex } from './objects.ts';
import { formatMinor } from './version.ts';

const place = { source: 'x' };

function component(name: ComponentName, version?: string, files: readonly string[] = []): Component {
  return {
    name,
    host: 'node-1',
    seenAs: 'static-pod',
    commandLine: { arguments: [] },
    document: { value: {}, source: 'etc/kubernetes/manifests/pod.yaml' },
    ...(version === undefined ? {} : { version: { text: version, place } }),
    files: new Map(files.map((path) => [path, { kind: 'not-collected', path, reason: '' }])),
    environment: new Map(),
    running: false,
  };
}

function node(manifest: JsonObject): ClusterObject {
  return {
    kindKey: 'Node',
    apiVersion: 'v1',
    kind: 'Node',
    name: 'node-1',
    namespace: undefined,
    manifest,
    document: { value: manifest, source: 'x' },
    base: [],
    seenIn: 'api',
  };
}

function cluster(parts: { git?: string; components?: Component[]; objects?: ClusterObject[]; configurations?: Json[] }): Cluster {
  return {
    sources: [],
    ...(parts.git === undefined ? {} : { gitVersion: { text: parts.git, place } }),
    objects: new ObjectIndex(parts.objects ?? []),
    listings: [],
    components: parts.components ?? [],
    configurations: (parts.configurations ?? []).map((value) => ({ value, source: 'x' })),
    directories: [],
    kubeconfigs: [],
    gaps: [],
    counts: {},
  };
}

const kubeadm = { apiVersion: 'kubeadm.k8s.io/v1beta4', kind: 'ClusterConfiguration', kubernetesVersion: 'v1.30.2' };
const text = (version: ReturnType<typeof clusterVersion>) => (version === undefined ? undefined : formatMinor(version));

describe('the version', () => {
  it('of the API server: /version, else the image, else kubeadm', () => {
    const server = component('kube-apiserver', 'v1.31.4');
    expect(text(versionOf(cluster({ git: 'v1.32.1', configurations: [kubeadm] }), server))).toBe('1.32');
    expect(text(versionOf(cluster({ configurations: [kubeadm] }), server))).toBe('1.31');
    expect(text(versionOf(cluster({ configurations: [kubeadm] }), component('kube-apiserver')))).toBe('1.30');
    expect(versionOf(cluster({}), component('kube-apiserver'))).toBeUndefined();
  });

  it('of the kubelet is its own or its node’s, never the server’s', () => {
    const objects = [node({ status: { nodeInfo: { kubeletVersion: 'v1.29.3' } } })];
    expect(text(versionOf(cluster({ git: 'v1.32.1', objects }), component('kubelet')))).toBe('1.29');
    expect(versionOf(cluster({ git: 'v1.32.1' }), component('kubelet'))).toBeUndefined();
  });

  it('of etcd is etcd’s', () => {
    expect(text(versionOf(cluster({ git: 'v1.32.1' }), component('etcd', '3.5.15-0')))).toBe('3.5');
    expect(versionOf(cluster({ git: 'v1.32.1' }), component('etcd'))).toBeUndefined();
  });

  it('of the cluster is the oldest server’s where no /version was seen', () => {
    const components = [
      component('kube-apiserver', 'v1.31.4'),
      component('kube-apiserver', 'v1.30.9'),
      component('kubelet', 'v1.28.1'),
    ];
    expect(text(clusterVersion(cluster({ components })))).toBe('1.30');
  });
});

describe('the distribution', () => {
  it.each([
    ['v1.30.8-eks-2d5f260', 'eks'],
    ['v1.30.8-gke.1051000', 'gke'],
    ['v1.31.3+k3s1', 'k3s'],
    ['v1.31.3+rke2r1', 'rke2'],
    ['v1.31.3', undefined],
  ])('of %s is %s', (git, name) => {
    expect(distributionOf(cluster({ git }))).toBe(name);
  });

  it('is told by nodes, objects and files', () => {
    expect(distributionOf(cluster({ objects: [node({ spec: { providerID: 'kind://docker/kind/kind-control-plane' } })] }))).toBe(
      'kind',
    );
    expect(distributionOf(cluster({ objects: [node({ metadata: { labels: { 'minikube.k8s.io/name': 'minikube' } } })] }))).toBe(
      'minikube',
    );
    expect(distributionOf(cluster({ objects: [node({ status: { nodeInfo: { osImage: 'Talos (v1.9.0)' } } })] }))).toBe('talos');
    expect(
      distributionOf(cluster({ components: [component('kube-apiserver', undefined, ['/var/lib/minikube/certs/ca.crt'])] })),
    ).toBe('minikube');
    expect(distributionOf(cluster({ configurations: [kubeadm] }))).toBe('kubeadm');
  });
});
