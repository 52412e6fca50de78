import { expect, test } from 'vitest';
import { compileAuthorization, decide } from './chain.ts';
import { nodeAuthorizer } from './node/node-authorizer.ts';
import { readRbacObjects } from './rbac/objects.ts';

const binding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'b' },
  roleRef: { kind: 'ClusterRole', name: 'gone' },
  subjects: [{ kind: 'User', name: 'system:node:a' }],
};
const missing = 'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found';

test.each([
  [36, 'Node', 'RBAC', `cannot get subresource\n${missing}`],
  [37, 'Node', 'RBAC', `node: cannot get subresource\nrbac: ${missing}`],
  [37, 'nodes-first', 'then-rbac', `nodes-first: cannot get subresource\nthen-rbac: ${missing}`],
])('in 1.%s with %s and %s', (minor, node, rbac, reason) => {
  const compiled = compileAuthorization({
    authorizers: [
      { type: 'Node', name: node },
      { type: 'RBAC', name: rbac },
    ],
    assumptions: [],
    rbac: readRbacObjects([binding]),
    node: nodeAuthorizer(undefined, minor),
    minor,
  });
  const user = { username: 'system:node:a', groups: ['system:nodes'] };
  const about = { apiGroup: '', resource: 'persistentvolumes', subresource: 'status', name: 'x', namespace: '' };
  expect(decide(compiled, user, { kind: 'resource', verb: 'get', ...about })).toEqual({ kind: 'noOpinion', reason });
});
