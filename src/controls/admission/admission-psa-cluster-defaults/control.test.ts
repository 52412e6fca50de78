import { describe, expect, it } from 'vitest';
import { controlFolder, judge, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const firstOf = async (fixture: string) => (await judge(control, `${controlFolder(control)}fixtures/${fixture}`)).findings[0];

describe('what is said', () => {
  it('points at the level, in the file that an entry names by path too', async () => {
    expect((await firstOf('fail/privileged'))?.evidence[0]).toMatchObject({
      line: 9,
      seen: 'privileged',
      wanted: 'defaults.enforce at least baseline',
    });
    const inFile = (await firstOf('pass/entry-by-path'))?.evidence[0];
    expect(inFile).toMatchObject({ line: 4, seen: 'baseline' });
    expect(inFile?.source).toMatch(/pod-security\.yaml$/);
  });

  it('names the exemption that is too much', async () => {
    const finding = await firstOf('fail/exempt-namespace');
    expect(finding?.message).toBe('exempt beside the system namespaces: namespaces shop');
    expect(finding?.evidence[0]).toMatchObject({ line: 11, wanted: 'system namespaces alone' });
  });

  it("has the server's words for a file that is refused", async () => {
    const finding = await firstOf('fail/unknown-field');
    expect(finding?.message).toContain('strict decoding error: unknown field "mode"');
    expect(finding?.evidence[0]?.line).toBe(14);
  });

  it('names the second file that was not seen', async () => {
    expect((await firstOf('unknown/entry-by-path-not-seen'))?.message).toBe(
      '/etc/kubernetes/pod-security.yaml, which /etc/kubernetes/admission.yaml names, was not seen: collect it from the host',
    );
  });
});
