import { describe, expect, it } from 'vitest';
import { controlFolder, judge, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const fixture = (name: string) => judge(control, `${controlFolder(control)}fixtures/${name}`);

describe('what it says', () => {
  it.each([
    ['fail/named-and-not.yaml', /ClusterRole r rules\[1\]\);/],
    ['pass/backend.yaml', /in a namespace that serves a webhook/],
    ['pass/named.yaml', /limited to named objects/],
  ])('%s', async (name, message) => {
    expect((await fixture(name)).reason).toMatch(message);
  });
});
