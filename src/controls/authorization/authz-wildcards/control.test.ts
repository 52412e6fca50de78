import { describe, expect, it } from 'vitest';
import { controlFolder, judge, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const fixture = (name: string) => judge(control, `${controlFolder(control)}fixtures/${name}`);

describe('what it says', () => {
  it.each([
    ['fail/kube-system-group-of-others.yaml', /^ClusterRole r: rules\[0\] has resources \* and verbs \* and apiGroups \*/],
    ['fail/urls-slash.yaml', /nonResourceURLs \/\*/],
  ])('%s', async (name, message) => {
    expect((await fixture(name)).reason).toMatch(message);
  });

  it('notes wildcards over groups of one’s own', async () => {
    const [finding] = (await fixture('pass/own-groups.yaml')).findings;
    expect(finding?.notes).toEqual(['rules[0] has resources * and verbs * over groups that are not built in']);
  });
});
