import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Component } from '../../cluster/component.ts';
import type { JsonObject } from '../../cluster/json.ts';
import type { ClusterObject } from '../../cluster/objects.ts';
import { parseDocuments } from '../../cluster/yaml/parse.ts';
import { collectHostTree } from './collect-host.ts';
import { componentsFromDocuments } from './loose-documents.ts';
import { readerOfLooseFiles } from './loose-reader.ts';
import { componentsFromText } from './loose-text.ts';
import { mirrorPodComponents } from './mirror-pods.ts';

const nothing = readerOfLooseFiles([]);
const loose = (text: string, files = nothing): ReturnType<typeof componentsFromDocuments> =>
  componentsFromDocuments(parseDocuments(text, 'x.yaml').documents, files, { host: 'folder' });
const words = (component: Component | undefined): string[] =>
  component?.commandLine.arguments.map((argument) => argument.text) ?? [];

const pod = (extra: JsonObject, spec: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'kube-apiserver-n', namespace: 'kube-system', ...extra },
  spec: {
    containers: [
      {
        image: 'x/kube-apiserver:v1.30.1',
        command: ['kube-apiserver', '--audit-policy-file=/a/policy.yaml', '--tls-cert-file=/b/tls.crt'],
        volumeMounts: [{ name: 'a', mountPath: '/a' }],
      },
    ],
    volumes: [{ name: 'a', hostPath: { path: '/srv/audit' } }],
    ...spec,
  },
});
const object = (manifest: JsonObject): ClusterObject => ({
  kindKey: 'Pod',
  apiVersion: 'v1',
  kind: 'Pod',
  name: 'p',
  namespace: 'kube-system',
  manifest,
  document: { value: manifest, source: '/api/v1/namespaces/kube-system/pods/p' },
  base: [],
  seenIn: 'api',
});

describe('documents that lie loose', () => {
  it('finds static pods, in lists too, and the files beside them', async () => {
    const files = readerOfLooseFiles([{ source: 'd/policy.yaml', text: 'apiVersion: audit.k8s.io/v1\nkind: Policy\n' }]);
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [{ apiVersion: 'v1', kind: 'Service' }, pod({})] });
    const { components } = await loose(list, files);
    expect(components).toHaveLength(1);
    expect(components[0]).toMatchObject({
      name: 'kube-apiserver',
      host: 'folder',
      seenAs: 'static-pod',
      version: { text: 'v1.30.1' },
    });
    expect(components[0]?.commandLine.arguments[0]?.place.path).toBe('items[1].spec.containers[0].command[1]');
    expect(components[0]?.files.get('/a/policy.yaml')).toMatchObject({
      kind: 'seen',
      source: 'd/policy.yaml',
      path: '/srv/audit/policy.yaml',
    });
    expect(components[0]?.files.get('/b/tls.crt')).toMatchObject({ kind: 'missing' });
  });

  it("leaves applications' pods, DaemonSets' pods and mirror pods to others", async () => {
    const owned = pod({ ownerReferences: [{ kind: 'DaemonSet', name: 'd' }] });
    const application = pod({ namespace: 'web' });
    const mirror = pod({ annotations: { 'kubernetes.io/config.mirror': 'x' } }, { nodeName: 'n' });
    for (const value of [owned, application, mirror]) expect((await loose(JSON.stringify(value))).components).toEqual([]);
  });

  it("reads kubeadm's ConfigMap and both forms of extraArgs", async () => {
    const map = `apiVersion: v1
kind: ConfigMap
metadata: {name: kubeadm-config, namespace: kube-system}
data:
  ClusterConfiguration: |
    apiVersion: kubeadm.k8s.io/v1beta4
    kind: ClusterConfiguration
    kubernetesVersion: v1.36.0
    etcd: {external: {endpoints: ["https://10.0.0.9:2379"], caFile: /e/ca.pem}}
    apiServer:
      extraArgs:
      - {name: authorization-config, value: /etc/kubernetes/authz.yaml}
      - {name: enable-admission-plugins, value: ",AlwaysPullImages", mergeMethod: append}
`;
    const { components } = await loose(map);
    expect(components.map(({ name }) => name)).toEqual(['kube-apiserver', 'kube-controller-manager', 'kube-scheduler']);
    const server = components[0];
    expect(server).toMatchObject({ seenAs: 'kubeadm', version: { text: 'v1.36.0' } });
    expect(words(server)).toContain('--enable-admission-plugins=NodeRestriction,AlwaysPullImages');
    expect(words(server)).toContain('--etcd-servers=https://10.0.0.9:2379');
    expect(words(server).some((word) => word.startsWith('--authorization-mode'))).toBe(false);
    expect(server?.files.get('/etc/kubernetes/authz.yaml')).toMatchObject({ kind: 'missing' });
    expect(server?.commandLine.arguments.at(-1)?.place).toMatchObject({ source: 'x.yaml', path: 'apiServer.extraArgs[0]' });
  });

  it('keeps the values of a local etcd, old kubeadm and IPv6', async () => {
    const text =
      'apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nkubernetesVersion: v1.28.3\n---\napiVersion: kubeadm.k8s.io/v1beta3\nkind: InitConfiguration\nlocalAPIEndpoint: {advertiseAddress: "fd00::1", bindPort: 6444}\n';
    const { components, configurations } = await loose(text);
    expect(words(components[0])).toEqual(
      expect.arrayContaining(['--etcd-servers=https://[::1]:2379', '--secure-port=6444', '--authorization-mode=Node,RBAC']),
    );
    expect(words(components[3])).toContain('--experimental-initial-corrupt-check=true');
    expect(configurations).toHaveLength(1);
  });
});

describe('mirror pods', () => {
  it('show flags of a node, ready or not, and no files', () => {
    const ready = { status: { conditions: [{ type: 'Ready', status: 'True' }] } };
    const annotated = pod({ annotations: { 'kubernetes.io/config.mirror': 'x' } }, { nodeName: 'n1' });
    const labelled = pod({ labels: { component: 'kube-apiserver', tier: 'control-plane' } }, { nodeName: 'n2' });
    const plain = pod({}, { nodeName: 'n3' });
    const components = mirrorPodComponents([object({ ...annotated, ...ready }), object(labelled), object(plain)]);
    expect(components.map(({ host, running, seenAs }) => ({ host, running, seenAs }))).toEqual([
      { host: 'n1', running: true, seenAs: 'mirror-pod' },
      { host: 'n2', running: false, seenAs: 'mirror-pod' },
    ]);
    expect(components[0]?.files.get('/a/policy.yaml')).toMatchObject({ kind: 'not-collected', path: '/srv/audit/policy.yaml' });
    // What runs has started: a path without a mount must be visible there all the same.
    expect(components[0]?.files.get('/b/tls.crt')).toMatchObject({ kind: 'not-collected' });
    expect(components[1]?.files.get('/b/tls.crt')).toMatchObject({ kind: 'missing' });
    expect(components[0]?.version?.place.path).toBe('spec.containers[0].image');
  });
});

const corpus = new URL('../../../../shared/corpora/control-plane/', import.meta.url).pathname;

function* filesBelow(folder: string): Generator<string> {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* filesBelow(path);
    else yield path;
  }
}

describe.skipIf(!existsSync(corpus))('real control planes (needs ../shared/corpora)', () => {
  const componentsIn = async (path: string): Promise<readonly Component[]> => {
    const text = readFileSync(path, 'utf8');
    const { documents } = parseDocuments(text, path);
    const fromDocuments = await componentsFromDocuments(documents, nothing, { host: 'h' });
    const fromText = /\.(?:ya?ml|json)$/.test(path)
      ? { components: [] }
      : await componentsFromText(text, path, nothing, { host: 'h' });
    return [...fromDocuments.components, ...fromText.components];
  };

  it('reads every file without throwing, and finds components where there are some', async () => {
    const counts = new Map<string, number>();
    for (const path of filesBelow(corpus)) {
      const [source = ''] = path.slice(corpus.length).split('/');
      counts.set(source, (counts.get(source) ?? 0) + (await componentsIn(path)).length);
    }
    expect(Object.fromEntries(counts)).toMatchObject({
      'kelseyhightower+kubernetes-the-hard-way': 6,
      'kops-extracted': 18,
      'kubespray-rendered': 6,
      'awslabs+amazon-eks-ami': 0,
      'hypershift-extracted': 0,
    });
  });

  it('reads kops behind its wrapper, with version', async () => {
    const [server] = await componentsIn(
      join(corpus, 'kops-extracted/_derived/kops/audit/etc_kubernetes_manifests_kube-apiserver.manifest'),
    );
    expect(server).toMatchObject({ name: 'kube-apiserver', version: { text: 'v1.35.0' } });
    expect(words(server)[0]).toBe('--allow-privileged=true');
  });

  it('reads kubespray’s hardened kubeadm configuration', async () => {
    const [server] = await componentsIn(
      join(corpus, 'kubespray-rendered/_derived/kubespray-rendered/hardened-docs/kubeadm-config.yaml'),
    );
    expect(server).toMatchObject({ host: 'node1', seenAs: 'kubeadm' });
    expect(words(server)).toContain('--client-ca-file=/etc/kubernetes/ssl/ca.crt');
  });

  it('takes each folder as a host tree without throwing', async () => {
    for (const name of readdirSync(corpus)) expect((await collectHostTree(join(corpus, name))).host).not.toBe('');
  });
});
