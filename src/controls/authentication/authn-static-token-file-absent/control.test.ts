import { describe, expect, it } from 'vitest';
import { controlFolder, judge, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const fixture = (name: string) => judge(control, `${controlFolder(control)}fixtures/${name}`);

describe('what it says', () => {
  it.each([
    ['fail/token-file', /with 2 lines, one of which gives system:masters/],
    ['fail/basic-auth.yaml', /unknown flag: --basic-auth-file/],
    ['fail/one-host-of-two', /API server on cp-2: .*hosts differ: --token-auth-file/],
    ['unknown/second-control-plane.yaml', /API server on cp-2/],
  ])('%s', async (name, message) => {
    expect((await fixture(name)).reason).toMatch(message);
  });

  it('shows the flag and its line, never a token', async () => {
    const result = await fixture('fail/token-file');
    expect(result.findings[0]?.evidence[0]).toMatchObject({ line: 20, seen: '--token-auth-file=/etc/kubernetes/tokens.csv' });
    expect(JSON.stringify(result)).not.toMatch(/aaaaaaaa|bbbbbbbb/);
  });
});
