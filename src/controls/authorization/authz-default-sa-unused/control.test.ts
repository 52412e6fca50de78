import { describe, expect, it } from 'vitest';
import { controlFolder, judge, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const fixture = (name: string) => judge(control, `${controlFolder(control)}fixtures/${name}`);

describe('what it says', () => {
  it.each([
    ['fail/bound-as-user.yaml', /gives ClusterRole view to ServiceAccount web\/default/],
    ['fail/account-not-there.yaml', /no account `default` was listed/],
    ['fail/workload-asks.yaml', /Deployment web\/front: asks for the token/],
  ])('%s', async (name, message) => {
    expect((await fixture(name)).reason).toMatch(message);
  });

  it('numbers what it asks', async () => {
    const assertions = async (name: string) =>
      (await fixture(name)).findings.map((finding) => finding.assertion ?? 0).sort((a, b) => a - b);
    expect(await assertions('fail/bound.yaml')).toEqual([1, 2]);
    expect(await assertions('fail/workload-asks.yaml')).toEqual([2, 3]);
  });
});
