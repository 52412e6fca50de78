import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Change } from '../../src/cluster/change.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { collect } from '../../src/collect/collect.ts';
import { TestAuthority, serviceAccountKeys } from '../../testbed/certificates.ts';

/** The name that the host has in the cluster. */
export const host = 'cp-1';

const pki = '/etc/kubernetes/pki';

/** A static pod as kubeadm writes it, with further flags and mounted folders. */
function manifest(version: string, flags: readonly string[], folders: readonly string[]): string {
  const base = [
    '--advertise-address=192.0.2.10',
    '--allow-privileged=true',
    '--authorization-mode=Node,RBAC',
    `--client-ca-file=${pki}/ca.crt`,
    '--enable-admission-plugins=NodeRestriction',
    `--etcd-cafile=${pki}/etcd/ca.crt`,
    `--etcd-certfile=${pki}/apiserver-etcd-client.crt`,
    `--etcd-keyfile=${pki}/apiserver-etcd-client.key`,
    '--etcd-servers=https://127.0.0.1:2379',
    `--requestheader-client-ca-file=${pki}/front-proxy-ca.crt`,
    '--requestheader-allowed-names=front-proxy-client',
    '--secure-port=6443',
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${pki}/sa.pub`,
    `--service-account-signing-key-file=${pki}/sa.key`,
    '--service-cluster-ip-range=10.96.0.0/12',
    `--tls-cert-file=${pki}/apiserver.crt`,
    `--tls-private-key-file=${pki}/apiserver.key`,
    ...flags,
  ];
  const mounts = [pki, ...folders].map((path, index) => ({ name: `folder-${index}`, path }));
  return [
    'apiVersion: v1',
    'kind: Pod',
    'metadata:',
    '  name: kube-apiserver',
    '  namespace: kube-system',
    '  labels: {component: kube-apiserver, tier: control-plane}',
    'spec:',
    '  hostNetwork: true',
    '  containers:',
    '  - name: kube-apiserver',
    `    image: registry.k8s.io/kube-apiserver:v${version}`,
    '    command:',
    '    - kube-apiserver',
    ...base.map((flag) => `    - ${flag}`),
    '    livenessProbe:',
    '      httpGet: {host: 192.0.2.10, path: /livez, port: 6443, scheme: HTTPS}',
    '    volumeMounts:',
    ...mounts.flatMap(({ name, path }) => [`    - name: ${name}`, `      mountPath: ${path}`, '      readOnly: true']),
    '  volumes:',
    ...mounts.flatMap(({ name, path }) => [`  - name: ${name}`, '    hostPath:', `      path: ${path}`]),
    '',
  ].join('\n');
}

/** A copied host and objects to collect. */
export interface HostOptions {
  readonly flags?: readonly string[];
  readonly folders?: readonly string[];
  /** By absolute path on the host. */
  readonly files?: Readonly<Record<string, string>>;
  /** YAML. */
  readonly objects?: string;
}

/** Writes a copied host tree into a temporary folder; the caller removes it. */
export function writeHost(version: string, options: HostOptions = {}): string {
  const dir = mkdtempSync(join(tmpdir(), 'bulwark-sandbox-test-'));
  const root = join(dir, host);
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode: 0o600 });
  };
  const authority = new TestAuthority('kubernetes');
  const pair = authority.issue({ commonName: 'kube-apiserver', names: ['kubernetes'] });
  const files = {
    [`${pki}/ca.crt`]: authority.credential.certificate,
    [`${pki}/etcd/ca.crt`]: authority.credential.certificate,
    [`${pki}/front-proxy-ca.crt`]: authority.credential.certificate,
    [`${pki}/apiserver.crt`]: pair.certificate,
    [`${pki}/apiserver.key`]: pair.key,
    [`${pki}/apiserver-etcd-client.crt`]: pair.certificate,
    [`${pki}/apiserver-etcd-client.key`]: pair.key,
    [`${pki}/sa.pub`]: serviceAccountKeys().publicKey,
    [`${pki}/sa.key`]: serviceAccountKeys().privateKey,
    '/etc/kubernetes/manifests/kube-apiserver.yaml': manifest(version, options.flags ?? [], options.folders ?? []),
    '/etc/hostname': `${host}\n`,
    ...options.files,
  };
  for (const [path, text] of Object.entries(files)) write(join(root, path), text);
  write(join(dir, 'objects.yaml'), options.objects ?? '');
  return dir;
}

/** Collects such a folder. */
export function collectHost(dir: string): Promise<Cluster> {
  const objects = join(dir, 'objects.yaml');
  return collect({ paths: [objects], hostRoots: [join(dir, host)], auditLogs: [], names: [dir] });
}

const on = { host, component: 'kube-apiserver' as const };

/** A flag that a plan sets. */
export function setFlag(flag: string, value: string): Change {
  return { kind: 'set-flag', ...on, flag, value };
}

/** A file that a plan writes and mounts. */
export function writeFile(path: string, text: string): Change {
  return { kind: 'write-file', ...on, path, text, mode: 0o600, secret: false };
}
