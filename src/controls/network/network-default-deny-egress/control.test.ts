import { describe, expect, it } from 'vitest';
import { judgeFixture, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

describe('network-default-deny-egress', () => {
  it('points to the rule that admits everything', async () => {
    const { findings } = await judgeFixture(control, 'fail/all-namespaces.yaml');
    expect(findings[0]?.message).toEqual('a policy for all pods has a rule that admits everything: open egress[0]');
    expect(findings[0]?.evidence[0]).toMatchObject({ path: 'items[0].spec.egress[0]' });
  });

  it('names the other policy that may deny', async () => {
    const { findings } = await judgeFixture(control, 'unknown/baseline-admin.yaml');
    expect(findings[0]?.message).toEqual(expect.stringContaining('BaselineAdminNetworkPolicy default may deny instead'));
  });

  it('names the field that no server accepts', async () => {
    const { findings } = await judgeFixture(control, 'unknown/rules-are-no-list.yaml');
    expect(findings[0]?.message).toEqual('NetworkPolicy web/broken cannot be read: no server accepts its spec.egress');
  });

  it('notes that DNS is not allowed', async () => {
    const { findings } = await judgeFixture(control, 'pass/dump.yaml');
    expect(findings[0]?.notes).toEqual(['no rule of the namespace allows DNS (port 53): every lookup fails']);
  });

  it('notes nothing where it is', async () => {
    const { findings } = await judgeFixture(control, 'pass/listed.yaml');
    expect(findings[0]?.notes).toBeUndefined();
  });

  it('says that a section is inert', async () => {
    const { findings } = await judgeFixture(control, 'fail/inert-section.yaml');
    expect(findings[0]?.message).toEqual(
      'no NetworkPolicy denies egress by default; the egress section of NetworkPolicy web/deny is inert',
    );
  });
});
