import { describe, expect, it } from 'vitest';
import { assess } from '../../../assess/assess.ts';
import { collect } from '../../../collect/collect.ts';
import { controlFolder, judge, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { defaultSettings } from '../../settings.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const path = (fixture: string) => `${controlFolder(control)}fixtures/${fixture}`;

async function verdictOn(fixture: string, day: string) {
  const cluster = await collect({ paths: [path(fixture)], hostRoots: [], auditLogs: [], names: [fixture] });
  const [result] = assess(cluster, { controls: [control], settings: defaultSettings, now: `${day}T23:59:59Z` });
  return result?.verdict;
}

describe('the day of the scan', () => {
  it('fails from the day after the end of life', async () => {
    expect(await verdictOn('fail/past-end-of-life.yaml', '2026-10-27')).toBe('pass');
    expect(await verdictOn('fail/past-end-of-life.yaml', '2026-10-28')).toBe('fail');
  });

  it('lets a kubelet be three minors older while its own minor is supported', async () => {
    expect(await verdictOn('fail/kubelet-past-end-of-life.yaml', '2026-10-01')).toBe('pass');
    expect(await verdictOn('fail/kubelet-four-older.yaml', '2026-06-01')).toBe('fail');
  });

  it('does not know what is up to date when the table is too old', async () => {
    expect(await verdictOn('pass/newest.yaml', '2027-01-25')).toBe('pass');
    expect(await verdictOn('pass/newest.yaml', '2027-01-26')).toBe('unknown');
    expect(await verdictOn('pass/newest.yaml', '2027-10-29')).toBe('fail');
  });
});

describe('what is said', () => {
  const firstOf = async (fixture: string) => (await judge(control, path(fixture))).findings[0];

  it('says of the latest patch that it is a lower bound, with the day of its line', async () => {
    expect((await firstOf('fail/three-patches-behind.yaml'))?.message).toMatch(
      /^1\.36\.2 is 3 patches behind: the latest patch is at least 1\.36\.5 \(line read 2026-09-23\)/,
    );
  });

  it('points at the version of the Node', async () => {
    const finding = await firstOf('fail/kubelet-newer.yaml');
    expect(finding?.subject).toEqual({ kind: 'kubelet', name: '', host: 'w-1' });
    expect(finding?.message).toMatch(/^1\.37 is newer than the oldest API server \(1\.36\)/);
    expect(finding?.evidence[0]).toMatchObject({ line: 34, seen: 'v1.37.2' });
  });

  it('names advisories without letting them decide', async () => {
    const finding = await firstOf('pass/newest.yaml');
    expect(finding?.verdict).toBe('pass');
    expect((await judge(control, path('fail/kubelet-alone.yaml'))).reason).toContain('CVE-2021-25741');
  });
});
