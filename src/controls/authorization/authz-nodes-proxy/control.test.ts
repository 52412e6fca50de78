import { describe, expect, it } from 'vitest';
import { controlFolder, judge, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const fixture = (name: string) => judge(control, `${controlFolder(control)}fixtures/${name}`);

describe('what it says', () => {
  it.each([
    ['fail/two-ways.yaml', /system:kubelet-api-admin rules\[2\]\), ClusterRoleBinding r/],
    ['unknown/certificate-not-seen.yaml', /may be the API server itself/],
    ['pass/kubelet-client-of-certificate', /the API server's own kubelet client/],
  ])('%s', async (name, message) => {
    expect((await fixture(name)).reason).toMatch(message);
  });
});
