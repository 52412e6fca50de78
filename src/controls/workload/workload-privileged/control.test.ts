import { describe, expect, it } from 'vitest';
import { judgeFixture, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

describe('workload-privileged', () => {
  it('names the container in the words of the server, and the line', async () => {
    const { findings } = await judgeFixture(control, 'fail/init-container.yaml');
    expect(findings[0]?.message).toEqual('privileged (container "prepare" must not set securityContext.privileged=true)');
    expect(findings[0]?.evidence[0]).toMatchObject({
      line: 19,
      path: 'spec.template.spec.initContainers[0].securityContext.privileged',
      seen: 'true',
      wanted: 'absent or false',
    });
  });

  it('names the field that cannot be read', async () => {
    const { findings } = await judgeFixture(control, 'unknown/wrong-type.yaml');
    expect(findings[0]?.message).toEqual(
      'the pod template cannot be read: no server accepts the type of spec.containers[0].securityContext.privileged',
    );
    expect(findings[0]?.evidence[0]).toMatchObject({ line: 19, seen: '"true"' });
  });

  it('says where there is no list of containers', async () => {
    const { findings } = await judgeFixture(control, 'unknown/no-containers.yaml');
    expect(findings[0]?.message).toEqual('the pod template cannot be read: there is no spec.containers');
  });

  it('judges each workload once, by the template of the owner that was seen', async () => {
    const { findings } = await judgeFixture(control, 'pass/plain.yaml');
    expect(findings.map(({ subject }) => subject)).toEqual([{ kind: 'Pod', name: 'plain', namespace: 'web' }]);
  });
});
