import { describe, expect, it } from 'vitest';
import { controlFolder, judge, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const firstOf = async (fixture: string) => (await judge(control, `${controlFolder(control)}fixtures/${fixture}`)).findings[0];

describe('what is said', () => {
  it('tells which half is missing', async () => {
    expect((await firstOf('fail/no-policy'))?.message).toBe('audit is off: a backend without a policy records nothing');
    const finding = await firstOf('fail/empty-backend');
    expect(finding?.message).toBe('audit is off: a policy without a backend records nothing');
    expect(finding?.evidence[0]).toMatchObject({ line: 17, seen: '--audit-log-path=' });
  });

  it("has the server's words for a policy that is refused", async () => {
    expect((await firstOf('fail/no-rules'))?.message).toContain('loading audit policy file: loaded illegal policy with 0 rules');
    expect((await firstOf('fail/not-mounted'))?.message).toContain(
      'failed to read file path "/etc/kubernetes/audit.yaml": no volume mount of the static pod makes it visible',
    );
  });

  it('notes a field that the server reads over', async () => {
    expect((await firstOf('pass/unknown-field-is-a-note'))?.notes).toContainEqual(expect.stringContaining('comment'));
  });

  it('believes a server that runs', async () => {
    expect((await firstOf('pass/ready-mirror-pod.yaml'))?.message).toContain('the running server has accepted its policy');
  });
});
