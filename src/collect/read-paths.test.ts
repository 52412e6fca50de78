import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseDocuments } from '../cluster/yaml/parse.ts';
import { classify } from './classify.ts';
import { readPaths } from './read-paths.ts';

const pod = (name: string): string => `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\n`;
const event = '{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata"}\n';

function tree(files: Record<string, string | Buffer>): string {
  const root = mkdtempSync(join(tmpdir(), 'paths-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

describe('readPaths', () => {
  it('reads folders by content and counts what is not ours', () => {
    const root = tree({
      'a/pod.yaml': pod('a'),
      'a/pod.json': JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'j' } }),
      noending: pod('n'),
      README: 'hello\n',
      'picture.png': Buffer.from([0, 1, 2]),
      'packed.yaml.gz': gzipSync(pod('z')),
      'audit/audit.log': event,
      'audit/audit.log.gz': gzipSync(event),
      'values.yaml': 'replicas: 3\n',
      'broken-other.yml': 'a: [\n',
      '.git/config.yaml': pod('hidden'),
      'node_modules/x/x.yaml': pod('hidden'),
      'kustomization.yaml': 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n',
      'admin.conf': 'apiVersion: v1\nkind: Config\nclusters: []\nusers: [{name: a, user: {token: MARKER}}]\n',
      'enc.yaml':
        'apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources: [{providers: [{aescbc: {keys: [{name: a, secret: TUFSS0VS}]}}]}]\n',
    });
    const content = readPaths([root]);
    expect(content.gaps).toEqual([]);
    expect(content.documents.map((document) => document.source.slice(root.length + 1))).toEqual([
      'a/pod.json',
      'a/pod.yaml',
      'noending',
      'packed.yaml.gz',
    ]);
    expect(content.auditLogs).toHaveLength(2);
    expect(content.kubeconfigs).toHaveLength(1);
    expect(content.configurations).toHaveLength(1);
    expect(JSON.stringify(content.configurations)).not.toContain('TUFSS0VS');
    expect(content.counts.foreign).toBe(2);
  });

  it('finds host trees, from above and from inside', () => {
    const root = tree({
      'hosts/cp1/etc/kubernetes/manifests/kube-apiserver.yaml': pod('a'),
      'hosts/k3s/etc/rancher/k3s/config.yaml': 'token: x\n',
      'objects/a.yaml': pod('b'),
    });
    expect(readPaths([root]).hostRoots).toEqual([join(root, 'hosts/cp1'), join(root, 'hosts/k3s')]);
    expect(readPaths([root]).documents).toHaveLength(1);
    for (const inner of ['', '/etc/kubernetes', '/etc/kubernetes/manifests/'])
      expect(readPaths([join(root, 'hosts/cp1') + inner]).hostRoots, inner).toEqual([join(root, 'hosts/cp1')]);
    expect(readPaths([join(root, 'hosts/cp1/etc/kubernetes/manifests/kube-apiserver.yaml')]).documents).toHaveLength(1);
  });

  it('reads what lies beside a copied host tree, and its audit log', () => {
    const root = tree({
      'etc/kubernetes/manifests/kube-apiserver.yaml': pod('a'),
      'etc/other.yaml': pod('not-ours'),
      'var/log/kubernetes/audit.log': event,
      'var/log/pods/web/0.log': event,
      'objects/a.yaml': pod('b'),
      'nodes.yaml': pod('c'),
    });
    const content = readPaths([root]);
    expect(content.hostRoots).toEqual([root]);
    expect(content.documents.map(({ source }) => source)).toEqual([join(root, 'nodes.yaml'), join(root, 'objects/a.yaml')]);
    expect(content.auditLogs).toEqual([join(root, 'var/log/kubernetes/audit.log')]);
  });

  it('makes a gap of everything that cannot be read and reads the rest', () => {
    const root = tree({
      'ok.yaml': pod('ok'),
      'broken.yaml': `${pod('first')}---\nkind: [\n---\n${pod('last')}`,
      'binary.yaml': Buffer.from([0x6b, 0, 1, 2]),
      'latin.yaml': Buffer.from([0x61, 0x3a, 0xe9, 0x0a]),
      'cut.yaml.gz': gzipSync(pod('x').repeat(50)).subarray(0, 60),
      'chart/Chart.yaml': 'apiVersion: v2\nname: x\n',
      'chart/templates/a.yaml': pod('no'),
      'chart/templates/deep/b.yaml': pod('no'),
      'helm.yaml': `apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\n`,
    });
    symlinkSync('..', join(root, 'chart', 'loop'));
    symlinkSync('/does/not/exist', join(root, 'nowhere.yaml'));
    mkdirSync(join(root, 'empty'));
    const content = readPaths([root, join(root, 'missing'), join(root, 'empty'), join(root, 'chart/templates/deep/b.yaml')]);
    expect(content.documents).toHaveLength(3);
    const reasons = Object.fromEntries(content.gaps.map((gap) => [gap.source.slice(root.length + 1), gap.reason]));
    expect(reasons).toMatchObject({
      'broken.yaml': expect.stringMatching(/^broken YAML: /),
      'binary.yaml': 'a binary file',
      'latin.yaml': 'not a text in UTF-8',
      'cut.yaml.gz': 'a truncated or corrupted gzip file',
      'chart/templates': expect.stringContaining('Helm'),
      'chart/templates/deep/b.yaml': expect.stringContaining('Helm'),
      'helm.yaml': expect.stringContaining('render first'),
      'chart/loop': expect.stringContaining('link'),
      'nowhere.yaml': 'ENOENT',
      missing: 'ENOENT',
      empty: 'an empty folder',
    });
    for (const gap of content.gaps) expect(gap.hint, gap.source).toBeTruthy();
  });

  it.skipIf(process.getuid?.() === 0)('names files without the right to read them', () => {
    const root = tree({ 'a.yaml': pod('a'), 'b.yaml': pod('b') });
    chmodSync(join(root, 'a.yaml'), 0);
    expect(readPaths([root])).toMatchObject({ gaps: [{ source: join(root, 'a.yaml'), reason: 'EACCES' }], documents: [{}] });
  });

  it('reads standard input once, and a snapshot is told', () => {
    expect(readPaths(['-'], { stdin: () => Buffer.from(pod('s')) }).documents).toHaveLength(1);
    expect(readPaths(['-'], { stdin: () => Buffer.from(event) }).auditLogs).toEqual(['-']);
    expect(readPaths(['-'], { stdin: () => Buffer.alloc(0) }).gaps).toMatchObject([{ source: 'stdin' }]);
    const snapshot = Buffer.alloc(64);
    snapshot.writeUInt32LE(0xed0cdaed, 16);
    const folder = tree({ 'a.db': snapshot });
    expect(readPaths([folder])).toMatchObject({ snapshots: [join(folder, 'a.db')], gaps: [] });
    expect(readPaths(['-'], { stdin: () => snapshot }).gaps).toMatchObject([{ reason: expect.stringContaining('etcd') }]);
  });
});

describe('classify', () => {
  const kindOf = (text: string): string => classify(parseDocuments(text, 'x').documents, text);

  it.each([
    [pod('a'), 'manifests'],
    [event + event, 'audit-log'],
    ['{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[]}', 'audit-log'],
    ['{"kind":"bulwark-archive","formatVersion":1}\n', 'archive'],
    ['apiVersion: v1\nkind: Config\nclusters: []\n', 'kubeconfig'],
    ['apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: []\n', 'configuration'],
    ['apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n', 'configuration'],
    ['services: {}\n', 'foreign'],
    ['', 'empty'],
  ])('%j is %s', (text, kind) => {
    expect(kindOf(text)).toBe(kind);
  });
});
