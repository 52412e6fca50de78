import { describe, expect, it } from 'vitest';
import { assess } from '../../../assess/assess.ts';
import { mergeParts } from '../../../collect/parts.ts';
import { controlFolder, fixtureTime, judge, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { readSettings } from '../../settings.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const fixture = (name: string) => judge(control, `${controlFolder(control)}fixtures/${name}`);

describe('what it says', () => {
  it.each([
    ['fail/used', /^User kubernetes-admin: made requests as a member of system:masters/],
    ['fail/impersonated', /^User alice: /],
    ['fail/admin-conf', /admin.conf.*in system:masters until 2046-01-01/],
    ['unknown/short-log', /less than 24h/],
    ['unknown/rule-none-names-the-group', /rules\[0\] of .*audit.yaml.* leaves system:masters out/],
    ['unknown/policy-not-collected', /the audit policy .* was not seen/],
    ['unknown/log-without-groups', /names the groups/],
    ['unknown/log-with-a-torn-line', /no events|torn|end/],
    ['pass/nobody-uses-it', /^all 2 pass/],
  ])('%s', async (name, message) => {
    expect((await fixture(name)).reason).toMatch(message);
  });

  it('fails the credential in use', () => {
    const cluster = mergeParts([], [{ self: { username: 'root', groups: ['system:masters'], source: 'SelfSubjectReview' } }]);
    const [result] = assess(cluster, { controls: [control], settings: readSettings(null, [control]), now: fixtureTime });
    expect(result?.verdict).toBe('fail');
    expect(result?.findings[0]?.message).toBe('the credential in use is in system:masters');
  });
});
