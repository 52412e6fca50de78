import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { User } from '../../authentication/user.ts';
import { serviceAccountUsername } from '../../authentication/user.ts';
import type { JsonObject } from '../../cluster/json.ts';
import type { CompiledAuthorization } from '../chain.ts';
import { compileAuthorization } from '../chain.ts';
import { nodeAuthorizer } from '../node/node-authorizer.ts';
import { attributes, binding, objects, user } from '../rbac/fixtures/arbitraries.ts';
import type { RbacObjects } from '../rbac/objects.ts';
import { readRbacObjects } from '../rbac/objects.ts';
import { authorize } from '../rbac/rbac.ts';
import { ruleAllows } from '../rbac/rule.ts';
import type { GrantSubject } from '../subjects.ts';
import { readRequest } from './asked.ts';
import { diffRights } from './diff.ts';
import { describeRule, rightsOf } from './rights.ts';
import { whoCan } from './who-can.ts';

function world(rbac: RbacObjects, types: readonly string[] = ['RBAC']): CompiledAuthorization {
  const authorizers = types.map((type) => ({ type, name: type }));
  return compileAuthorization({ authorizers, assumptions: [], rbac, node: nodeAuthorizer(undefined, 34), minor: 34 });
}

function speaksOf(subject: GrantSubject, { username, groups }: User): boolean {
  if (subject.kind === 'Group') return groups.includes(subject.name);
  return username === (subject.kind === 'ServiceAccount' ? serviceAccountUsername(subject) : subject.name);
}

describe('who can', () => {
  it('lists exactly those whom the authorizer allows', () => {
    fc.assert(
      fc.property(objects, user, attributes, (objects, user, attributes) => {
        const authorization = world(objects);
        const listed = whoCan(authorization, attributes).holders.some(({ subject }) => speaksOf(subject, user));
        expect(listed).toBe(authorize(authorization.rbac, user, attributes).kind === 'allow');
      }),
      { numRuns: 2000 },
    );
  });

  it('names each binding with the role and the rule that allow', () => {
    fc.assert(
      fc.property(objects, attributes, (objects, attributes) => {
        for (const { paths } of whoCan(world(objects), attributes, 'all').holders)
          for (const { rule, role, ruleIndex, binding } of paths) {
            expect(role.rules[ruleIndex]).toBe(rule);
            expect(ruleAllows(rule, attributes)).toBe(true);
            expect(binding.roleRef).toMatchObject({ kind: role.kind, name: role.name });
          }
      }),
    );
  });

  it('says who is allowed besides, and what is not known', () => {
    const request = { kind: 'nonResource', verb: 'get', path: '/x' } as const;
    const texts = whoCan(world({ roles: [], bindings: [] }, ['Node', 'Webhook', 'AlwaysAllow']), request).besides.join('\n');
    for (const text of ['system:masters', 'nodes:', 'not known: whom the webhook Webhook', 'everybody'])
      expect(texts).toContain(text);
  });
});

describe('rights', () => {
  it('are all the rules by which the authorizer allows', () => {
    fc.assert(
      fc.property(objects, user, attributes, (objects, user, attributes) => {
        const authorization = world(objects);
        const namespace = attributes.kind === 'resource' ? attributes.namespace : '';
        const held = rightsOf(authorization, user)
          .filter((scope) => scope.namespace === '' || scope.namespace === namespace)
          .flatMap(({ rights }) => rights)
          .some(({ rule }) => ruleAllows(rule, attributes));
        expect(held).toBe(authorize(authorization.rbac, user, attributes).kind === 'allow');
      }),
      { numRuns: 1000 },
    );
  });

  it('read as people write them', () => {
    const rule = {
      verbs: ['get'],
      apiGroups: ['apps'],
      resources: ['deployments/scale', '*'],
      resourceNames: [],
      nonResourceURLs: [],
    };
    expect(describeRule(rule)).toBe('get on deployments.apps/scale, *.apps');
    expect(describeRule({ ...rule, apiGroups: ['', 'apps'], resources: ['pods'], resourceNames: [''] })).toBe(
      'get on pods of "", apps named ""',
    );
    expect(describeRule({ ...rule, apiGroups: [], resources: [], nonResourceURLs: ['/x', '/y'] })).toBe('get on /x, /y');
  });
});

describe('the difference of rights', () => {
  it('is none between a cluster and itself, in any order, and only gain where a binding is added', () => {
    fc.assert(
      fc.property(objects, binding, (objects, binding) => {
        const before = world(objects);
        expect(diffRights(before, world({ ...objects, bindings: objects.bindings.toReversed() }))).toEqual([]);
        const after = world({ ...objects, bindings: [...objects.bindings, binding] });
        const changes = diffRights(before, after);
        expect(changes.every(({ change }) => change === 'gained')).toBe(true);
        expect(diffRights(after, before).map((one) => ({ ...one, change: 'gained' }))).toEqual(changes);
      }),
      { numRuns: 500 },
    );
  });

  it('does not take a right for lost that is given another way', () => {
    const group = 'rbac.authorization.k8s.io';
    const role = (kind: string, rules: JsonObject[]): JsonObject => ({
      apiVersion: `${group}/v1`,
      kind,
      metadata: { name: 'r', namespace: 'a' },
      rules,
    });
    const bound = (kind: string, of: string): JsonObject => ({
      apiVersion: `${group}/v1`,
      kind,
      metadata: { name: 'b', namespace: 'a' },
      roleRef: { kind: of, name: 'r' },
      subjects: [{ kind: 'User', name: 'u' }],
    });
    const pods = { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] };
    const narrow = world(readRbacObjects([role('Role', [pods]), bound('RoleBinding', 'Role')]));
    const wide = world(
      readRbacObjects([role('ClusterRole', [{ ...pods, verbs: ['*'] }]), bound('ClusterRoleBinding', 'ClusterRole')]),
    );
    expect(diffRights(narrow, wide)).toEqual([
      {
        subject: { kind: 'User', name: 'u' },
        namespace: '',
        change: 'gained',
        rights: [expect.objectContaining({ verbs: ['*'] })],
      },
    ]);
    expect(diffRights(wide, narrow).map(({ change, namespace }) => [change, namespace])).toEqual([['lost', '']]);
  });
});

describe('a request as a person writes it', () => {
  const none: RbacObjects = { roles: [], bindings: [] };
  const read = (target: string, slash: 'name' | 'subresource' = 'subresource', more = {}): unknown => {
    const result = readRequest({ verb: 'get', target, name: '', namespace: 'n', ...more }, slash, none);
    return result.kind === 'read' ? result.attributes : result.message;
  };
  const resource = { kind: 'resource', verb: 'get', apiGroup: '', resource: 'pods', subresource: '', name: '', namespace: 'n' };

  it('finds the group as kubectl does', () => {
    expect(read('pods')).toEqual(resource);
    expect(read('pods/log')).toEqual({ ...resource, subresource: 'log' });
    expect(read('secrets/db', 'name')).toEqual({ ...resource, resource: 'secrets', name: 'db' });
    expect(read('deployments')).toEqual({ ...resource, apiGroup: 'apps', resource: 'deployments' });
    expect(read('pods.metrics.k8s.io')).toEqual({ ...resource, apiGroup: 'metrics.k8s.io' });
    expect(read('nodes')).toEqual({ ...resource, resource: 'nodes', namespace: '' });
    expect(read('widgets.')).toEqual({ ...resource, resource: 'widgets' });
    expect(read('*')).toEqual({ ...resource, apiGroup: '*', resource: '*' });
  });

  it('says what it does not understand', () => {
    expect(read('widgets')).toContain('no API group is known for `widgets`');
    expect(read('/metrics')).toContain('is a path');
    expect(read('secrets/a', 'name', { name: 'b' })).toContain('two names');
    expect(read('/metrics', 'name', { namespace: '' })).toEqual({ kind: 'nonResource', verb: 'get', path: '/metrics' });
  });

  it('takes the one group that roles name', () => {
    const roles = readRbacObjects([
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: 'r' },
        rules: [{ apiGroups: ['example.com'], resources: ['widgets/status'], verbs: ['get'] }],
      },
    ]);
    expect(readRequest({ verb: 'get', target: 'widgets', name: '', namespace: '' }, 'name', roles)).toMatchObject({
      attributes: { apiGroup: 'example.com' },
    });
  });
});
