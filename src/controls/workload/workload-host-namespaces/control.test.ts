import { describe, expect, it } from 'vitest';
import { judgeFixture, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

describe('workload-host-namespaces', () => {
  it('names each namespace and its line', async () => {
    const { findings } = await judgeFixture(control, 'fail/host-pid.yaml');
    expect(findings[0]?.message).toEqual('host namespaces (hostPID=true)');
    expect(findings[0]?.evidence[0]).toMatchObject({
      path: 'spec.jobTemplate.spec.template.spec.hostPID',
      seen: 'true',
      wanted: 'absent or false',
    });
  });

  it('fails for certain without containers', async () => {
    const { findings } = await judgeFixture(control, 'fail/without-containers.yaml');
    expect(findings[0]?.message).toEqual('host namespaces (hostNetwork=true)');
  });
});
