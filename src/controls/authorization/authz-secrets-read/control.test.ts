import { describe, expect, it } from 'vitest';
import { controlFolder, judge, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const fixture = (name: string) => judge(control, `${controlFolder(control)}fixtures/${name}`);

describe('what it says', () => {
  it.each([
    ['fail/edit-of-bootstrap.yaml', /ClusterRole edit rules\[0\] of system:aggregate-to-edit/],
    ['fail/aggregated-into-view.yaml', /ClusterRole view rules\[0\] of more/],
  ])('%s', async (name, message) => {
    expect((await fixture(name)).reason).toMatch(message);
  });

  it('shows the way from the binding to the rule', async () => {
    const [finding] = (await fixture('fail/list.yaml')).findings;
    expect(finding?.evidence.map(({ line, seen }) => `${line} ${seen}`)).toEqual([
      '22 Group dev → ClusterRole r',
      '6 list secrets in ""',
    ]);
  });
});
