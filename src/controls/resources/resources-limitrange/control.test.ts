import { describe, expect, it } from 'vitest';
import { judgeFixture, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const firstOf = async (name: string) => (await judgeFixture(control, name)).findings[0];

describe('what is said', () => {
  it('names what no LimitRange sets', async () => {
    expect((await firstOf('fail/claims-without-bound.yaml'))?.message).toBe('no LimitRange sets max storage of claims');
    expect((await firstOf('fail/no-ephemeral-storage.yaml'))?.message).toBe(
      'no LimitRange sets default ephemeral-storage, defaultRequest ephemeral-storage, max ephemeral-storage',
    );
  });

  it('names LimitRanges that set defaults side by side', async () => {
    expect((await firstOf('fail/two-set-defaults.yaml'))?.message).toContain('defaults, others');
  });
});
