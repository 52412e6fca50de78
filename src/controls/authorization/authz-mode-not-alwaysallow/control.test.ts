import { describe, expect, it } from 'vitest';
import { controlFolder, judge, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const fixture = (name: string) => judge(control, `${controlFolder(control)}fixtures/${name}`);

describe('what it says', () => {
  it.each([
    ['fail/default.yaml', /no authorizer is set and the default is AlwaysAllow/],
    [
      'fail/file-and-mode',
      /--authorization-config can not be specified when --authorization-mode or --authorization-webhook-\* flags are defined/,
    ],
    ['fail/unknown-mode.yaml', /authorization-mode "Rbac" is not a valid mode/],
    ['fail/repeated-mode.yaml', /has mode specified more than once/],
    ['fail/file-gate-off-1.29', /cannot be used without enabling StructuredAuthorizationConfiguration feature flag/],
    ['fail/file-not-mounted', /no volume mount of the static pod makes it visible/],
    ['fail/one-host-of-two', /API server on cp-2: AlwaysAllow in the chain AlwaysAllow.*hosts differ: --authorization-mode/],
  ])('%s', async (name, message) => {
    expect((await fixture(name)).reason).toMatch(message);
  });

  it('points to the list of authorizers in the file', async () => {
    const [finding] = (await fixture('fail/file-always-allow')).findings;
    expect(finding?.evidence[0]).toMatchObject({ line: 3, path: 'authorizers', seen: 'Node, RBAC, AlwaysAllow' });
  });
});
