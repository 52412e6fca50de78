import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTestbeds } from '../../testbed/find.ts';

const root = join(import.meta.dirname, '../..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

let work: string;
let packed: readonly string[];
const at = (...parts: string[]): string => join(work, ...parts);

function run(
  program: string,
  words: readonly string[],
  more: { cwd?: string; path?: string } = {},
): { code: number | null; stdout: string; stderr: string } {
  const { NODE_PATH: _, KUBECONFIG: __, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(program, words, {
    cwd: more.cwd ?? at('install'),
    encoding: 'utf8',
    env: { ...env, HOME: work, PATH: `${more.path ?? ''}${delimiter}${process.env['PATH'] ?? ''}` },
    maxBuffer: 64 * 1024 * 1024,
  });
  return { code: status, stdout, stderr };
}

beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'bulwark-package-'));
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const listing = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', work], {
    cwd: root,
    encoding: 'utf8',
  });
  const [tarball] = JSON.parse(listing) as readonly { filename: string; files: readonly { path: string }[] }[];
  packed = (tarball?.files ?? []).map((file) => file.path);
  mkdirSync(at('install'));
  // Nothing to download, and no cache: the package carries all that it needs, but for what is optional.
  const install = [
    'install',
    '--offline',
    '--omit=dev',
    '--omit=optional',
    '--no-audit',
    '--no-fund',
    `../${tarball?.filename ?? ''}`,
  ];
  execFileSync('npm', install, {
    cwd: at('install'),
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, HOME: work, npm_config_cache: at('cache') },
  });
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

const installed = (name: string): string => at('install/node_modules/.bin', name);

describe('the package', () => {
  it('holds the program, its notices and schemas, and nothing else', () => {
    const others = packed.filter((path) => !/^dist\/chunks\/[\w-]+\.js$|^schemas\/[\w.-]+\.schema\.json$/.test(path));
    expect(others.toSorted()).toEqual([
      'LICENSE',
      'README.md',
      'dist/NOTICE',
      'dist/bulwark.js',
      'dist/pages.json',
      'package.json',
    ]);
    expect(packed).toContain('schemas/report.schema.json');
  });

  it('needs no other package; the store of audit logs, which is native and cannot be part of it, is optional', () => {
    expect(readdirSync(at('install/node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['bulwark']);
    const description = JSON.parse(readFileSync(at('install/node_modules/bulwark/package.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    for (const kind of ['dependencies', 'peerDependencies']) expect(description[kind], kind).toBeUndefined();
    expect(description['optionalDependencies']).toEqual({
      '@duckdb/node-api': expect.stringMatching(/^\d+\.\d+\.\d+(-r\.\d+)?$/),
    });
    // What comes along with it: its native parts, and what tells them which C library the machine has.
    const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { dev?: boolean }>;
    };
    const brought = Object.keys(packages).filter((path) => path !== '' && packages[path]?.dev !== true);
    const others = brought.filter((path) => !path.startsWith('node_modules/@duckdb/node-'));
    expect(others).toEqual(['node_modules/detect-libc']);
  });

  it('names the licence of everything that is part of it', () => {
    const notice = readFileSync(at('install/node_modules/bulwark/dist/NOTICE'), 'utf8');
    for (const name of ['commander', 'js-yaml', 'undici', '@kubernetes/client-node', 'preact'])
      if (notice.includes(name)) expect(notice).toMatch(new RegExp(`${name} \\d+\\.\\d+\\.\\d+ \\([\\w.-]+\\)`));
    expect(notice).toContain('js-yaml');
  });

  it('says nothing of the machine that built it', () => {
    for (const path of packed.filter((name) => name.startsWith('dist/')))
      expect(readFileSync(at('install/node_modules/bulwark', path), 'utf8').includes(root), path).toBe(false);
  });
});

describe('the installed program', () => {
  it('says its version under both names', () => {
    expect(run(installed('bulwark'), ['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    expect(run(installed('kubectl-bulwark'), ['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    expect(run(installed('kubectl-bulwark'), ['scan', '--help']).stdout).toContain('kubectl bulwark scan');
  });

  it('scans the example in all formats', () => {
    cpSync(join(root, 'examples/minikube'), at('example'), { recursive: true });
    const formats = ['json', 'sarif', 'junit', 'markdown', 'html', 'csv'];
    const outputs = formats.flatMap((format) => ['-o', `${format}=r.${format}`]);
    const scan = run(installed('bulwark'), ['scan', '../example', '-o', 'text', ...outputs]);
    expect(scan.code, scan.stderr).toBe(1);
    expect(scan.stdout).toContain('FIRST THREE');
    for (const format of formats) expect(readFileSync(at('install', `r.${format}`), 'utf8').length, format).toBeGreaterThan(1000);
    expect(run(installed('bulwark'), ['explain', 'authn-anonymous-restricted']).stdout).toContain('WHAT IT MEANS');
  });

  it('says what to install where the store of audit logs is missing, and uses it where it is there', () => {
    const who = { username: 'jane', groups: ['system:authenticated'] };
    const event = {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      auditID: '1',
      stage: 'ResponseComplete',
      verb: 'get',
      user: who,
    };
    writeFileSync(at('audit.log'), `${JSON.stringify({ ...event, requestURI: '/version' })}\n`);
    cpSync(join(root, 'examples/minikube'), at('planned'), { recursive: true });
    const plan = run(installed('bulwark'), ['plan', '../planned', '--out', '../plan']);
    expect(plan.code, plan.stderr).toBe(0);
    const top = ['audit', 'top', '--audit-log', '../audit.log'];
    const rehearse = ['rehearse', '../plan', '../planned', '--audit-log', '../audit.log'];
    for (const words of [top, rehearse]) {
      const asked = run(installed('bulwark'), words);
      expect(asked.code, words.join(' ')).toBe(2);
      expect(asked.stderr, words.join(' ')).toMatch(/@duckdb\/node-api cannot be loaded .*`npm install @duckdb\/node-api@\d/);
      expect(asked.stderr).not.toMatch(/^\s+at /m);
    }
    symlinkSync(join(root, 'node_modules/@duckdb'), at('install/node_modules/@duckdb'));
    const answered = run(installed('bulwark'), top);
    expect(answered.code, answered.stderr).toBe(0);
    expect(answered.stdout).toContain('get /version');
    rmSync(at('install/node_modules/@duckdb'));
  });

  it('answers eval and writes archives', () => {
    const collected = run(installed('bulwark'), ['collect', '../example', '--out', 'a.bulwark']);
    expect(collected.code, collected.stderr).toBe(0);
    expect(run(installed('bulwark'), ['scan', 'a.bulwark', '--fail-on', 'none']).code).toBe(0);
  });
});

const [testbed] = findTestbeds();

describe.skipIf(testbed === undefined)('kubectl (needs a testbed)', () => {
  it('finds the program as its plug-in', () => {
    mkdirSync(at('bin'), { recursive: true });
    symlinkSync(testbed?.kubectl ?? '', at('bin/kubectl'));
    const path = [at('bin'), at('install/node_modules/.bin')].join(delimiter);
    expect(run('kubectl', ['bulwark', '--version'], { path })).toMatchObject({ code: 0, stdout: `${version}\n` });
    expect(run('kubectl', ['plugin', 'list'], { path }).stdout).toContain('kubectl-bulwark');
  });
});

describe('npm run demo', () => {
  it('ends with the path of the report, and 0 although the scan finds faults', () => {
    const { code, stdout, stderr } = run('npm', ['run', '--silent', 'demo'], { cwd: root });
    expect(code, stderr).toBe(0);
    const last = stdout.trimEnd().split('\n').at(-1) ?? '';
    expect(last).toMatch(/^\/.*bulwark-report\.html$/);
    expect(readFileSync(last, 'utf8')).toContain('<!doctype html>');
    expect(stdout).toContain('fail');
  });
});
