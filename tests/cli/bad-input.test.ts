import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestAuthority } from '../../testbed/certificates.ts';
import type { Report } from '../../src/results/report.ts';
import type { Outcome, Surroundings } from './bulwark.ts';
import { bulwark, folderWith, now } from './bulwark.ts';

const pod = (name: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {containers: [{name: c, image: i, securityContext: {privileged: true}}]}\n`;

const folders: ReturnType<typeof folderWith>[] = [];
function tree(files: Record<string, string | Buffer>): string {
  const folder = folderWith(files);
  folders.push(folder);
  return folder.path;
}
afterAll(() => folders.forEach((folder) => folder.remove()));

interface Scanned extends Outcome {
  readonly report: Report | undefined;
}

/** Scans as JSON and checks what holds for every bad input: no stack trace, and exit 2 with a word where there is no report. */
async function scan(words: readonly string[], more: Surroundings = {}): Promise<Scanned> {
  const outcome = await bulwark(['scan', ...words, '-o', 'json', '--now', now], more);
  expect(outcome.stderr).not.toMatch(/^\s+at /m);
  expect(outcome.stderr).not.toMatch(/node:internal|UnhandledPromise|Warning:/);
  if (outcome.stdout === '') {
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toMatch(/^error: .+\nhint: .+|^error: /);
    return { ...outcome, report: undefined };
  }
  expect([0, 1]).toContain(outcome.code);
  return { ...outcome, report: JSON.parse(outcome.stdout) as Report };
}

/** The privileged pods that were found. */
function found({ report }: Scanned): readonly string[] {
  const findings = report?.controls.find((control) => control.id === 'workload-privileged')?.findings ?? [];
  return findings
    .filter(({ verdict }) => verdict === 'fail')
    .map(({ subject }) => subject.name)
    .toSorted();
}

const gapsOf = ({ report }: Scanned, path: string): readonly string[] =>
  (report?.gaps ?? [])
    .filter((gap) => gap.source.endsWith(path))
    .map((gap) => `${gap.line ?? ''}:${gap.column ?? ''} ${gap.reason} | ${gap.hint ?? ''}`);

describe('files that cannot be read', () => {
  const broken = {
    'broken.yaml': `${pod('before')}---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: [oops\n---\n${pod('after')}`,
    'truncated.json': '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"cut"',
    'truncated.yaml.gz': gzipSync(pod('zipped').repeat(80)).subarray(0, 70),
    'binary.yaml': Buffer.from([0, 1, 2, 3, 255, 254, 0, 9]),
    'latin1.yaml': Buffer.from('apiVersion: v1\nkind: Pod\nmetadata: {name: caf\xe9}\n', 'latin1'),
    'helm.yaml': `apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\n`,
    'jinja.yaml.j2': `apiVersion: v1\nkind: Pod\nmetadata:\n  name: "{{ name }}"\n{% if x %}\nspec: {}\n{% endif %}\n`,
    'chart/Chart.yaml': 'apiVersion: v2\nname: c\n',
    'chart/templates/pod.yaml': 'kind: {{ x }}\n',
    'unknown-kind.yaml': 'apiVersion: example.com/v7\nkind: Whatever\nmetadata: {name: w}\n',
    'no-name.yaml': 'apiVersion: v1\nkind: Pod\nspec: {}\n',
    'wrong-types.yaml':
      'apiVersion: v1\nkind: Pod\nmetadata: 5\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: odd}\nspec: {containers: nothing}\n',
    'empty.yaml': '',
    'tabs.yaml': 'apiVersion: v1\nkind: Pod\nmetadata:\n\tname: tab\n',
    'good.yaml': pod('good'),
  };

  it('are named with place and what to do, and everything else is assessed', async () => {
    const scanned = await scan([tree(broken)]);
    expect(found(scanned)).toEqual(['after', 'before', 'good']);
    expect(gapsOf(scanned, 'broken.yaml')).toEqual([expect.stringMatching(/^10:1 broken YAML: .+ \| correct/)]);
    expect(gapsOf(scanned, 'truncated.json')).toEqual([expect.stringMatching(/^1:\d+ .+ \| .+/)]);
    expect(gapsOf(scanned, 'truncated.yaml.gz')).toEqual([
      expect.stringMatching(/truncated or corrupted gzip.+ \| copy it again/),
    ]);
    expect(gapsOf(scanned, 'binary.yaml')).toEqual([expect.stringContaining('a binary file | ')]);
    expect(gapsOf(scanned, 'latin1.yaml')).toEqual([expect.stringContaining('UTF-8')]);
    expect(gapsOf(scanned, 'helm.yaml')).toEqual([expect.stringMatching(/^4:\d+ .*template.* \| render first/i)]);
    expect(gapsOf(scanned, 'jinja.yaml.j2')).toEqual([expect.stringMatching(/template.* \| render first/i)]);
    expect(gapsOf(scanned, 'chart/templates')).toEqual([expect.stringContaining('render first: helm template')]);
    expect(gapsOf(scanned, 'no-name.yaml')).toEqual([expect.stringContaining('without a name')]);
    expect(gapsOf(scanned, 'wrong-types.yaml')).toEqual([expect.stringMatching(/^3:\d+ metadata of a Pod is no mapping/)]);
    expect(gapsOf(scanned, 'tabs.yaml')).toEqual([expect.stringMatching(/^4:\d+ broken YAML/)]);
    expect(gapsOf(scanned, 'unknown-kind.yaml')).toEqual([]);
  });

  it.each(['truncated.json', 'truncated.yaml.gz', 'binary.yaml', 'helm.yaml', 'empty.yaml', 'chart/templates/pod.yaml'])(
    'end with 2 where %s is all there is',
    async (name) => {
      const folder = tree(broken);
      const { code, stderr } = await scan([join(folder, name)]);
      expect(code).toBe(2);
      expect(stderr).toContain(name.split('/')[0]);
      expect(stderr).toContain('hint: give manifests');
    },
  );

  it('end with 2 for what is not there, and go on where something else is', async () => {
    const folder = tree({ 'good.yaml': pod('good') });
    const missing = await scan([join(folder, 'missing')]);
    expect(missing.stderr).toContain('no such file or folder: check the path');
    const both = await scan([join(folder, 'missing'), join(folder, 'good.yaml')]);
    expect(found(both)).toEqual(['good']);
    expect(gapsOf(both, 'missing')).toHaveLength(1);
    for (const option of ['--host-root', '--audit-log']) {
      const other = await scan([join(folder, 'good.yaml'), option, join(folder, 'missing')]);
      expect(found(other), option).toEqual(['good']);
      expect(gapsOf(other, 'missing').length, option).toBeGreaterThan(0);
    }
  });

  it('a device is refused, wherever it is named: it never ends', async () => {
    const good = join(tree({ 'good.yaml': pod('good') }), 'good.yaml');
    expect((await scan(['/dev/zero'])).stderr).toContain('/dev/zero: a device, not a file');
    expect(found(await scan([good, '/dev/zero']))).toEqual(['good']);
    const log = await scan([good, '--audit-log', '/dev/zero']);
    expect(found(log)).toEqual(['good']);
    expect(gapsOf(log, '/dev/zero')).toEqual([expect.stringContaining('a device, not a file')]);
    for (const option of ['--settings', '--waivers', '--baseline'])
      expect((await scan([good, option, '/dev/zero'])).stderr, option).toContain('/dev/zero is a device, not a file');
  });

  it.skipIf(!existsSync('/dev/full'))('a report that finds no room on standard output says so', async () => {
    const good = join(tree({ 'good.yaml': pod('good') }), 'good.yaml');
    const { stderr } = await scan([good], { through: ['sh', '-c', 'exec "$@" > /dev/full', 'sh'] });
    expect(stderr).toContain('error: standard output cannot be written: ENOSPC');
  });

  it('a report that cannot be written keeps none of the others back', async () => {
    const folder = tree({ 'good.yaml': pod('good') });
    const outputs = ['-o', 'html=/nonexistent/x.html', '-o', `csv=${join(folder, 'a.csv')}`];
    const { code, stdout, stderr } = await bulwark(['scan', join(folder, 'good.yaml'), ...outputs, '-o', 'json', '--now', now]);
    expect(code).toBe(2);
    expect(stderr).toContain('error: /nonexistent/x.html: ENOENT');
    expect(existsSync(join(folder, 'a.csv'))).toBe(true);
    expect(JSON.parse(stdout)).toHaveProperty('summary');
    const twice = await bulwark(['scan', folder, '-o', 'json=a', '-o', 'csv=a']);
    expect(twice).toMatchObject({ code: 2, stderr: expect.stringContaining('two outputs for a') as string });
  });

  it('an empty folder says so', async () => {
    const folder = tree({});
    expect((await scan([folder])).stderr).toContain('an empty folder');
    expect((await scan(['--host-root', folder])).code).toBe(2);
  });
});

describe('folders', () => {
  it('of 50,000 files are read', async () => {
    const files: Record<string, string> = {};
    for (let index = 0; index < 500; index++) files[`m/${index}.yaml`] = pod(`p${index}`);
    const folder = tree(files);
    for (let group = 0; group < 100; group++) {
      mkdirSync(join(folder, `other/${group}`), { recursive: true });
      for (let index = 0; index < 495; index++) writeFileSync(join(folder, `other/${group}/${index}.txt`), 'x');
    }
    const scanned = await scan([folder]);
    expect(found(scanned)).toHaveLength(500);
    expect(scanned.report?.gaps).toEqual([]);
  });

  it('with links that lead in circles or nowhere are read once', async () => {
    const folder = tree({ 'a/good.yaml': pod('good'), 'b/other.yaml': pod('other') });
    symlinkSync('..', join(folder, 'a/up'));
    symlinkSync('../a', join(folder, 'b/a'));
    symlinkSync('self.yaml', join(folder, 'self.yaml'));
    symlinkSync('nowhere.yaml', join(folder, 'dangling.yaml'));
    const scanned = await scan([folder]);
    expect(found(scanned)).toEqual(['good', 'other']);
    expect(gapsOf(scanned, 'a/up')).toEqual([expect.stringContaining('leads back to a folder above it')]);
    expect(gapsOf(scanned, 'self.yaml')).toEqual([expect.stringContaining('ELOOP')]);
    expect(gapsOf(scanned, 'dangling.yaml')).toEqual([expect.stringContaining('ENOENT')]);
  });
});

const isRoot = process.getuid?.() === 0;
const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
const canBeNobody = !isRoot || ['/usr/bin/setpriv', '/bin/setpriv'].some((path) => existsSync(path));

describe.skipIf(!canBeNobody)('files without the right to read them (needs setpriv, where root)', () => {
  it('are gaps', async () => {
    const folder = tree({ 'good.yaml': pod('good'), 'secret.yaml': pod('hidden'), 'closed/pod.yaml': pod('deep') });
    const bundle = join(folder, 'bundle');
    const { bundledProgram } = await import('./bulwark.ts');
    cpSync(join(bundledProgram(), '..'), bundle, { recursive: true });
    chmodSync(folder, 0o755);
    execFileSync('chmod', ['-R', 'a+rX', bundle]);
    chmodSync(join(folder, 'secret.yaml'), 0o000);
    chmodSync(join(folder, 'closed'), 0o000);
    const scanned = await scan([folder], isRoot ? { through: nobody, program: join(bundle, 'bulwark.js') } : {});
    expect(found(scanned)).toEqual(['good']);
    for (const name of ['secret.yaml', 'closed'])
      expect(gapsOf(scanned, name), name).toEqual([expect.stringMatching(/EACCES \| give the right to read it/)]);
    chmodSync(join(folder, 'closed'), 0o755);
  });
});

describe('a kubeconfig', () => {
  let port = 0;
  beforeAll(async () => {
    // A port that was free a moment ago: nobody listens there.
    port = await new Promise((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        const { port: free } = server.address() as AddressInfo;
        server.close(() => resolve(free));
      });
    });
  });

  const config = (user: string): string => `apiVersion: v1
kind: Config
current-context: a
clusters: [{name: a, cluster: {server: "https://127.0.0.1:${port}"}}]
contexts: [{name: a, context: {cluster: a, user: a}}]
users: [{name: a, user: ${user}}]
`;

  it('that points nowhere is a gap that names the address and what to do', async () => {
    const folder = tree({ config: config('{token: abc}'), 'good.yaml': pod('good') });
    const alone = await scan(['--kubeconfig', join(folder, 'config')]);
    expect(alone.code).toBe(2);
    expect(alone.stderr).toContain(`127.0.0.1:${port}`);
    const beside = await scan([join(folder, 'good.yaml'), '--kubeconfig', join(folder, 'config')]);
    expect(found(beside)).toEqual(['good']);
    expect(beside.report?.gaps.length).toBeGreaterThan(0);
    expect(beside.report?.gaps.every((gap) => (gap.hint ?? '') !== '')).toBe(true);
  });

  it('with a context that is not there names those that are', async () => {
    const folder = tree({ config: config('{token: abc}') });
    const { stderr } = await scan(['--kubeconfig', join(folder, 'config'), '--context', 'prod']);
    expect(stderr).toContain('prod');
    expect(stderr).toMatch(/hint|\(/);
  });

  it('with an expired client certificate says since when', async () => {
    const { certificate, key } = new TestAuthority('ca').issue({ commonName: 'a', lifetime: -60 });
    const folder = tree({ 'c.pem': certificate, 'k.pem': key });
    writeFileSync(join(folder, 'config'), config('{client-certificate: c.pem, client-key: k.pem}'));
    const { code, stderr } = await scan(['--kubeconfig', join(folder, 'config')]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/expired/);
    expect(stderr).toMatch(/20\d\d-\d\d-\d\d/);
  });

  it.each([
    ['no YAML', 'a: ['],
    ['no kubeconfig', 'kind: Pod'],
    ['empty', ''],
    ['without a current context', 'apiVersion: v1\nkind: Config\nclusters: []\nusers: []\ncontexts: []\n'],
  ])('that is %s says so', async (_, text) => {
    const folder = tree({ config: text });
    const { code, stderr } = await scan(['--kubeconfig', join(folder, 'config')]);
    expect(code).toBe(2);
    expect(stderr).toContain(join(folder, 'config'));
  });

  it('that is nowhere, and no source: says what to give', async () => {
    const { code, stderr } = await scan([], { cwd: tree({}) });
    expect(code).toBe(2);
    expect(stderr).toMatch(/kubeconfig/);
    expect(stderr).toMatch(/hint: /);
  });
});

describe('--debug', () => {
  it('alone shows a stack trace', async () => {
    const plain = await bulwark(['scan', 'missing']);
    const debug = await bulwark(['--debug', 'scan', 'missing']);
    expect(plain.stderr).not.toMatch(/^\s+at /m);
    expect(debug.stderr).toMatch(/^\s+at /m);
  });
});
