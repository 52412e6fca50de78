import { describe, expect, it } from 'vitest';
import { loadAuthorizationConfiguration } from './configuration.ts';

function load(authorizers: string, minor = 37, version = 'v1beta1') {
  const text = `apiVersion: apiserver.config.k8s.io/${version}\nkind: AuthorizationConfiguration\nauthorizers:\n${authorizers}`;
  return loadAuthorizationConfiguration(text, { path: 'authz.yaml', minor });
}

function messageOf(authorizers: string, minor = 37): string {
  const loaded = load(authorizers, minor);
  return loaded.kind === 'refused' ? loaded.message : 'accepted';
}

const hook = (fields: string): string =>
  `- type: Webhook\n  name: hook\n  webhook:\n    timeout: 3s\n    subjectAccessReviewVersion: v1\n    failurePolicy: Deny\n${fields}`;

describe('loadAuthorizationConfiguration', () => {
  it.each([
    ['  []', 'authorizers: Required value: at least one authorization mode must be defined'],
    [
      '- {type: Foo, name: foo}',
      'authorizers[0].type: Unsupported value: "Foo": supported values: "ABAC", "AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook"',
    ],
    ['- {name: foo}', 'authorizers[0].type: Required value'],
    ['- {type: RBAC, name: rbac}\n- {type: RBAC, name: rbac2}', 'authorizers[1].type: Duplicate value: "RBAC"'],
    ['- {type: RBAC, name: other}', 'expected name rbac for authorizer RBAC instead of other'],
    [
      '- {type: RBAC, name: rbac, webhook: {timeout: 1s}}',
      'authorizers[0].webhook: Invalid value: "non-null": may only be specified when type=Webhook',
    ],
    ['- {type: Webhook, name: w}', 'authorizers[0].webhook: Required value: required when type=Webhook'],
    [hook('    connectionInfo: {type: KubeConfigFile}\n'), 'authorizers[0].connectionInfo.kubeConfigFile: Required value'],
    [
      hook('    connectionInfo: {type: X}\n'),
      'authorizers[0].connectionInfo.type: Unsupported value: {"Type":"X","KubeConfigFile":null}: supported values: "InClusterConfig", "KubeConfigFile"',
    ],
    [hook('    connectionInfo: {type: InClusterConfig}\n'), 'accepted'],
  ])('says of %j what the server says', (authorizers, message) => {
    expect(messageOf(authorizers)).toBe(message);
  });

  it('knows the versions of each minor', () => {
    const kinds = (version: string): string[] =>
      [28, 29, 30, 31, 32, 37].map((minor) => load('- {type: RBAC, name: rbac}', minor, version).kind);
    expect(kinds('v1alpha1')).toEqual(['refused', 'accepted', 'accepted', 'accepted', 'accepted', 'accepted']);
    expect(kinds('v1beta1')).toEqual(['refused', 'refused', 'accepted', 'accepted', 'accepted', 'accepted']);
    expect(kinds('v1')).toEqual(['refused', 'refused', 'refused', 'refused', 'accepted', 'accepted']);
  });

  it('fills in the defaults of a webhook and says what it did not check', () => {
    const loaded = load(hook('    connectionInfo: {type: KubeConfigFile, kubeConfigFile: /etc/hook}\n'));
    expect(loaded).toMatchObject({
      kind: 'accepted',
      configuration: { authorizers: [{ webhook: { authorizedTTL: 300_000_000_000n, unauthorizedTTL: 30_000_000_000n } }] },
    });
    expect(loaded.kind === 'accepted' && loaded.warnings).toHaveLength(1);
  });

  it('places a fault of a webhook inside it', () => {
    expect(load(hook('    connectionInfo: {type: X}\n'))).toMatchObject({ kind: 'refused', line: 10 });
  });
});
