import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assess } from '../../src/assess/assess.ts';
import { readArchive, writeArchive } from '../../src/collect/archive.ts';
import { collect } from '../../src/collect/collect.ts';
import { catalogue } from '../../src/controls/catalogue.ts';
import { fixtureTime, fixturesOf } from '../../src/controls/fixtures/judge-fixtures.ts';
import { defaultSettings } from '../../src/controls/settings.ts';
import type { ControlResult, Report } from '../../src/results/report.ts';
import { bulwark, folderWith, now } from './bulwark.ts';

let folder: ReturnType<typeof folderWith>;
beforeAll(() => {
  folder = folderWith({});
});
afterAll(() => folder.remove());
const at = (name: string): string => join(folder.path, name);

async function reportOf(source: string): Promise<Report> {
  const { stdout, stderr } = await bulwark(['scan', source, '-o', 'json', '--now', now]);
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Report;
}

describe('an archive of the example', () => {
  it('shows the same verdicts, places and numbers as the sources', async () => {
    const { code, stderr } = await bulwark(['collect', 'examples/minikube', '--out', at('example.bulwark')]);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^wrote .+: \d+ objects, \d+ components, 0 gaps\n$/)]);
    const [direct, archived] = [await reportOf('examples/minikube'), await reportOf(at('example.bulwark'))];
    const { sources: _, counts: direct2, ...cluster } = direct.cluster;
    const { sources: __, counts: archived2, ...again } = archived.cluster;
    expect(again).toEqual(cluster);
    expect(archived2['auditEvents']).toBe(direct2['auditEvents']);
    for (const part of ['summary', 'score', 'controls', 'gaps', 'waivers'] as const)
      expect(archived[part], part).toEqual(direct[part]);
  });

  it('is for its owner alone, and the same bytes again', async () => {
    for (const name of ['one.bulwark', 'two.bulwark'])
      expect((await bulwark(['collect', 'examples/minikube', '--out', at(name)])).code).toBe(0);
    expect(statSync(at('one.bulwark')).mode & 0o777).toBe(0o600);
    expect(readFileSync(at('one.bulwark')).equals(readFileSync(at('two.bulwark')))).toBe(true);
    // Collected from the archive: what it holds, no more and no less.
    expect((await bulwark(['collect', at('one.bulwark'), '--out', at('three.bulwark')])).code).toBe(0);
    expect((await reportOf(at('three.bulwark'))).controls).toEqual((await reportOf(at('one.bulwark'))).controls);
  });

  it('comes through standard input', async () => {
    const { stdout } = await bulwark(['scan', '-', '-o', 'json', '--now', now], { input: readFileSync(at('example.bulwark')) });
    expect((JSON.parse(stdout) as Report).summary).toEqual((await reportOf(at('example.bulwark'))).summary);
  });

  it('of a newer format is refused, damaged or cut off it is read as far as it goes', async () => {
    const text = gunzipSync(readFileSync(at('example.bulwark'))).toString();
    writeFileSync(at('newer.bulwark'), gzipSync(text.replace(/"formatVersion":\d+/, '"formatVersion":99')));
    const newer = await bulwark(['scan', at('newer.bulwark')]);
    expect([newer.code, newer.stderr]).toEqual([2, expect.stringContaining('format version 99')]);
    expect(newer.stderr).toContain('use a newer Bulwark');
    writeFileSync(at('cut.bulwark'), readFileSync(at('example.bulwark')).subarray(0, -2000));
    const { stdout, stderr } = await bulwark(['scan', at('cut.bulwark'), '-o', 'json']);
    expect(stderr).toBe('');
    const report = JSON.parse(stdout) as Report;
    expect(report.gaps.some((gap) => gap.reason.includes('cut off or damaged'))).toBe(true);
    expect(report.summary.controls.pass).toBeLessThan((await reportOf(at('example.bulwark'))).summary.controls.pass + 1);
  });

  it('that cannot be written says why, and leaves nothing behind', async () => {
    const outcome = await bulwark(['collect', 'examples/minikube', '--out', at('no/such/folder.bulwark')]);
    expect([outcome.code, outcome.stderr]).toEqual([2, expect.stringContaining('ENOENT')]);
    expect((await bulwark(['collect', 'examples/minikube'])).stderr).toContain('--out FILE is missing');
    const nothing = await bulwark(['collect', at('missing'), '--out', at('nothing.bulwark')]);
    expect([nothing.code, existsSync(at('nothing.bulwark'))]).toEqual([2, false]);
  });
});

describe('an archive of a fixture shows what its sources show', () => {
  it.each(catalogue.map((control) => [control.id, control] as const))('%s', async (_, control) => {
    // Two of each verdict in a quick run; every one is written and synced to the disk.
    const all = fixturesOf(control);
    const some = all.filter(({ verdict }, index) => verdict !== all[index - 2]?.verdict);
    for (const { path, name } of process.env['BULWARK_TEST_FULL'] === '1' ? all : some) {
      const cluster = await collect({ paths: [path], hostRoots: [], auditLogs: [], names: [path] });
      await writeArchive(cluster, at('fixture.bulwark'));
      const reading = await readArchive(at('fixture.bulwark'));
      expect(reading.kind, name).toBe('read');
      if (reading.kind !== 'read') continue;
      const judged = [cluster, reading.cluster].map((one) =>
        assess(one, { controls: [control], settings: defaultSettings, now: fixtureTime }),
      ) as [readonly ControlResult[], readonly ControlResult[]];
      expect(judged[1], name).toEqual(judged[0]);
      expect(reading.cluster.gaps, name).toEqual(cluster.gaps);
    }
  });
});
