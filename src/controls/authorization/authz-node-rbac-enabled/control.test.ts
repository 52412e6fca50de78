import { describe, expect, it } from 'vitest';
import { controlFolder, judge, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const fixture = (name: string) => judge(control, `${controlFolder(control)}fixtures/${name}`);

describe('what it says', () => {
  it.each([
    ['fail/rbac-alone.yaml', /^Node is missing: the chain is RBAC/],
    ['fail/default.yaml', /Node and RBAC are missing: no authorizer is set/],
    ['fail/legacy-binding.yaml', /ClusterRoleBinding system:node: .*each reads every Secret/],
    ['pass/node-rbac.yaml', /the ClusterRoleBinding system:node was not seen/],
  ])('%s', async (name, message) => {
    expect((await fixture(name)).reason).toMatch(message);
  });

  it('points to the subject', async () => {
    const [finding] = (await fixture('fail/other-binding.yaml')).findings;
    expect(finding?.evidence[0]).toMatchObject({ path: 'subjects[1]', seen: 'Group system:nodes', line: 42 });
  });
});
