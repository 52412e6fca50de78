import { describe, expect, it } from 'vitest';
import { controlFolder, judge, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const resultOf = async (fixture: string) => judge(control, `${controlFolder(control)}fixtures/${fixture}`);

describe('what is said', () => {
  it('computes the set: the flag of 1.31 adds to the 20 defaults', async () => {
    const [finding] = (await resultOf('pass/additive-list-1.31.yaml')).findings;
    expect(finding?.message).toBe('the effective set of 1.31 holds 21 plug-ins, all required ones among them');
    expect(finding?.evidence[0]?.seen).toMatch(/^effective: NamespaceLifecycle, .*NodeRestriction.*PodSecurity/);
  });

  it('points at the flag that takes a plug-in away', async () => {
    const [finding] = (await resultOf('fail/list-adds-up.yaml')).findings;
    expect(finding?.message).toBe('ServiceAccount: switched off by --disable-admission-plugins');
    expect(finding?.evidence[0]).toMatchObject({
      line: 17,
      seen: '--disable-admission-plugins=DefaultIngressClass,ServiceAccount',
      wanted: 'without ServiceAccount',
    });
  });

  it.each([
    ['unknown-name.yaml', 'enable-admission-plugins plugin "PodSecurityPolicy" is unknown'],
    ['both-lists.yaml', '[PodSecurity] in enable-admission-plugins and disable-admission-plugins overlapped'],
    [
      'admission-control-and-enable.yaml',
      'admission-control and enable-admission-plugins/disable-admission-plugins flags are mutually exclusive',
    ],
  ])("has the server's words: %s", async (fixture, words) => {
    expect((await resultOf(`fail/${fixture}`)).reason).toBe(`kube-apiserver does not start with this configuration: ${words}`);
  });

  it('names both hosts and values where they differ', async () => {
    const { reason } = await resultOf('fail/second-server.yaml');
    expect(reason).toContain('hosts differ: --disable-admission-plugins is not set on cp-1 and `LimitRanger` on cp-2');
  });
});
