import { describe, expect, it } from 'vitest';
import { judgeFixture, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

describe('network-metadata-blocked', () => {
  it('names the policy that wins', async () => {
    const { findings } = await judgeFixture(control, 'fail/second-policy-wins.yaml');
    expect(findings[0]?.message).toEqual('Deployment web/front may reach 169.254.169.254/32 by NetworkPolicy web/more');
    expect(findings[0]?.evidence[0]).toMatchObject({ path: 'items[1].spec.egress[0]', wanted: 'except: [169.254.169.254/32]' });
  });

  it('asks for the IPv6 address on AWS', async () => {
    const { findings } = await judgeFixture(control, 'fail/ipv6-open-on-aws.yaml');
    expect(findings[0]?.message).toEqual(expect.stringContaining('fd00:ec2::254/128'));
  });

  it('fails where nothing enforces', async () => {
    const { findings } = await judgeFixture(control, 'fail/nothing-enforces.yaml');
    expect(findings[0]?.message).toEqual(expect.stringMatching(/^no policy has effect: kube-flannel/));
  });

  it('says why it does not apply', async () => {
    const { findings } = await judgeFixture(control, 'not-applicable/kind.yaml');
    expect(findings[0]?.message).toEqual('every node is of kind, which has no metadata service');
  });
});
