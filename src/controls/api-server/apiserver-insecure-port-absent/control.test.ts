import { describe, expect, it } from 'vitest';
import { judgeFixture, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const firstOf = async (name: string) => (await judgeFixture(control, name)).findings[0];

describe('what is said', () => {
  it('gives the server’s own words', async () => {
    expect((await firstOf('fail/insecure-port.yaml'))?.message).toContain('unknown flag: --insecure-port');
    expect((await firstOf('fail/secure-port-zero.yaml'))?.message).toContain(
      '--secure-port 0 must be between 1 and 65535, inclusive',
    );
  });

  it('leaves other listeners of the host to a person', async () => {
    expect((await firstOf('pass/default-port.yaml'))?.notes?.[0]).toContain('kubectl proxy');
  });
});
