import { describe, expect, it } from 'vitest';
import { controlFolder, judge, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const fixture = (name: string) => judge(control, `${controlFolder(control)}fixtures/${name}`);

describe('what it says', () => {
  it.each([
    ['fail/default.yaml', 'anonymous requests are on by default'],
    ['fail/always-allow.yaml', /--authorization-mode=AlwaysAllow makes the server reset it to false/],
    ['fail/separate-value.yaml', /"kube-apiserver" does not take any arguments, got \["false"\]/],
    ['fail/single-dash.yaml', /unknown shorthand flag: 'a' in -anonymous-auth=false/],
    ['fail/block-and-flag-1.33', /--anonynous-auth flag cannot be set when anonymous field is configured/],
    ['fail/block-and-flag-1.34', /--anonymous-auth flag cannot be set when anonymous field is configured/],
    ['fail/block-gate-off-1.31', /when AnonymousAuthConfigurableEnpoints feature gate is disabled/],
    ['fail/block-unknown-1.30', /unknown field "anonymous"/],
    ['fail/gate-gone-1.37', /unrecognized feature gate: AnonymousAuthConfigurableEndpoints/],
    ['fail/file-beside-oidc', /authentication-config file and oidc-\* flags are mutually exclusive/],
    ['fail/one-host-of-two', /^1 of 2 fail: API server on cp-2: .*hosts differ: --authentication-config/],
    ['unknown/k3s-default', /--anonymous-auth is not set in .*config.yaml, and what the distribution itself adds was not seen/],
    ['unknown/eks.yaml', /of EKS is the provider's/],
    ['unknown/file-not-collected.yaml', /the file of --authentication-config, \/etc\/kubernetes\/authn.yaml, was not seen/],
  ])('%s', async (name, message) => {
    expect((await fixture(name)).reason).toMatch(message);
  });

  it('points to the line of a path that is not allowed', async () => {
    const [finding] = (await fixture('fail/block-other-path')).findings;
    expect(finding?.evidence[0]).toMatchObject({ line: 7, path: 'anonymous.conditions[1].path', seen: '/livez/etcd' });
    expect(finding?.evidence[0]?.source).toMatch(/etc\/kubernetes\/authn\.yaml$/);
    expect(finding?.evidence[0]?.wanted).toBe('enabled: false, or only /livez, /readyz, /healthz');
  });

  it('does not fail because of a flag that it does not look at, but says so', async () => {
    const result = await fixture('pass/other-flag-stops-the-server.yaml');
    expect(result.reason).toMatch(/kube-apiserver.* does not start: unknown flag: --insecure-port/);
  });
});
