import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { Component, ComponentName } from '../../cluster/component.ts';
import { kubeletSetting } from '../../cluster/kubelet-configuration.ts';
import { collectHostTree } from './collect-host.ts';
import type { HostEvidence } from './host-evidence.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const made: string[] = [];
afterAll(() => made.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

function tree(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'host-'));
  made.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

function component(evidence: HostEvidence, name: ComponentName, seenAs?: Component['seenAs']): Component {
  const found = evidence.components.find((item) => item.name === name && (seenAs === undefined || item.seenAs === seenAs));
  if (found === undefined)
    throw new Error(`no ${name} among ${evidence.components.map((item) => `${item.name}/${item.seenAs}`).join(' ')}`);
  return found;
}

const words = (item: Component): string[] => item.commandLine.arguments.map((argument) => argument.text);
const everything = (evidence: HostEvidence): string =>
  JSON.stringify(evidence, (_, value: unknown) => (value instanceof Map ? [...(value as Map<unknown, unknown>)] : value));

describe('a kubeadm host', async () => {
  const evidence = await collectHostTree(fixture('kubeadm'));
  const server = component(evidence, 'kube-apiserver');

  it('is named by the certificate of its kubelet', () => {
    expect(evidence.host).toBe('cp-1');
  });

  it('joins command and args, each word with the place of its list item', () => {
    expect(words(server)).toContain('--admission-control-config-file');
    expect(server.commandLine.arguments[0]).toMatchObject({
      text: '--anonymous-auth=false',
      place: { line: 13, column: 7, path: 'spec.containers[0].command[1]' },
    });
    expect(server.version).toMatchObject({ text: 'v1.31.4', place: { line: 24 } });
  });

  it('resolves files through mounts, sub-paths and further files', () => {
    const file = (path: string): unknown => server.files.get(path);
    expect(file('/enc/config.yaml')).toMatchObject({ kind: 'seen', path: '/etc/kubernetes/hardening/encryption/config.yaml' });
    expect(file('/adm/admission.yaml')).toMatchObject({ kind: 'seen' });
    expect(file('/adm/podsecurity.yaml')).toMatchObject({ kind: 'seen', path: '/etc/kubernetes/hardening/podsecurity.yaml' });
    expect(file('/etc/kubernetes/hardening/podsecurity.yaml')).toBe(file('/adm/podsecurity.yaml'));
    expect(file('/nowhere/eventratelimit.yaml')).toMatchObject({
      kind: 'missing',
      reason: 'no volume mount of the static pod makes it visible',
    });
    expect(file('/outside/authentication.yaml')).toMatchObject({ kind: 'missing' });
    expect(file('/etc/kubernetes/audit/policy.yaml')).toMatchObject({ kind: 'not-collected' });
  });

  it('keeps modes, certificates and facts, never a key or token', () => {
    expect(server.files.get('/etc/kubernetes/pki/apiserver.key')).toMatchObject({ kind: 'seen', text: undefined });
    expect(server.files.get('/etc/kubernetes/pki/ca.crt')).toMatchObject({
      text: expect.stringContaining('BEGIN CERTIFICATE') as string,
    });
    expect(server.files.get('/etc/kubernetes/pki/tokens.csv')).toMatchObject({
      text: undefined,
      facts: { lines: 2, groups: ['ops', 'system:masters'] },
    });
    const encryption = server.files.get('/enc/config.yaml');
    expect(encryption?.kind === 'seen' && encryption.text?.includes('secretbox')).toBe(true);
    const all = everything(evidence);
    expect(all).not.toMatch(/marker|bWFya2Vy|not-to-be-kept/);
  });

  it('reads etcd with its variables', () => {
    const etcd = component(evidence, 'etcd');
    expect([...etcd.environment.keys()]).toEqual(['ETCD_TRUSTED_CA_FILE']);
    expect(etcd.files.has('/etc/kubernetes/pki/etcd/ca.crt')).toBe(true);
  });

  it('reads the kubelet through unit, drop-in and environment files', () => {
    const kubelet = component(evidence, 'kubelet');
    expect(words(kubelet)).toEqual([
      '--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf',
      '--kubeconfig=/etc/kubernetes/kubelet.conf',
      '--config=/var/lib/kubelet/config.yaml',
      '--container-runtime-endpoint=unix:///run/containerd/containerd.sock',
      '--config-dir=/etc/kubernetes/kubelet.conf.d',
      '--node-ip=10.0.0.1',
    ]);
    expect(kubelet.seenAs).toBe('unit');
    expect(kubeletSetting(kubelet, 'readOnlyPort', 31)).toMatchObject({
      kind: 'seen',
      value: 0,
      from: 'drop-in',
      place: { line: 3 },
    });
    expect(kubeletSetting(kubelet, 'seccompDefault', 31)).toMatchObject({ value: false, from: 'drop-in' });
    expect(kubeletSetting(kubelet, 'authorization.mode', 31)).toMatchObject({
      value: 'Webhook',
      from: 'file',
      place: { line: 9 },
    });
    expect(kubeletSetting(kubelet, 'protectKernelDefaults', 31)).toMatchObject({ value: false, from: 'default' });
  });

  it('says who the kubeconfigs are', () => {
    const admin = evidence.kubeconfigs.find(({ source }) => source.endsWith('admin.conf'));
    expect(admin).toMatchObject({ host: 'cp-1', inUse: false, servers: ['https://10.0.0.1:6443'] });
    expect(admin?.users[0]).toMatchObject({
      name: 'kubernetes-admin',
      credential: 'client-certificate',
      commonName: 'kubernetes-admin',
      organizations: ['system:masters', 'ops'],
    });
    expect(admin?.users[1]).toMatchObject({ name: 'robot', credential: 'token', place: { line: 12 } });
    const kubelet = evidence.kubeconfigs.find(({ source }) => source.endsWith('kubelet.conf'));
    expect(kubelet?.users[0]).toMatchObject({ commonName: 'system:node:cp-1', organizations: ['system:nodes'] });
  });

  it('reports a broken manifest with its place and reads the rest; hidden files are not read', () => {
    expect(evidence.gaps).toEqual([
      expect.objectContaining({ reason: expect.stringContaining('broken YAML') as string, line: 4 }),
    ]);
    expect(evidence.components.map((item) => item.name).sort()).toEqual(['etcd', 'kube-apiserver', 'kubelet']);
  });

  it('lists CNI documents and modes of folders', () => {
    const cni = evidence.directories.find(({ path }) => path === '/etc/cni/net.d');
    expect(cni?.entries[0]).toMatchObject({ name: '10-calico.conflist', document: { value: { name: 'k8s-pod-network' } } });
    expect(evidence.directories.find(({ path }) => path === '/etc/kubernetes/pki')?.entries[0]?.mode).toEqual(expect.any(Number));
  });
});

describe('other layouts', () => {
  it('kind: kubeadm.conf stands for the manifests', async () => {
    const evidence = await collectHostTree(fixture('kind'));
    const server = component(evidence, 'kube-apiserver', 'kubeadm');
    expect(evidence.host).toBe('kind-control-plane');
    expect(words(server)).toContain('--authorization-mode=Node,RBAC');
    expect(words(server)).toContain('--advertise-address=172.18.0.2');
    expect(server.files.get('/etc/kubernetes/policies/audit.yaml')).toMatchObject({ kind: 'seen' });
    expect(words(component(evidence, 'etcd'))).toContain('--listen-client-urls=https://127.0.0.1:2379,https://172.18.0.2:2379');
    expect(everything(evidence)).not.toContain('0123456789abcdef');
    // Nobody saw how the kubelet is started: its file alone proves nothing.
    expect(kubeletSetting(component(evidence, 'kubelet'), 'readOnlyPort', 29)).toMatchObject({ kind: 'unseen' });
  });

  it('k3s: config.yaml, config.yaml.d and the unit', async () => {
    const evidence = await collectHostTree(fixture('k3s'));
    const server = component(evidence, 'kube-apiserver');
    expect(server.seenAs).toBe('distribution');
    expect(words(server)).toEqual([
      '--encryption-provider-config=/var/lib/rancher/k3s/server/cred/encryption-config.json',
      '--anonymous-auth=false',
      '--audit-policy-file=/var/lib/rancher/k3s/server/audit.yaml',
      '--audit-log-path=/var/log/audit.log',
    ]);
    expect(words(component(evidence, 'kube-scheduler'))).toEqual(['--profiling=false']);
    expect(words(component(evidence, 'kubelet'))).toEqual(['--seccomp-default=true']);
    expect(evidence.components.some((item) => item.name === 'etcd')).toBe(false);
    expect(server.files.get('/var/lib/rancher/k3s/server/cred/encryption-config.json')).toMatchObject({ kind: 'seen' });
    expect(everything(evidence)).not.toMatch(/marker|bWFya2Vy/);
  });

  it('RKE2: generated manifests beside config.yaml', async () => {
    const evidence = await collectHostTree(fixture('rke2'));
    expect(component(evidence, 'kube-apiserver', 'static-pod').version?.text).toBe('v1.31.4+rke2r1');
    expect(words(component(evidence, 'kube-apiserver', 'distribution'))).toEqual(['--audit-log-maxage=30']);
    expect(evidence.configurations).toHaveLength(1);
    expect(everything(evidence)).not.toContain('marker');
  });

  it('MicroK8s: args files with variables', async () => {
    const evidence = await collectHostTree(fixture('microk8s'));
    const server = component(evidence, 'kube-apiserver');
    expect(words(server)).toContain('--client-ca-file=/var/snap/microk8s/current/certs/ca.crt');
    expect(server.files.get('/var/snap/microk8s/current/certs/ca.crt')).toMatchObject({ kind: 'seen' });
    expect(server.commandLine.arguments[2]).toMatchObject({
      text: '--authorization-mode=AlwaysAllow',
      place: { line: 4, column: 1 },
    });
  });

  it('systemd: units, shells, environment files', async () => {
    const evidence = await collectHostTree(fixture('systemd'));
    const server = component(evidence, 'kube-apiserver');
    expect(words(server)).toEqual([
      '--authorization-mode=Node,RBAC',
      '--service-account-issuer=https://cluster.example',
      '--encryption-provider-config=/var/lib/kubernetes/encryption.yaml',
    ]);
    expect(server.commandLine.arguments[1]?.place).toMatchObject({ line: 5, column: 3 });
    const etcd = component(evidence, 'etcd');
    expect(words(etcd)).toEqual(['--name=etcd-1', '--snapshot-count=5000']);
    expect(etcd.environment.get('ETCD_LISTEN_CLIENT_URLS')).toMatchObject({ value: 'https://10.0.0.1:2379', place: { line: 2 } });
    expect(etcd.environment.has('ETCD_INITIAL_CLUSTER_TOKEN')).toBe(false);
    expect(evidence.gaps).toEqual([]);
  });

  it('etcd by its packaged files alone', async () => {
    const etcd = (files: Record<string, string>): Promise<HostEvidence> => collectHostTree(tree(files), { host: 'h' });
    const file = component(
      await etcd({
        'etc/etcd/etcd.conf.yml': 'client-transport-security:\n  cert-file: /etc/etcd/server.crt\n',
        'etc/etcd/server.crt': 'x',
      }),
      'etcd',
    );
    expect(file.seenAs).toBe('distribution');
    expect(file.files.get('/etc/etcd/server.crt')).toMatchObject({ kind: 'seen', text: '' });
    const variables = component(await etcd({ 'etc/etcd.env': 'ETCD_LISTEN_CLIENT_URLS=http://0.0.0.0:2379\n' }), 'etcd');
    expect(variables.environment.get('ETCD_LISTEN_CLIENT_URLS')?.value).toBe('http://0.0.0.0:2379');
  });

  it('a running process is seen through the mounts of its static pod', async () => {
    const root = tree({
      'proc/77/cmdline': 'kube-apiserver\0--anonymous-auth=true\0--audit-policy-file=/audit/policy.yaml\0',
      'proc/78/cmdline': '/usr/bin/sshd\0-D\0',
      'etc/kubernetes/manifests/kube-apiserver.yaml': JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        spec: {
          containers: [
            {
              image: 'x/kube-apiserver:v1.31.4',
              command: ['kube-apiserver', '--anonymous-auth=false'],
              volumeMounts: [{ name: 'a', mountPath: '/audit' }],
            },
          ],
          volumes: [{ name: 'a', hostPath: { path: '/srv/audit' } }],
        },
      }),
      'srv/audit/policy.yaml': 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n',
    });
    const process = component(await collectHostTree(root, { host: 'named' }), 'kube-apiserver', 'process');
    expect(process).toMatchObject({ running: true, host: 'named' });
    expect(process.version).toBeUndefined();
    expect(process.files.get('/audit/policy.yaml')).toMatchObject({ kind: 'seen', path: '/srv/audit/policy.yaml' });
  });
});

describe('bad input', () => {
  it('a folder without anything is an empty host', async () => {
    const evidence = await collectHostTree(tree({ 'readme.md': 'nothing' }), { host: 'h' });
    expect(evidence).toMatchObject({ host: 'h', components: [], gaps: [], kubeconfigs: [] });
  });

  it('binary, truncated, looping and escaping files are gaps; the rest is read', async () => {
    const root = tree({
      'etc/kubernetes/manifests/a-binary.yaml': 'x',
      'etc/kubernetes/manifests/kube-scheduler.yaml':
        'apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - command: [kube-scheduler, --profiling=false, --kubeconfig=/etc/kubernetes/scheduler.conf]\n',
      'etc/kubernetes/manifests/truncated.json': '{"apiVersion": "v1", "kind": "Po',
      'etc/kubernetes/manifests/template.yaml': 'apiVersion: v1\nkind: Pod\n{{- if .Values.x }}\nspec: {}\n{{- end }}\n',
    });
    writeFileSync(join(root, 'etc/kubernetes/manifests/a-binary.yaml'), Buffer.from([0xff, 0xfe, 0x00, 0x80]));
    symlinkSync('loop-b', join(root, 'etc/kubernetes/loop-a'));
    symlinkSync('loop-a', join(root, 'etc/kubernetes/loop-b'));
    symlinkSync('/etc/kubernetes/loop-a', join(root, 'etc/kubernetes/admin.conf'));
    symlinkSync('../../../../../../etc/hostname', join(root, 'etc/hostname-link'));
    const evidence = await collectHostTree(root);
    expect(words(component(evidence, 'kube-scheduler'))).toContain('--profiling=false');
    const reasons = evidence.gaps.map((gap) => `${gap.source.slice(root.length)} ${gap.reason}`).join('\n');
    expect(reasons).toMatch(/a-binary\.yaml not a text/);
    expect(reasons).toMatch(/truncated\.json/);
    expect(reasons).toMatch(/template\.yaml a template/);
    expect(evidence.gaps.every((gap) => gap.hint !== undefined)).toBe(true);
  });

  it.skipIf(process.getuid?.() === 0)(
    'an unreadable file is a gap that says to read it as root (needs a user other than root)',
    async () => {
      const root = tree({ 'etc/kubernetes/manifests/kube-apiserver.yaml': 'x: 1\n' });
      chmodSync(join(root, 'etc/kubernetes/manifests/kube-apiserver.yaml'), 0o000);
      expect((await collectHostTree(root)).gaps[0]).toMatchObject({
        reason: expect.stringContaining('EACCES') as string,
        hint: expect.stringContaining('root') as string,
      });
    },
  );

  it('a unit whose environment file was not collected leaves absent flags unknown', async () => {
    const root = tree({
      'etc/systemd/system/kubelet.service':
        '[Service]\nEnvironmentFile=-/etc/default/kubelet\nExecStart=/usr/bin/kubelet --read-only-port=0 $MORE\n',
    });
    const evidence = await collectHostTree(root);
    const kubelet = component(evidence, 'kubelet');
    expect(kubelet.seenAs).toBe('distribution');
    expect(evidence.gaps[0]?.hint).toContain('/etc/default/kubelet');
    expect(kubeletSetting(kubelet, 'authentication.anonymous.enabled', 31)).toMatchObject({ kind: 'unseen' });
  });
});
