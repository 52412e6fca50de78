import { describe, expect, it } from 'vitest';
import { controlFolder, judge, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const fixture = (name: string) => judge(control, `${controlFolder(control)}fixtures/${name}`);

describe('what it says', () => {
  it.each([
    [
      'fail/service-account.yaml',
      /^ServiceAccount ci\/runner: has every right by ClusterRoleBinding a \(ClusterRole cluster-admin\)/,
    ],
    ['fail/six-users.yaml', /6 users have every right, at most 5 are wanted: u0, u1, u2, u3, u4, u5/],
    ['fail/role-of-a-namespace.yaml', /RoleBinding web\/a \(Role all\)/],
  ])('%s', async (name, message) => {
    expect((await fixture(name)).reason).toMatch(message);
  });
});
