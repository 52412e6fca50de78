import { describe, expect, it } from 'vitest';
import { judgeFixture, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

describe('network-default-deny-ingress', () => {
  it('points to the rule that admits everything', async () => {
    const { findings } = await judgeFixture(control, 'fail/all-namespaces.yaml');
    expect(findings[0]?.message).toEqual('a policy for all pods has a rule that admits everything: open ingress[0]');
    expect(findings[0]?.evidence[0]).toMatchObject({ path: 'items[0].spec.ingress[0]' });
  });

  it('names the other policy that may deny', async () => {
    const { findings } = await judgeFixture(control, 'unknown/baseline-admin.yaml');
    expect(findings[0]?.message).toEqual(expect.stringContaining('BaselineAdminNetworkPolicy default may deny instead'));
  });

  it('names the field that no server accepts', async () => {
    const { findings } = await judgeFixture(control, 'unknown/rules-are-no-list.yaml');
    expect(findings[0]?.message).toEqual('NetworkPolicy web/broken cannot be read: no server accepts its spec.ingress');
  });
});
