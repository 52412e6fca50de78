import { describe, expect, it } from 'vitest';
import { judgeFixture, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

describe('workload-allow-privilege-escalation', () => {
  it('notes where the server refuses false', async () => {
    const { findings } = await judgeFixture(control, 'fail/privileged.yaml');
    expect(findings[0]?.notes).toEqual([
      'container server is privileged or adds CAP_SYS_ADMIN: the server refuses false there until that is gone',
    ]);
  });

  it('speaks as the server does', async () => {
    const { findings } = await judgeFixture(control, 'fail/not-set.yaml');
    expect(findings[0]?.message).toEqual(
      'allowPrivilegeEscalation != false (container "server" must set securityContext.allowPrivilegeEscalation=false)',
    );
    expect(findings[0]?.evidence[0]).toMatchObject({ line: 16, wanted: 'false' });
  });
});
