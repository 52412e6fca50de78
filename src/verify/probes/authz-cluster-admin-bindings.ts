import { readSubjects } from '../../authorization/rbac/subject.ts';
import { rbacKinds } from '../../authorization/grants.ts';
import type { Subject } from '../../results/finding.ts';
import { formerHolders, probeDenied } from '../denied-rights.ts';
import type { Probe } from '../probe.ts';
import type { World } from '../world.ts';

const right = { verb: '*', group: '*', resource: '*' };

/** Former holders of every right, in the cluster or in a namespace, and a fresh service account, do not have it. */
export const probe: Probe = {
  control: 'authz-cluster-admin-bindings',
  needs: ['api'],
  run: (world, result) =>
    probeDenied(
      world,
      [right],
      formerHolders(world, result).map((subject) => ({
        subject,
        rights: [right, ...namespacesOf(world, subject).map((namespace) => ({ ...right, namespace }))],
      })),
    ),
};

/** Where RoleBindings name a subject, today or before the cluster was hardened. */
function namespacesOf(world: World, subject: Subject): readonly string[] {
  const clusters = world.before === undefined ? [world.cluster] : [world.cluster, world.before.cluster];
  const namespaces = clusters.flatMap(({ objects }) =>
    objects
      .ofKind(rbacKinds.roleBinding)
      .flatMap(({ namespace = 'default', manifest }) =>
        readSubjects(manifest['subjects']).some(({ kind, name }) => kind === subject.kind && name === subject.name)
          ? [namespace]
          : [],
      ),
  );
  return [...new Set(namespaces)].sort();
}
