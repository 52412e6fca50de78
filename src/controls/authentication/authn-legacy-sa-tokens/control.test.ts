import { describe, expect, it } from 'vitest';
import { controlFolder, judge, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const fixture = (name: string) => judge(control, `${controlFolder(control)}fixtures/${name}`);

describe('what it says', () => {
  it.each([
    ['fail/made-by-hand.yaml', /made by hand, never cleaned up; no use was recorded/],
    ['fail/made-by-kubernetes.yaml', /which lists it: made by Kubernetes; last used 2026-11-20/],
    ['fail/invalidated-1.28.yaml', /is not obeyed below 1.29/],
    ['fail/lookup-off.yaml', /is not obeyed with --service-account-lookup=false/],
    ['unknown/invalidated-version-not-known.yaml', /obeyed from 1.29 only, and the version is not known/],
    ['pass/empty-list.yaml', /\(--service-account-lookup\) were not seen/],
  ])('%s', async (name, message) => {
    expect((await fixture(name)).reason).toMatch(message);
  });
});
