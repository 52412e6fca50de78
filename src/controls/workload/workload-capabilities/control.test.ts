import { describe, expect, it } from 'vitest';
import { judgeFixture, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

describe('workload-capabilities', () => {
  it('names first what even baseline refuses', async () => {
    const { findings } = await judgeFixture(control, 'fail/adds-sys-admin.yaml');
    expect(findings[0]?.message).toEqual(
      expect.stringMatching(/^adds SYS_ADMIN, which even the baseline level refuses: unrestricted capabilities/),
    );
  });

  it('does not where baseline allows it', async () => {
    const { findings } = await judgeFixture(control, 'fail/adds-chown.yaml');
    expect(findings[0]?.message).toEqual(expect.stringMatching(/^unrestricted capabilities/));
  });

  it('says that Windows has no such setting', async () => {
    const { findings } = await judgeFixture(control, 'pass/windows.yaml');
    expect(findings[0]?.message).toEqual('a pod of Windows has no such setting');
  });

  it('never shows what else a container holds', async () => {
    const { findings } = await judgeFixture(control, 'fail/no-security-context.yaml');
    expect(findings[0]?.evidence[0]?.seen).toBe('server: no securityContext');
  });
});
