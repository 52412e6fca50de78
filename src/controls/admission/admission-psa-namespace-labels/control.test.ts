import { describe, expect, it } from 'vitest';
import { controlFolder, judge, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const resultOf = async (fixture: string) => judge(control, `${controlFolder(control)}fixtures/${fixture}`);

describe('what is said', () => {
  it("names the level that today's workloads pass", async () => {
    const { findings } = await resultOf('fail/privileged-with-baseline-workload.yaml');
    expect(findings[0]).toMatchObject({
      subject: { kind: 'Namespace', name: 'shop' },
      message: "enforces privileged by its label; today's workloads pass baseline",
    });
    expect(findings[0]?.evidence[0]).toMatchObject({
      line: 7,
      seen: 'enforce: privileged',
      wanted: 'enforce: baseline or stricter',
    });
  });

  it('shows where the cluster default stands', async () => {
    const { findings } = await resultOf('pass/no-label-default-baseline');
    expect(findings[0]?.evidence.map(({ seen }) => seen)).toEqual(['enforce: no label', 'defaults.enforce: baseline']);
    expect(findings[0]?.evidence[1]?.line).toBe(9);
  });

  it('shows the flag and the exemption that make a label void', async () => {
    const off = (await resultOf('fail/plug-in-off.yaml')).findings[0];
    expect(off?.evidence[1]).toMatchObject({ seen: '--disable-admission-plugins=PodSecurity', wanted: 'PodSecurity on' });
    const exempt = (await resultOf('fail/exempt-in-file')).findings[0];
    expect(exempt?.evidence[1]).toMatchObject({ line: 11, seen: 'exempt: shop' });
  });
});
