import { describe, expect, it } from 'vitest';
import { controlFolder, judge, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const fixture = (name: string) => judge(control, `${controlFolder(control)}fixtures/${name}`);

describe('what it says', () => {
  it.each([
    ['fail/one-more-rule.yaml', /rules\[1\]: get,list pods/],
    ['fail/role-does-not-exist.yaml', /whoever creates it gives it to the world/],
    ['pass/binding-to-role-ignored.yaml', /a ClusterRoleBinding cannot refer to Role r/],
    ['unknown/role-not-seen.yaml', /ClusterRole custom/],
  ])('%s', async (name, message) => {
    expect((await fixture(name)).reason).toMatch(message);
  });
});
