import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditEvents } from '../../bench/audit-log.ts';
import { bulwark, bundledProgram, folderWith, root } from './bulwark.ts';

const golden = join(root, 'tests/golden/audit/raw/all-1.36.jsonl.gz');

let folder: ReturnType<typeof folderWith>;
const at = (name: string): string => join(folder.path, name);
const audit = (...words: readonly string[]): ReturnType<typeof bulwark> => bulwark(['audit', ...words], { cwd: folder.path });
interface Top {
  readonly user: string;
  readonly verb: string;
  readonly what: string;
  readonly namespace: string;
  readonly count: number;
}
const top = async (...words: readonly string[]): Promise<readonly Top[]> => {
  const { code, stdout, stderr } = await audit('top', ...words, '--limit', '100000', '-o', 'json');
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as readonly Top[];
};
const total = (rows: readonly Top[]): number => rows.reduce((sum, { count }) => sum + count, 0);
const sorted = (rows: readonly Top[]): readonly string[] => rows.map((row) => JSON.stringify(row)).sort();

let lines: readonly string[];
let expected: readonly string[];

beforeAll(async () => {
  folder = folderWith({ 'nothing.txt': 'no events\n' });
  lines = gunzipSync(readFileSync(golden)).toString('utf8').trim().split('\n');
  writeFileSync(at('plain.log'), `${lines.join('\n')}\n`);
  expected = sorted(await top('--audit-log', 'plain.log'));
});
afterAll(() => folder.remove());

describe('logs of one cluster in every wrapping', () => {
  const wrappings: Readonly<Record<string, () => void>> = {
    'gzip.log.gz': () => writeFileSync(at('gzip.log.gz'), gzipSync(`${lines.join('\n')}\n`)),
    'unnamed-gzip': () => writeFileSync(at('unnamed-gzip'), gzipSync(`${lines.join('\n')}\n`)),
    'list.json': () =>
      writeFileSync(at('list.json'), `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[${lines.join(',')}]}`),
    'pod.log': () =>
      writeFileSync(
        at('pod.log'),
        lines
          .map(
            (line, index) =>
              `2026-11-26T10:00:00.0Z stdout F ${line}\n2026-11-26T10:00:00.0Z stderr F I1126 10:00:00.0 1 x.go:${index}] klog\n`,
          )
          .join(''),
      ),
    'docker.log': () =>
      writeFileSync(
        at('docker.log'),
        lines.map((line) => `${JSON.stringify({ log: `${line}\n`, stream: 'stdout', time: '2026-11-26T10:00:00Z' })}\n`).join(''),
      ),
  };
  it.each(Object.keys(wrappings))('%s has the same accesses', async (name) => {
    wrappings[name]?.();
    expect(sorted(await top('--audit-log', name))).toEqual(expected);
  });

  it('is read from standard input', async () => {
    const { stdout } = await bulwark(['audit', 'top', '--audit-log', '-', '--limit', '100000', '-o', 'json'], {
      cwd: folder.path,
      input: readFileSync(at('plain.log')),
    });
    expect(sorted(JSON.parse(stdout) as readonly Top[])).toEqual(expected);
  });

  it('counts each event once, however the files overlap', async () => {
    const half = Math.floor(lines.length / 2);
    writeFileSync(at('old.log'), `${lines.slice(0, half).join('\n')}\n`);
    writeFileSync(at('new.log'), `${lines.slice(half).join('\n')}\n`);
    const log = (name: string): readonly string[] => ['--audit-log', name];
    expect(sorted(await top(...log('old.log'), ...log('new.log')))).toEqual(expected);
    expect(sorted(await top(...log('plain.log'), ...log('new.log')))).toEqual(expected);
    copyFileSync(at('plain.log'), at('copy.log'));
    expect(sorted(await top(...log('plain.log'), ...log('copy.log')))).toEqual(expected);
  });
});

describe('a store', () => {
  it('takes nothing twice, takes what is new, and is for its owner alone', async () => {
    const store = ['--store', 's.duckdb'];
    writeFileSync(at('growing.log'), `${lines.slice(0, 500).join('\n')}\n`);
    await top(...store, '--audit-log', 'growing.log');
    copyFileSync(at('plain.log'), at('growing.log'));
    for (let time = 0; time < 2; time++) expect(sorted(await top(...store, '--audit-log', 'growing.log'))).toEqual(expected);
    expect(sorted(await top(...store))).toEqual(expected);
    expect(statSync(at('s.duckdb')).mode & 0o777).toBe(0o600);
  });

  it('has the same totals when a load was killed and is made again', async () => {
    const events = [
      ...(function* () {
        let count = 0;
        for (const line of auditEvents(60_000)) if (count++ < 60_000) yield line;
      })(),
    ];
    writeFileSync(at('large.log'), `${events.join('\n')}\n`);
    const clean = await top('--audit-log', 'large.log', '--store', 'clean.duckdb');
    expect(total(clean)).toBe(events.length);
    const words = ['audit', 'top', '--audit-log', 'plain.log', '--audit-log', 'large.log', '--store', 'killed.duckdb'];
    for (const wait of [300, 700, 1200]) {
      const child = spawn(process.execPath, [bundledProgram(), ...words], { cwd: folder.path, stdio: 'ignore' });
      // A fast machine may be done before the kill.
      const closed = new Promise((done) => child.on('close', done));
      await new Promise((done) => setTimeout(done, wait));
      child.kill('SIGKILL');
      await closed;
    }
    const again = await top('--audit-log', 'plain.log', '--audit-log', 'large.log', '--store', 'killed.duckdb');
    expect(existsSync(at('killed.duckdb'))).toBe(true);
    expect(total(again)).toBe(total(clean) + total(expected.map((row) => JSON.parse(row) as Top)));
  });
});

describe('bad input', () => {
  it('is counted with its place, and the rest is answered', async () => {
    const bad = Buffer.concat([Buffer.from([0xff, 0xfe, 0x00, 0x0a]), Buffer.from('{"kind":"Pod"}\nnot json\n')]);
    writeFileSync(at('bad.log'), Buffer.concat([readFileSync(at('plain.log')), bad, Buffer.from(lines[0]?.slice(0, 100) ?? '')]));
    const { code, stdout, stderr } = await audit('top', '--audit-log', 'bad.log', '--limit', '100000', '-o', 'json');
    expect(code).toBe(0);
    expect(sorted(JSON.parse(stdout) as readonly Top[])).toEqual(expected);
    expect(stderr).toMatch(/bad\.log: \d pieces are no audit events, the first at byte \d+, line \d+; the last event is cut off/);
    expect(stderr).toContain(`line ${lines.length + 1}`);
  });

  it('is refused where nothing of it can be read', async () => {
    for (const name of ['nothing.txt', 'absent.log'])
      expect(await audit('top', '--audit-log', name)).toMatchObject({ code: 2, stdout: '' });
    writeFileSync(at('no.duckdb'), 'no database');
    expect(await audit('top', '--store', 'no.duckdb')).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('questions', () => {
  it('narrow by user, verb, resource, namespace, code and time', async () => {
    const all = await audit('query', '--audit-log', 'plain.log', '-o', 'json');
    const rows = all.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string | number>);
    const refused = await audit('query', '--audit-log', 'plain.log', '--code', '403', '-o', 'json');
    const wanted = rows.filter(({ code }) => code === 403);
    expect(wanted.length).toBeGreaterThan(3);
    expect(refused.stdout.trim().split('\n')).toHaveLength(wanted.length);
    const user = String(wanted[0]?.['user']);
    const own = await audit('query', '--audit-log', 'plain.log', '--user', user, '-o', 'json');
    expect(own.stdout.trim().split('\n')).toHaveLength(rows.filter((row) => row['user'] === user).length);
    const middle = String(rows[Math.floor(rows.length / 2)]?.['time']);
    const before = await audit('query', '--audit-log', 'plain.log', '--until', middle, '-o', 'json');
    expect(
      before.stdout
        .trim()
        .split('\n')
        .every((line) => (JSON.parse(line) as { time: string }).time < middle),
    ).toBe(true);
  });

  it('count by interval', async () => {
    const { code, stdout } = await audit('timeline', '--audit-log', 'plain.log', '--interval', '1d', '-o', 'json');
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as readonly { count: number }[]).reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(500);
  });
});
