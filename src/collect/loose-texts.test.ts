import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Cluster } from '../cluster/cluster.ts';
import { collect } from './collect.ts';

function tree(files: Record<string, string | Buffer>): string {
  const root = mkdtempSync(join(tmpdir(), 'texts-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

const read = (...paths: string[]): Promise<Cluster> => collect({ paths, hostRoots: [], auditLogs: [], names: paths });
const unit =
  '[Unit]\nDescription=x\n[Service]\nExecStart=/usr/local/bin/kube-apiserver \\\n  --anonymous-auth=false \\\n  $MORE\n';

describe('units and command lines that lie loose', () => {
  it('are components, wherever they lie, with their files and environment', async () => {
    const root = tree({
      'units/kube-apiserver.service': unit.replace('[Service]\n', '[Service]\nEnvironmentFile=/etc/default/api.env\n'),
      'units/api.env': 'MORE="--audit-policy-file=/etc/audit/policy.yaml --profiling=false"\nPASSWORD=hunter2marker\n',
      'units/containerd.service': '[Service]\nExecStart=/usr/bin/containerd\n',
      'files/policy.yaml': 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n',
      'kubelet.args': '--anonymous-auth=false\n--token=hunter2marker\n',
      'etcd.cmdline': Buffer.from('etcd\0--listen-client-urls=https://127.0.0.1:2379\0--client-cert-auth=true\0'),
      'app/.env': 'DB=hunter2marker\n',
    });
    const cluster = await read(root);
    expect(cluster.gaps).toEqual([]);
    expect(cluster.components.map((component) => component.name).sort()).toEqual(['etcd', 'kube-apiserver', 'kubelet']);
    const api = cluster.components.find((component) => component.name === 'kube-apiserver');
    expect(api?.commandLine.arguments.map((argument) => argument.text)).toEqual([
      '--anonymous-auth=false',
      '--audit-policy-file=/etc/audit/policy.yaml',
      '--profiling=false',
    ]);
    expect(api?.commandLine.arguments[1]?.place).toMatchObject({ source: join(root, 'units/api.env'), line: 1 });
    expect(api?.files.get('/etc/audit/policy.yaml')?.kind).toBe('seen');
    const shown = JSON.stringify(cluster.components.map((component) => [component.commandLine, [...component.environment]]));
    expect(shown).not.toContain('hunter2marker');
    expect(shown).toContain('--client-cert-auth=true');
  });

  it('are told by content when a user names them', async () => {
    const root = tree({
      'unit.txt': unit,
      ps: 'root 812 1 0 Nov01 ? 00:01:02 kube-apiserver --anonymous-auth=false --token-auth-file=/x\n',
      cmdline: Buffer.from('/usr/bin/kubelet\0--anonymous-auth=false\0'),
      'other.service': '[Service]\nExecStart=/usr/bin/containerd\n',
      'binary.bin': Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2]),
    });
    for (const [file, name] of [
      ['unit.txt', 'kube-apiserver'],
      ['ps', 'kube-apiserver'],
      ['cmdline', 'kubelet'],
    ] as const) {
      const cluster = await read(join(root, file));
      expect(
        cluster.components.map((component) => component.name),
        file,
      ).toEqual([name]);
      expect(cluster.components[0]?.commandLine.arguments[0]?.text).toBe('--anonymous-auth=false');
      expect(cluster.gaps).toEqual([]);
    }
    expect((await read(join(root, 'other.service'))).gaps[0]?.reason).toContain('no command line of a component');
    expect((await read(join(root, 'binary.bin'))).gaps[0]?.reason).toContain('binary');
  });
});

const corpus = join(import.meta.dirname, '../../../shared/corpora/control-plane/kelseyhightower+kubernetes-the-hard-way');

describe.skipIf(!existsSync(corpus))('units of a tutorial (needs ../shared/corpora)', () => {
  it('gives all components with their flags', async () => {
    const cluster = await read(join(corpus, 'units'));
    expect(cluster.components.map((component) => component.name).sort()).toEqual([
      'etcd',
      'kube-apiserver',
      'kube-controller-manager',
      'kube-proxy',
      'kube-scheduler',
      'kubelet',
    ]);
    expect(cluster.components.every((component) => component.commandLine.arguments.length > 0)).toBe(true);
  });
});
