import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Cluster } from '../cluster/cluster.ts';
import { ObjectIndex } from '../cluster/objects.ts';
import { parseDocuments } from '../cluster/yaml/parse.ts';
import { readArchive, writeArchive } from './archive.ts';
import { readManifests } from './manifests.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'archive-'));

function sample(pods = 3): Cluster {
  const items = Array.from(
    { length: pods },
    (_, i) => `- {apiVersion: v1, kind: Pod, metadata: {name: p${i}, namespace: web, labels: {"10": a, __proto__: b}}}\n`,
  ).join('');
  const text = `apiVersion: v1\nkind: List\nitems:\n${items}---\napiVersion: v1\nkind: NodeList\nitems:\n- metadata: {name: n1}\n`;
  const { objects, listings } = readManifests(parseDocuments(text, 'objects.yaml').documents);
  const [manifest, configz] = parseDocuments('kind: Pod\napiVersion: v1\n---\na: 1\n', 'host/pod.yaml').documents;
  const place = { source: 'host/pod.yaml', line: 1 };
  return {
    sources: ['objects.yaml', 'host'],
    gitVersion: { text: 'v1.31.4', place },
    objects: new ObjectIndex(objects),
    listings,
    components: [
      {
        name: 'kube-apiserver',
        host: 'cp1',
        seenAs: 'static-pod',
        commandLine: { arguments: [{ text: '--anonymous-auth=false', place }] },
        document: manifest!,
        files: new Map([
          [
            '/etc/x',
            { kind: 'seen', path: '/etc/x', text: 'a: 1\n', source: 'host/etc/x', mode: 0o600, facts: { groups: ['a'] } },
          ],
          ['/etc/y', { kind: 'missing', path: '/etc/y', reason: 'no such file' }],
        ]),
        environment: new Map([['ETCD_NAME', { value: 'a', place }]]),
        running: false,
        configz: configz!,
      },
    ],
    configurations: [configz!],
    directories: [{ host: 'cp1', path: '/etc/cni/net.d', entries: [{ name: 'a' }, { name: 'b', document: configz! }] }],
    kubeconfigs: [
      { source: 'admin.conf', inUse: false, servers: ['https://x'], users: [{ name: 'a', credential: 'token', place }] },
    ],
    self: { username: 'u', groups: ['g'], source: 'x' },
    gaps: [{ source: 'x', reason: 'EACCES' }],
    counts: { files: 2 },
    extra: { a: [1] },
  };
}

describe('writeArchive and readArchive', () => {
  it('give the same cluster back, and the same bytes for the same cluster', async () => {
    const [a, b] = [join(folder(), 'a.gz'), join(folder(), 'b.gz')];
    await writeArchive(sample(200), a);
    await writeArchive(sample(200), b);
    expect(readFileSync(a)).toEqual(readFileSync(b));
    const reading = await readArchive(a);
    expect(reading).toEqual({ kind: 'read', cluster: sample(200) });
    if (reading.kind !== 'read') return;
    expect(reading.cluster.objects.all[0]?.manifest).toBe(
      (reading.cluster.objects.all[0]!.document.value as { items: unknown[] }).items[0],
    );
    await writeArchive(reading.cluster, b);
    expect(readFileSync(b)).toEqual(readFileSync(a));
  });

  it('makes the file for its owner alone and leaves nothing beside it', async () => {
    const where = folder();
    await writeArchive(sample(), join(where, 'a.gz'));
    expect(statSync(join(where, 'a.gz')).mode & 0o777).toBe(0o600);
    expect(readdirSync(where)).toEqual(['a.gz']);
    await expect(writeArchive(sample(), join(where, 'none', 'a.gz'))).rejects.toThrow('ENOENT');
    expect(readdirSync(where)).toEqual(['a.gz']);
  });

  it('refuses what is no archive, what is not there and a newer format', async () => {
    const path = join(folder(), 'x');
    expect(await readArchive(path)).toMatchObject({ kind: 'refused', message: expect.stringContaining('ENOENT') });
    for (const [content, message] of [
      ['', 'not an archive'],
      ['kind: Pod\n', 'not an archive'],
      ['{"kind":"bulwark-archive","formatVersion":2}\n', 'use a newer Bulwark'],
      ['{"kind":"bulwark-archive","formatVersion":"x"}\n', 'without a format version'],
    ] as const) {
      for (const bytes of [Buffer.from(content), gzipSync(content)]) {
        writeFileSync(path, bytes);
        expect(await readArchive(path)).toMatchObject({ kind: 'refused', message: expect.stringContaining(message) });
      }
    }
  });

  it('keeps what came before a cut or a damage, without listings, and says so', async () => {
    const path = join(folder(), 'a.gz');
    await writeArchive(sample(2000), path);
    const bytes = readFileSync(path);
    for (const damaged of [
      bytes.subarray(0, Math.floor(bytes.length * 0.8)),
      Buffer.concat([bytes.subarray(0, bytes.length - 300), Buffer.alloc(200, 7)]),
    ]) {
      writeFileSync(path, damaged);
      const reading = await readArchive(path);
      expect(reading.kind).toBe('partial');
      if (reading.kind === 'partial') {
        expect(reading.cluster.listings).toEqual([]);
        expect(reading.cluster.gaps.at(-1)).toMatchObject({ source: path });
        expect(reading.cluster.objects.all.length).toBeGreaterThan(0);
      }
    }
    const lines = gunzipSync(bytes).toString().split('\n');
    for (const broken of [
      lines.toSpliced(5, 1).join('\n'),
      lines.toSpliced(5, 1, '{"object": {}}').join('\n'),
      lines.toSpliced(5, 1, 'null').join('\n'),
      lines.toSpliced(5, 1, '{').join('\n'),
    ]) {
      writeFileSync(path, broken);
      const reading = await readArchive(path);
      expect(reading.kind).toBe('partial');
      expect(reading.kind === 'partial' && reading.cluster.listings).toEqual([]);
    }
  });
});
