import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Attributes } from '../attributes.ts';
import { authorizeByDefinition } from './definition.ts';
import { attributes, binding, objects, user } from './fixtures/arbitraries.ts';
import { readRbacObjects } from './objects.ts';
import { authorize, compileRbac, grantsFor, rulesFor } from './rbac.ts';
import { readRule, ruleAllows } from './rule.ts';

function request(verb: string, resource: string, more: Partial<Attributes & { kind: 'resource' }> = {}): Attributes {
  return { kind: 'resource', verb, apiGroup: '', resource, subresource: '', name: '', namespace: '', ...more };
}

describe('ruleAllows', () => {
  const rule = (resources: string[], more: object = {}) => readRule({ verbs: ['get'], apiGroups: [''], resources, ...more });

  test.each([
    [['*'], 'pods', 'log', true],
    [['pods'], 'pods', '', true],
    [['pods'], 'pods', 'log', false],
    [['pods/log'], 'pods', 'log', true],
    [['*/log'], 'pods', 'log', true],
    [['*/log'], 'pods', 'logs', false],
    [['*/log'], 'pods', '', false],
    [['*/'], 'pods', '', false],
    [['pods/*'], 'pods', 'log', false],
    [['pods/*'], 'pods', '', false],
    [['*/*'], 'pods', 'log', false],
    [['pod*'], 'pods', '', false],
  ])('resources %j on %s/%s: %s', (resources, resource, subresource, allowed) => {
    expect(ruleAllows(rule(resources), request('get', resource, { subresource }))).toBe(allowed);
  });

  test('names: none matches any, the empty one matches requests without a name', () => {
    expect(ruleAllows(rule(['pods'], { resourceNames: ['a'] }), request('get', 'pods', { name: 'a' }))).toBe(true);
    expect(ruleAllows(rule(['pods'], { resourceNames: ['a'] }), request('get', 'pods'))).toBe(false);
    expect(ruleAllows(rule(['pods'], { resourceNames: [''] }), request('get', 'pods'))).toBe(true);
    expect(ruleAllows(rule(['pods'], { resourceNames: ['*'] }), request('get', 'pods', { name: 'a' }))).toBe(false);
  });

  test.each([
    ['*', '/x', true],
    ['/healthz/*', '/healthz', false],
    ['/healthz/*', '/healthz/ping', true],
    ['/healthz*', '/healthz-evil', true],
    ['/healthz**', '/healthz', true],
    ['/a*b', '/axb', false],
    ['', '', true],
  ])('URL %s on %s: %s', (url, path, allowed) => {
    expect(ruleAllows(readRule({ verbs: ['get'], nonResourceURLs: [url] }), { kind: 'nonResource', verb: 'get', path })).toBe(
      allowed,
    );
  });

  test('malformed lists grant nothing', () => {
    expect(ruleAllows(readRule({ verbs: '*', apiGroups: ['*'], resources: ['*'] }), request('get', 'pods'))).toBe(false);
    expect(ruleAllows(readRule(null), request('get', 'pods'))).toBe(false);
  });
});

describe('bindings', () => {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const rules = [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }];
  const clusterRole = { apiVersion, kind: 'ClusterRole', metadata: { name: 'r' }, rules };
  const role = { apiVersion, kind: 'Role', metadata: { name: 'r', namespace: 'a' }, rules };
  const binding = (kind: string, namespace: string | undefined, refKind: string, subject: object) => ({
    apiVersion,
    kind,
    metadata: { name: 'b', ...(namespace === undefined ? {} : { namespace }) },
    subjects: [subject],
    roleRef: { kind: refKind, name: 'r' },
  });
  const ask = (items: object[], username: string, groups: string[], namespace: string) =>
    authorize(compileRbac(readRbacObjects(items as never[])), { username, groups }, request('get', 'pods', { namespace }));

  test('a RoleBinding gives a ClusterRole in its namespace alone', () => {
    const items = [clusterRole, binding('RoleBinding', 'a', 'ClusterRole', { kind: 'User', name: 'u' })];
    expect(ask(items, 'u', [], 'a').reason).toBe('RBAC: allowed by RoleBinding "b/a" of ClusterRole "r" to User "u"');
    expect(ask(items, 'u', [], 'b').kind).toBe('noOpinion');
    expect(ask(items, 'u', [], '').kind).toBe('noOpinion');
  });

  test('a service account subject takes the RoleBinding namespace, and in a ClusterRoleBinding matches nobody without one', () => {
    const account = { kind: 'ServiceAccount', name: 's' };
    const inRoleBinding = ask([role, binding('RoleBinding', 'a', 'Role', account)], 'system:serviceaccount:a:s', [], 'a');
    expect(inRoleBinding.reason).toBe('RBAC: allowed by RoleBinding "b/a" of Role "r" to ServiceAccount "s/a"');
    expect(
      ask([clusterRole, binding('ClusterRoleBinding', undefined, 'ClusterRole', account)], 'system:serviceaccount::s', [], 'a')
        .kind,
    ).toBe('noOpinion');
  });

  test('a User subject with the name of a service account is that account', () => {
    const items = [
      clusterRole,
      binding('ClusterRoleBinding', undefined, 'ClusterRole', { kind: 'User', name: 'system:serviceaccount:a:s' }),
    ];
    expect(ask(items, 'system:serviceaccount:a:s', [], '').kind).toBe('allow');
  });

  test('what leads nowhere is named and grants nothing', () => {
    const user = { kind: 'User', name: 'u' };
    expect(ask([role, binding('ClusterRoleBinding', undefined, 'Role', user)], 'u', [], 'a').reason).toBe(
      'RBAC: role.rbac.authorization.k8s.io "r" not found',
    );
    expect(ask([binding('RoleBinding', 'a', 'ClusterRole', user)], 'u', [], 'a').reason).toBe(
      'RBAC: clusterrole.rbac.authorization.k8s.io "r" not found',
    );
    expect(ask([binding('RoleBinding', 'a', 'Group', user)], 'u', [], 'a').reason).toBe(
      'RBAC: unsupported role reference kind: "Group"',
    );
  });
});

describe('the indexed form', () => {
  test('agrees with the definition', () => {
    fc.assert(
      fc.property(objects, user, attributes, (objects, user, attributes) => {
        const compiled = compileRbac(objects);
        const decision = authorize(compiled, user, attributes);
        expect(decision).toEqual(authorizeByDefinition(objects, user, attributes));
        const grants = grantsFor(compiled, user, attributes);
        expect(grants.length > 0).toBe(decision.kind === 'allow');
        if (decision.kind === 'allow') expect(grants[0]).toEqual({ reason: decision.reason, source: decision.source });
        const namespace = attributes.kind === 'resource' ? attributes.namespace : '';
        expect(rulesFor(compiled, user, namespace).rules.some((rule) => ruleAllows(rule, attributes))).toBe(
          decision.kind === 'allow',
        );
      }),
      { numRuns: 2000 },
    );
  });

  test('an added binding takes no right away', () => {
    fc.assert(
      fc.property(objects, binding, user, attributes, (objects, binding, user, attributes) => {
        fc.pre(authorize(compileRbac(objects), user, attributes).kind === 'allow');
        for (const bindings of [
          [...objects.bindings, binding],
          [binding, ...objects.bindings],
        ])
          expect(authorize(compileRbac({ ...objects, bindings }), user, attributes).kind).toBe('allow');
      }),
      { numRuns: 500 },
    );
  });

  test('the order of bindings, groups and rules decides nothing', () => {
    fc.assert(
      fc.property(objects, user, attributes, (objects, user, attributes) => {
        // Of two roles of one name the first counts, so that their order stays.
        const turned = {
          roles: objects.roles.map((role) => ({ ...role, rules: role.rules.toReversed() })),
          bindings: objects.bindings.toReversed(),
        };
        const other = { ...user, groups: user.groups.toReversed() };
        expect(authorize(compileRbac(turned), other, attributes).kind).toBe(
          authorize(compileRbac(objects), user, attributes).kind,
        );
      }),
      { numRuns: 1000 },
    );
  });
});
