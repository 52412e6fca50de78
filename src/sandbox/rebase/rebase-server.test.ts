import { describe, expect, it } from 'vitest';
import type { Component, HostFile } from '../../cluster/component.ts';
import type { Loopback } from './rebased.ts';
import { rebaseServer } from './rebase-server.ts';

const loopback: Loopback = {
  root: '/tmp/s/today',
  minor: 31,
  port: 7000,
  etcdUrl: 'http://127.0.0.1:7001',
  etcdTlsUrl: 'https://127.0.0.1:7002',
  etcdPrefix: '/today',
  authority: '-----BEGIN CERTIFICATE-----\nsandbox\n',
  frontAuthority: '-----BEGIN CERTIFICATE-----\nfront\n',
  certificate: '-----BEGIN CERTIFICATE-----\nserver\n',
  key: '-----BEGIN PRIVATE KEY-----\nkey\n',
  signingKey: '-----BEGIN RSA PRIVATE KEY-----\nsigning\n',
  publicKey: '-----BEGIN PUBLIC KEY-----\npublic\n',
  encryptionKey: 'AAAA',
};

function seen(path: string, text: string | undefined): HostFile {
  return { kind: 'seen', path, source: `host${path}`, text };
}

function server(
  words: readonly string[],
  files: readonly HostFile[] = [],
  seenAs: Component['seenAs'] = 'static-pod',
): Component {
  return {
    name: 'kube-apiserver',
    host: 'cp-1',
    seenAs,
    commandLine: { arguments: words.map((text) => ({ text, place: { source: 'm.yaml' } })) },
    document: { value: {}, source: 'm.yaml' },
    files: new Map(files.map((file) => [file.path, file])),
    environment: new Map(),
    running: false,
  };
}

const rebased = (component: Component | undefined, today = component) => rebaseServer(component, today, loopback);
const textAt = (component: Component, path: string): string | undefined =>
  rebased(component).files.find((file) => file.path === `${loopback.root}${path}`)?.text;

describe('flags on loopback', () => {
  it('keeps words it does not know, and gives the sandbox the last word', () => {
    const { words } = rebased(server(['--no-such=1', '--secure-port=x', '--etcd-servers=https://a:1,https://b:1', 'stray']));
    expect(words.slice(0, 3)).toEqual(['--no-such=1', '--secure-port=x', 'stray']);
    expect(words.filter((word) => word.startsWith('--etcd-servers'))).toEqual(['--etcd-servers=http://127.0.0.1:7001']);
    expect(words.lastIndexOf('--secure-port=7000')).toBeGreaterThan(1);
  });

  it('puts its words before a terminator and before a flag that lacks its value', () => {
    expect(rebased(server(['--', 'x'])).words.slice(-2)).toEqual(['--', 'x']);
    expect(rebased(server(['--client-ca-file'])).words.at(-1)).toBe('--client-ca-file');
  });

  it('re-bases paths in both forms', () => {
    const { words } = rebased(
      server(['--tls-cert-file', '/a/s.crt', '--tls-private-key-file=/a/s.key', '--audit-log-path=/var/log/a']),
    );
    expect(words.slice(0, 3)).toEqual([
      '--tls-cert-file=/tmp/s/today/a/s.crt',
      '--tls-private-key-file=/tmp/s/today/a/s.key',
      '--audit-log-path=/tmp/s/today/var/log/a',
    ]);
  });

  it('adds what every server needs only where the command line is not whole', () => {
    const adds = (component: Component | undefined): boolean =>
      rebased(component).words.some((word) => word.startsWith('--service-account-issuer'));
    expect([adds(server([])), adds(server([], [], 'kubeadm')), adds(undefined)]).toEqual([false, true, true]);
  });

  it('speaks TLS to etcd where the server is given an authority for it', () => {
    const { words } = rebased(server(['--etcd-cafile=/pki/etcd.crt']));
    expect(words).toContain('--etcd-servers=https://127.0.0.1:7002');
  });

  it('leaves out what would leave the machine, and says so', () => {
    const { words, notes } = rebased(server(['--cloud-provider=aws', '--oidc-issuer-url=https://i.example/x'], [], 'static-pod'));
    expect(words.join(' ')).not.toContain('i.example');
    expect(notes.map(({ flag }) => flag)).toContain('oidc-issuer-url');
  });
});

describe('files on loopback', () => {
  it('gives stand-ins for keys, adds its authority to bundles, keeps broken texts broken', () => {
    const words = [
      '--client-ca-file=/p/ca',
      '--tls-cert-file=/p/c',
      '--tls-private-key-file=/p/k',
      '--requestheader-client-ca-file=/p/f',
    ];
    const component = server(words, [
      seen('/p/ca', '-----BEGIN CERTIFICATE-----\nreal\n'),
      seen('/p/k', 'rubbish'),
      seen('/p/f', 'no certificate'),
    ]);
    expect(textAt(component, '/p/ca')).toBe('-----BEGIN CERTIFICATE-----\nreal\n-----BEGIN CERTIFICATE-----\nsandbox\n');
    expect(textAt(component, '/p/c')).toBe(loopback.certificate);
    expect(textAt(component, '/p/k')).toBe('rubbish');
    expect(textAt(component, '/p/f')).toBe('no certificate');
  });

  it('lays nothing where a file is missing, but for one that was not copied with the host', () => {
    const missing: HostFile = { kind: 'missing', path: '/p/k', reason: 'no such file' };
    const planned = server(['--tls-private-key-file=/p/k'], [missing]);
    const without = server([]);
    expect(rebased(planned, without).files.some(({ path }) => path.endsWith('/p/k'))).toBe(false);
    expect(textAt(planned, '/p/k')).toBe(loopback.key);
  });

  it('re-bases files that a configuration names, and its KMS plug-ins', () => {
    const admission = 'kind: AdmissionConfiguration # mine\nplugins:\n- name: PodSecurity\n  path: /p/ps.yaml\n';
    const encryption =
      'apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n- resources: [secrets]\n  providers:\n  - kms: {apiVersion: v2, name: a, endpoint: "unix:///k"}\n';
    const component = server(
      ['--admission-control-config-file=/p/a.yaml', '--encryption-provider-config=/p/e.yaml'],
      [seen('/p/a.yaml', admission), seen('/p/ps.yaml', 'kind: X\n'), seen('/p/e.yaml', encryption)],
    );
    expect(textAt(component, '/p/a.yaml')).toBe(admission.replace('/p/ps.yaml', '/tmp/s/today/p/ps.yaml'));
    expect(textAt(component, '/p/ps.yaml')).toBe('kind: X\n');
    expect(textAt(component, '/p/e.yaml')).toContain('secretbox');
  });

  it('does not mend an encryption configuration that the server refuses', () => {
    const text =
      'apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n- resources: [secrets]\n  providers:\n  - kms: {apiVersion: v9, name: a, endpoint: "unix:///k"}\n';
    expect(textAt(server(['--encryption-provider-config=/p/e.yaml'], [seen('/p/e.yaml', text)]), '/p/e.yaml')).toBe(text);
  });

  it('leaves a flag out whose configuration file was not collected', () => {
    const { words, notes } = rebased(server(['--audit-policy-file=/p/policy.yaml']));
    expect(words.join(' ')).not.toContain('audit-policy-file');
    expect(notes).toContainEqual({ flag: 'audit-policy-file', note: 'left out: /p/policy.yaml was not collected' });
  });
});
