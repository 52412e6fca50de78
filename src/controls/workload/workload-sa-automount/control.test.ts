import { describe, expect, it } from 'vitest';
import { judgeFixture, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

describe('workload-sa-automount', () => {
  it('asks the account where the pod says nothing', async () => {
    const { findings } = await judgeFixture(control, 'pass/account-says-false.yaml');
    expect(findings[0]?.message).toEqual('no token is mounted');
    expect(findings[0]?.evidence[0]).toMatchObject({ seen: 'not set' });
    expect(findings[0]?.evidence[1]).toMatchObject({ line: 24, seen: 'false' });
  });

  it('says that nobody uses the token', async () => {
    const { findings } = await judgeFixture(control, 'fail/not-bound.yaml');
    expect(findings[0]?.message).toEqual(
      'the token of front is mounted, but no binding names the account and no audit log was given',
    );
  });

  it('names what would settle it', async () => {
    const { findings } = await judgeFixture(control, 'unknown/account-not-seen.yaml');
    expect(findings[0]?.message).toEqual(
      expect.stringContaining('ServiceAccount web/default, whose own field would settle it, was not seen'),
    );
  });

  it('passes what the audit log shows', async () => {
    const { findings } = await judgeFixture(control, 'pass/audit-log');
    expect(findings[0]?.message).toEqual('the token of front is mounted, and the audit log shows requests by it');
  });
});
