import { describe, expect, it } from 'vitest';
import { judgeFixture, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

describe('workload-run-as-nonroot', () => {
  it('speaks as the server does, of both checks', async () => {
    const { findings } = await judgeFixture(control, 'fail/user-namespace-1.34');
    expect(findings[0]?.message).toEqual(
      'runAsNonRoot != true (pod or container "server" must set securityContext.runAsNonRoot=true), runAsUser=0 (container "server" must not set runAsUser=0)',
    );
  });

  it('points to the field of the pod', async () => {
    const { findings } = await judgeFixture(control, 'fail/user-0.yaml');
    expect(findings[0]?.message).toEqual('runAsUser=0 (pod must not set runAsUser=0)');
    expect(findings[0]?.evidence[0]).toMatchObject({ line: 17, path: 'spec.template.spec.securityContext.runAsUser', seen: '0' });
  });

  it('says why a user namespace passes', async () => {
    const { findings } = await judgeFixture(control, 'pass/user-namespace-1.35');
    expect(findings[0]?.message).toEqual(expect.stringContaining('hostUsers: false'));
  });
});
