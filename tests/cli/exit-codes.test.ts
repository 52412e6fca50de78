import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/results/report.ts';
import { bulwark, folderWith, now } from './bulwark.ts';

const waiver = (more: Readonly<Record<string, string>> = {}): string => {
  const fields = { control: 'workload-*', subject: 'Pod a/p', reason: 'r', owner: 'o', expires: '2027-01-01', ...more };
  const lines = Object.entries(fields).filter(([, value]) => value !== '');
  return `waivers:\n  - ${lines.map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join('\n    ')}\n`;
};

let folder: ReturnType<typeof folderWith>;
beforeAll(() => {
  folder = folderWith({
    // Fails workload controls of severity high at most.
    'pod.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: a}\nspec: {containers: [{name: c, image: i}]}\n',
    'other.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: q, namespace: a}\nspec: {containers: [{name: c, image: i}]}\n',
    'nothing.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n',
    'all.yaml': waiver(),
    'expired.yaml': waiver({ expires: '2026-11-25' }),
    'today.yaml': waiver({ expires: '2026-11-26' }),
    'no-owner.yaml': waiver({ owner: '' }),
    'unmatched.yaml': waiver({ subject: 'Pod b/none' }),
    'broken.yaml': 'waivers: [\n',
    'settings-unknown.yaml': 'systemNamespacs: [a]\n',
    'settings-control.yaml': 'parameters: {no-such-control: {a: 1}}\n',
    'settings-type.yaml': 'parameters: {authz-cluster-admin-bindings: {maxUsers: many}}\n',
    'settings-good.yaml': 'systemNamespaces: [a]\n',
    'cwd/bulwark-waivers.yaml': waiver(),
  });
});
afterAll(() => folder.remove());

const workload = ['--only', 'workload-run-as-nonroot,workload-seccomp'];
const run = (...words: string[]): ReturnType<typeof bulwark> => bulwark(['scan', ...words, '--now', now], { cwd: folder.path });
const code = async (...words: string[]): Promise<number> => (await run(...words)).code;

describe('--fail-on', () => {
  it('counts findings of the severity or worse', async () => {
    expect(await code('pod.yaml', ...workload)).toBe(1);
    for (const severity of ['low', 'medium', 'high'])
      expect(await code('pod.yaml', ...workload, '--fail-on', severity), severity).toBe(1);
    for (const severity of ['critical', 'none'])
      expect(await code('pod.yaml', ...workload, '--fail-on', severity), severity).toBe(0);
    expect(await code('nothing.yaml')).toBe(0);
  });

  it('leaves unknown out but with --fail-on-unknown', async () => {
    expect(await code('nothing.yaml', '--fail-on-unknown')).toBe(1);
    expect(await code('pod.yaml', ...workload, '--fail-on', 'none', '--fail-on-unknown')).toBe(0);
  });
});

describe('waivers', () => {
  it('that hold count for nothing', async () => {
    for (const file of ['all.yaml', 'today.yaml']) expect(await code('pod.yaml', ...workload, '--waivers', file), file).toBe(0);
  });

  it('that do not hold waive nothing and are reported', async () => {
    for (const file of ['expired.yaml', 'no-owner.yaml', 'unmatched.yaml']) {
      const { code: exit, stdout } = await run('pod.yaml', ...workload, '--waivers', file, '-o', 'json');
      const report = JSON.parse(stdout) as Report;
      expect([exit, report.summary.waived, report.waivers.length], file).toEqual([1, 0, 1]);
    }
  });

  it('lie in the working directory', async () => {
    const words = ['scan', '../pod.yaml', ...workload, '--now', now];
    expect((await bulwark(words, { cwd: join(folder.path, 'cwd') })).code).toBe(0);
  });

  it('that cannot be read are a usage error with place', async () => {
    expect(await run('pod.yaml', '--waivers', 'broken.yaml')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/broken\.yaml:\d+:\d+: /) as string,
    });
    expect(await code('pod.yaml', '--waivers', 'missing.yaml')).toBe(2);
  });
});

describe('--baseline', () => {
  it('counts new findings alone', async () => {
    await run('pod.yaml', ...workload, '-o', 'json=before.json');
    expect(await code('pod.yaml', ...workload, '--baseline', 'before.json')).toBe(0);
    expect(await code('pod.yaml', 'other.yaml', ...workload, '--baseline', 'before.json')).toBe(1);
  });

  it('that is no report is a usage error', async () => {
    for (const file of ['pod.yaml', 'missing.json']) expect(await code('pod.yaml', '--baseline', file), file).toBe(2);
  });
});

describe('usage errors', () => {
  it.each([
    [['-o', 'jsn'], 'unknown format'],
    [['-o', 'json='], 'no name'],
    [['-o', 'json', '-o', 'csv'], 'two formats for standard output'],
    [['-o', 'json=no/such/folder/r.json'], 'ENOENT'],
    [['--only', 'nope'], 'no control `nope`'],
    [['--skip', 'nope'], 'no control `nope`'],
    [['--now', 'tomorrow'], 'expected a time'],
    [['--fail-on', 'terrible'], 'terrible'],
    [['--settings', 'settings-unknown.yaml'], 'systemNamespacs'],
    [['--settings', 'settings-control.yaml'], 'no-such-control'],
    [['--settings', 'settings-type.yaml'], 'maxUsers'],
    [['--settings', 'broken.yaml'], 'broken.yaml:'],
    [['--settings', 'missing.yaml'], 'missing.yaml cannot be read'],
    [['--nonsense'], 'unknown option'],
  ])('%j end with 2 and say what was expected', async (words, message) => {
    const outcome = await bulwark(['scan', 'pod.yaml', ...words], { cwd: folder.path });
    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining(message) as string });
    expect(outcome.stderr).not.toMatch(/^\s+at /m);
  });

  it('of other commands too', async () => {
    for (const words of [
      ['nonsense'],
      ['explain'],
      ['explain', 'authn'],
      ['collect', 'pod.yaml'],
      ['eval', 'nope', '--input', '-'],
      ['completion', 'tcsh'],
    ])
      expect((await bulwark(words, { cwd: folder.path })).code, words.join(' ')).toBe(2);
    expect((await bulwark(['explain', 'anonymous-off'])).stderr).toContain('did you mean kubelet-anonymous-off');
  });

  it('settings that are right change verdicts', async () => {
    expect(await code('pod.yaml', ...workload, '--settings', 'settings-good.yaml')).toBe(0);
  });
});

// eslint-disable-next-line no-control-regex -- escape sequences are what is looked for
const escape = /\u001b\[/;

describe('colour', () => {
  it('is for terminals, or where it is forced', async () => {
    const text = async (env: Record<string, string>): Promise<string> =>
      (await bulwark(['scan', 'pod.yaml'], { cwd: folder.path, env })).stdout;
    expect(await text({})).not.toMatch(escape);
    expect(await text({ FORCE_COLOR: '1' })).toMatch(escape);
    expect(await text({ NO_COLOR: '1' })).not.toMatch(escape);
    expect(await text({ FORCE_COLOR: '0' })).not.toMatch(escape);
  });

  it('is never in a file', async () => {
    await bulwark(['scan', 'pod.yaml', '-o', 'text=r.txt'], { cwd: folder.path, env: { FORCE_COLOR: '1' } });
    expect(readFileSync(join(folder.path, 'r.txt'), 'utf8')).not.toMatch(escape);
  });
});

const commands = [
  'scan',
  'collect',
  'plan',
  'sandbox',
  'apply',
  'rollback',
  'verify',
  'explain',
  'controls',
  'eval',
  'completion',
];

describe('help', () => {
  it.each([[], ...commands.map((command) => [command])])(
    'of %s keeps to 80 columns and has an example',
    async (...words: string[]) => {
      const { code: exit, stdout, stderr } = await bulwark([...words, '--help']);
      expect([exit, stderr]).toEqual([0, '']);
      expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
      expect(stdout).toMatch(/Examples?:\n {2}(?:bulwark|source <\(bulwark)/);
    },
  );

  it('and the version go to standard output', async () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { version: string };
    expect(await bulwark(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    expect((await bulwark([])).code).toBe(0);
  });

  it('controls and explain keep to 80 columns', async () => {
    const { stdout } = await bulwark(['explain', 'authn-anonymous-restricted']);
    const prose = stdout.split('\n').filter((line) => !line.startsWith('    '));
    expect(prose.filter((line) => line.length > 80)).toEqual([]);
  });
});

const onPath = (name: string): boolean => (process.env['PATH'] ?? '').split(':').some((path) => existsSync(join(path, name)));

describe('completion scripts', () => {
  it.each(['bash', 'zsh', 'fish'].filter(onPath))('of %s are valid', async (shell) => {
    const { stdout } = await bulwark(['completion', shell]);
    execFileSync(shell, ['-n'], { input: stdout });
  });

  it('offer commands, options, choices and controls', async () => {
    const { stdout } = await bulwark(['completion', 'bash']);
    const ask = (...words: string[]): string[] =>
      execFileSync(
        'bash',
        [
          '-c',
          `${stdout}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _bulwark; printf '%s\\n' "\${COMPREPLY[@]}"`,
        ],
        { encoding: 'utf8' },
      )
        .trim()
        .split('\n');
    expect(ask('bulwark', 'sc')).toEqual(['scan']);
    expect(ask('bulwark', 'scan', '--fail-on-')).toEqual(['--fail-on-unknown']);
    expect(ask('bulwark', 'scan', '--fail-on', 'cr')).toEqual(['critical']);
    expect(ask('bulwark', 'explain', 'etcd-c')).toEqual(['etcd-client-tls']);
    for (const shell of ['zsh', 'fish']) expect((await bulwark(['completion', shell])).stdout).toContain('etcd-client-tls');
  });
});
