import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../cluster/json.ts';
import type { ClusterObject } from '../cluster/objects.ts';
import { kindKey, ObjectIndex } from '../cluster/objects.ts';
import { adminTest, isAdminRole } from './admins.ts';
import type { GrantOptions } from './grants.ts';
import { compileGrants, rbacKinds, rulesOfRole } from './grants.ts';
import { isBootstrapObject } from './rbac/bootstrap.ts';
import type { GrantSubject } from './subjects.ts';
import { formatSubject, isSystemSubject, namesSubject, parseSubject } from './subjects.ts';

const apiVersion = 'rbac.authorization.k8s.io/v1';

function object(
  kind: string,
  name: string,
  namespace: string | undefined,
  members: JsonObject,
  labels: JsonObject = {},
): ClusterObject {
  const manifest = {
    apiVersion,
    kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), labels },
    ...members,
  };
  return {
    kindKey: kindKey(apiVersion, kind),
    apiVersion,
    kind,
    name,
    namespace,
    manifest,
    document: { value: manifest, source: 'x.yaml' },
    base: [],
    seenIn: 'file',
  };
}

const rule = (resource: string, ...verbs: string[]) => ({ verbs, apiGroups: [''], resources: [resource] });
const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
const bind = (kind: string, namespace: string | undefined, refKind: string, refName: string, ...subjects: JsonObject[]) =>
  object(kind, `b-${refName}`, namespace, { subjects, roleRef: { kind: refKind, name: refName } });
const all: GrantOptions = { minor: 31, clusterRolesListed: true, rolesListed: true };
const some: GrantOptions = { minor: 31, clusterRolesListed: false, rolesListed: false };
const compile = (objects: ClusterObject[], options = all) => compileGrants(new ObjectIndex(objects), options);

describe('compileGrants', () => {
  test('a binding gives each of its subjects the rules of its role, with their places', () => {
    const role = object('ClusterRole', 'reader', undefined, { rules: [rule('pods', 'get'), rule('secrets', 'list')] });
    const { grants } = compile([
      role,
      bind('RoleBinding', 'web', 'ClusterRole', 'reader', { kind: 'ServiceAccount', name: 's' }, { kind: 'Group', name: 'ops' }),
    ]);
    expect(grants.map((grant) => formatSubject(grant.subject))).toEqual(['ServiceAccount web/s', 'Group ops']);
    expect(grants[0]?.scope).toEqual({ kind: 'namespace', namespace: 'web' });
    expect(grants[0]?.rules.map(({ index, from, fromName }) => [index, from, fromName])).toEqual([
      [0, role, 'reader'],
      [1, role, 'reader'],
    ]);
    expect(grants[0]?.roleState).toBe('seen');
  });

  test('the user form of a service account is that account', () => {
    const { grants } = compile([
      bind('ClusterRoleBinding', undefined, 'ClusterRole', 'x', { kind: 'User', name: 'system:serviceaccount:web:s' }),
    ]);
    expect(grants[0]?.subject).toEqual({ kind: 'ServiceAccount', namespace: 'web', name: 's' });
  });

  test('role states: bootstrap rules for the server’s own names, else missing where listed, unseen where not', () => {
    const user = { kind: 'User', name: 'u' };
    const objects = [
      bind('ClusterRoleBinding', undefined, 'ClusterRole', 'view', user),
      bind('ClusterRoleBinding', undefined, 'ClusterRole', 'own', user),
    ];
    const known = compile(objects, some).grants;
    expect(known.map((grant) => grant.roleState)).toEqual(['bootstrap', 'unseen']);
    expect(
      known[0]?.rules.some(
        ({ rule, fromName, from }) =>
          rule.resources.includes('pods') && fromName === 'system:aggregate-to-view' && from === undefined,
      ),
    ).toBe(true);
    const listed = compile(objects, all);
    expect(listed.grants.map((grant) => grant.roleState)).toEqual(['bootstrap', 'missing']);
    expect(listed.notes).toHaveLength(1);
  });

  test('a role that was seen feeds a bootstrap role that was not, over two steps', () => {
    const feeding = object(
      'ClusterRole',
      'crd',
      undefined,
      { rules: [rule('widgets', 'get')] },
      { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' },
    );
    const { grants } = compile(
      [feeding, bind('ClusterRoleBinding', undefined, 'ClusterRole', 'admin', { kind: 'User', name: 'u' })],
      some,
    );
    expect(grants[0]?.rules.find(({ rule }) => rule.resources.includes('widgets'))).toMatchObject({ index: 0, from: feeding });
  });

  test('what grants nothing is noted', () => {
    const { grants, notes } = compile([
      bind('ClusterRoleBinding', undefined, 'Role', 'r', { kind: 'User', name: 'u' }),
      bind(
        'ClusterRoleBinding',
        undefined,
        'ClusterRole',
        'x',
        { kind: 'ServiceAccount', name: 's' },
        { kind: 'Wrong', name: 'w' },
        7 as never,
      ),
      object('RoleBinding', 'odd', 'web', { subjects: 'nobody', roleRef: [] }),
    ]);
    expect(grants).toEqual([]);
    expect(notes.map((note) => note.message)).toEqual([
      'a ClusterRoleBinding cannot refer to Role r: the binding grants nothing',
      'ClusterRole x does not exist: the binding grants nothing until somebody creates it',
      'subjects[0] matches nobody',
      'subjects[1] matches nobody',
      'subjects[2] matches nobody',
      'roleRef names no role: the binding grants nothing',
    ]);
  });

  test('a role in a namespace is another one than its namesake elsewhere', () => {
    const role = object('Role', 'r', 'a', { rules: [everything] });
    const { grants } = compile([role, bind('RoleBinding', 'b', 'Role', 'r', { kind: 'User', name: 'u' })]);
    expect(grants[0]?.roleState).toBe('missing');
    expect(rulesOfRole(role, new ObjectIndex([role]), all)).toHaveLength(1);
  });

  test('never throws, whatever the members are', () => {
    const kinds = Object.values(rbacKinds).map((key) => key.split('.')[0] ?? '');
    const arbitrary = fc.record({
      kind: fc.constantFrom(...kinds),
      rules: fc.jsonValue(),
      subjects: fc.jsonValue(),
      roleRef: fc.jsonValue(),
      aggregationRule: fc.jsonValue(),
    });
    fc.assert(
      fc.property(fc.array(arbitrary, { maxLength: 5 }), (members) => {
        const objects = members.map(({ kind, ...rest }, index) =>
          object(kind, `o${index}`, kind.startsWith('Cluster') ? undefined : 'a', rest as JsonObject),
        );
        expect(() => compile(objects, some)).not.toThrow();
      }),
    );
  });
});

describe('subjects', () => {
  const settings = {
    systemSubjects: ['ServiceAccount argocd/server', 'Group ops-breakglass', 'Group system:nodes'],
  };

  test.each([
    ['User system:kube-scheduler', true],
    ['User system:anonymous', false],
    ['User system:node:n1', false],
    ['User alice', false],
    ['User system:serviceaccount:kube-system:x', true],
    ['User system:serviceaccount:web:x', false],
    ['Group system:masters', true],
    ['Group system:authenticated', false],
    ['Group system:unauthenticated', false],
    ['Group system:nodes', false],
    ['Group system:bootstrappers', false],
    ['Group system:bootstrappers:kubeadm:default-node-token', false],
    ['Group system:serviceaccounts', false],
    ['Group system:serviceaccounts:web', false],
    ['Group system:serviceaccounts:kube-system', true],
    ['Group ops-breakglass', true],
    ['ServiceAccount argocd/server', true],
    ['ServiceAccount argocd/other', false],
    ['ServiceAccount calico-system/x', false],
  ])('%s is a system subject: %s', (text, expected) => {
    expect(isSystemSubject(parseSubject(text) as GrantSubject, settings)).toBe(expected);
  });

  test('subjects are compared in their one form', () => {
    expect(namesSubject(['User system:serviceaccount:a:b'], { kind: 'ServiceAccount', namespace: 'a', name: 'b' })).toBe(true);
    expect(parseSubject('ServiceAccount a')).toBeUndefined();
    expect(parseSubject('Robot a')).toBeUndefined();
  });

  test('admins', () => {
    const own = object('ClusterRole', 'root', undefined, { rules: [everything] });
    const named = object('ClusterRole', 'named', undefined, { rules: [{ ...everything, resourceNames: ['a'] }] });
    const { grants } = compile([
      own,
      named,
      bind(
        'ClusterRoleBinding',
        undefined,
        'ClusterRole',
        'root',
        { kind: 'User', name: 'alice' },
        { kind: 'Group', name: 'ops' },
      ),
      bind('RoleBinding', 'web', 'ClusterRole', 'root', { kind: 'User', name: 'bob' }),
      bind('ClusterRoleBinding', undefined, 'ClusterRole', 'named', { kind: 'User', name: 'carol' }),
    ]);
    const isAdmin = adminTest(grants);
    const answers = [
      'User alice',
      'User bob',
      'User carol',
      'Group ops',
      'Group system:masters',
      'Group kubeadm:cluster-admins',
      'ServiceAccount kube-system/x',
      'ServiceAccount web/x',
    ];
    expect(answers.map((text) => isAdmin(parseSubject(text) as GrantSubject))).toEqual([
      true,
      false,
      false,
      false,
      true,
      true,
      true,
      false,
    ]);
    expect(isAdminRole({ kind: 'ClusterRole', name: 'cluster-admin' }, [])).toBe(true);
    expect(isAdminRole({ kind: 'Role', name: 'cluster-admin' }, [])).toBe(false);
  });

  test('bootstrap objects', () => {
    const label = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
    expect(isBootstrapObject(object('ClusterRole', 'edit', undefined, {}, label))).toBe(true);
    expect(isBootstrapObject(object('ClusterRole', 'edit', undefined, {}))).toBe(false);
    expect(isBootstrapObject(object('ClusterRole', 'mine', undefined, {}, label))).toBe(false);
  });
});
