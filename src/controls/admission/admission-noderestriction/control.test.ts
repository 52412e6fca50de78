import { expect, it } from 'vitest';
import { controlFolder, judge, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

it('shows the list and what it lacks', async () => {
  const { findings } = await judge(control, `${controlFolder(control)}fixtures/fail/kubeadm-overwritten.yaml`);
  expect(findings[0]?.evidence[0]).toMatchObject({
    line: 6,
    seen: '--enable-admission-plugins=AlwaysPullImages',
    wanted: 'a list with NodeRestriction',
  });
  expect(findings[0]?.notes).toContainEqual(expect.stringContaining('not from the running kube-apiserver'));
});
