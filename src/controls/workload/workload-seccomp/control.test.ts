import { describe, expect, it } from 'vitest';
import { judgeFixture, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

describe('workload-seccomp', () => {
  it('says that the nodes decide', async () => {
    const { findings } = await judgeFixture(control, 'pass/nodes-default');
    expect(findings[0]?.message).toEqual(
      'no profile is set, and the kubelet of every node applies RuntimeDefault (seccompDefault: true)',
    );
  });

  it('points to the profile that does not count', async () => {
    const { findings } = await judgeFixture(control, 'fail/unconfined.yaml');
    expect(findings[0]?.message).toEqual(expect.stringContaining('Unconfined'));
    expect(findings[0]?.evidence[0]).toMatchObject({ line: 23, seen: 'Unconfined' });
  });
});
