import { minorOf, judging, noRemedy, objectOf, objectRemedy } from '../../object-remedy.ts';
import type { RemedyFunction } from '../../remedy.ts';
import { grantsOf } from '../judge-grants.ts';
import { indicesOf, reconciliationNote, bootstrapOf, withoutSubjects } from '../rbac-binding-remedy.ts';

/** Removes `system:anonymous` and `system:unauthenticated` from the binding, and the binding where nobody is left. */
export const remedy: RemedyFunction = (finding, context) => {
  const binding = objectOf(context, finding.subject);
  if (binding === undefined) return noRemedy('the binding was not seen');
  const minor = minorOf(context);
  const world = grantsOf(judging(context)).grants.filter(
    ({ binding: own, subject: { kind, name } }) =>
      own === binding &&
      ((kind === 'User' && name === 'system:anonymous') || (kind === 'Group' && name === 'system:unauthenticated')),
  );
  const isJoin = binding.namespace === 'kube-public' && binding.name === 'kubeadm:bootstrap-signer-clusterinfo';
  return objectRemedy(withoutSubjects(binding, indicesOf(world), minor), {
    why: 'everybody who reaches the port has these rights without credentials',
    sideEffects: [
      'Health checks and old dashboards without credentials get 401 or 403.',
      ...(isJoin ? ['`kubeadm join` with a token cannot read cluster-info any more: give new nodes a discovery file.'] : []),
      ...(bootstrapOf(binding, minor) === undefined ? [] : [reconciliationNote]),
    ],
    alternatives: [
      'Where the check must stay without credentials: a ClusterRole with get on /livez, /readyz, /healthz and /version alone.',
    ],
  });
};
