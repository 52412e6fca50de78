import { canarySecret } from '../canary-secret.ts';
import type { Probe } from '../probe.ts';
import { contradicted, notPossible, proved } from '../probe.ts';
import { isAllowed, reviewPath } from '../review.ts';
import type { World } from '../world.ts';

/**
 * A node may not read a Secret that no pod of it mounts, in the words of the Node authorizer; a right that a canary RoleBinding gives is
 * given by RBAC.
 */
export const probe: Probe = {
  control: 'authz-node-rbac-enabled',
  needs: ['api'],
  run: async (world) => {
    const secret = await canarySecret(world, 'node');
    const node = { user: `system:node:${world.canary.name('node')}`, groups: ['system:nodes', 'system:authenticated'] };
    const right = { verb: 'get', group: '', resource: 'secrets', namespace: secret.namespace, name: secret.name };
    const { allowed, reason } = await isAllowed(world, node, right);
    const seen = `a node, get a Secret that none of its pods mounts: ${allowed ? 'allowed' : 'not allowed'} ${reason}`.trim();
    const evidence = { source: reviewPath, seen, wanted: 'not allowed: no relationship found' };
    if (allowed) return contradicted([{ message: 'a node reads Secrets that none of its pods mounts', evidence: [evidence] }]);
    if (!reason.includes('no relationship found'))
      return contradicted([{ message: 'the Node authorizer was not asked', evidence: [evidence] }]);
    const byRbac = await rbacGives(world, secret.namespace);
    const item = { source: reviewPath, seen: `a right by RoleBinding: ${byRbac}`, wanted: 'RBAC: allowed by RoleBinding' };
    if (byRbac === 'not allowed')
      return contradicted([{ message: 'RBAC does not give what a RoleBinding says', evidence: [item] }]);
    if (!byRbac.startsWith('RBAC:')) return notPossible(`another authorizer answered before RBAC: ${byRbac}`);
    return proved('the Node authorizer keeps a canary Secret from a node, and RBAC gives what a RoleBinding says', [
      evidence,
      item,
    ]);
  },
};

async function rbacGives(world: World, namespace: string): Promise<string> {
  const name = world.canary.name('reader');
  const group = 'rbac.authorization.k8s.io';
  await world.canary.create(group, 'v1', 'roles', {
    apiVersion: `${group}/v1`,
    kind: 'Role',
    metadata: { name },
    rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }],
  });
  await world.canary.create(group, 'v1', 'rolebindings', {
    apiVersion: `${group}/v1`,
    kind: 'RoleBinding',
    metadata: { name },
    roleRef: { apiGroup: group, kind: 'Role', name },
    subjects: [{ apiGroup: group, kind: 'User', name }],
  });
  const right = { verb: 'get', group: '', resource: 'configmaps', namespace };
  for (let attempt = 0; ; attempt++) {
    const { allowed, reason } = await isAllowed(world, { user: name, groups: ['system:authenticated'] }, right);
    // The authorizer reads bindings from a cache that follows within moments.
    if (allowed || attempt === 20) return allowed ? reason : 'not allowed';
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
