import { describe, expect, it } from 'vitest';
import { judgeFixture, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const firstOf = async (name: string) => (await judgeFixture(control, name)).findings[0];

describe('what is said', () => {
  it('tells no bound from one that is too small', async () => {
    expect((await firstOf('fail/defaults-1.35.yaml'))?.message).toBe(
      'the audit log grows without a bound (--audit-log-maxage is 0); grows without a bound (--audit-log-maxbackup is 0)',
    );
    expect((await firstOf('fail/too-short.yaml'))?.message).toBe('the audit log keeps 7 days, at least 30 are wanted');
    expect((await firstOf('fail/size-zero-1.36.yaml'))?.message).toBe(
      'the audit log is never rotated (--audit-log-maxsize is 0)',
    );
  });

  it('notes modes that were not seen', async () => {
    expect((await firstOf('pass/cis.yaml'))?.notes?.[0]).toContain('/var/log/kubernetes/audit');
  });
});
