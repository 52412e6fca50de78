import { isAdminRole } from '../../../authorization/admins.ts';
import type { Grant } from '../../../authorization/grants.ts';
import type { GrantSubject } from '../../../authorization/subjects.ts';
import { formatSubject } from '../../../authorization/subjects.ts';
import { serviceAccountOf } from '../../../authentication/user.ts';
import type { Change } from '../../../cluster/change.ts';
import type { Cluster } from '../../../cluster/cluster.ts';
import { formatSubject as formatFindingSubject } from '../../../results/finding.ts';
import { failingSubjects, judging, minorOf, noRemedy, objectRemedy } from '../../object-remedy.ts';
import type { RemedyContext, RemedyFunction } from '../../remedy.ts';
import { grantsOf } from '../judge-grants.ts';
import { bootstrapOf, byBinding, indicesOf, reconciliationNote, withoutSubjects } from '../rbac-binding-remedy.ts';

const id = 'authz-cluster-admin-bindings';

/** Does the credential in use match this subject? */
function isCaller(self: NonNullable<Cluster['self']>, subject: GrantSubject): boolean {
  if (subject.kind === 'Group') return self.groups.includes(subject.name);
  if (subject.kind !== 'ServiceAccount') return self.username === subject.name;
  const account = serviceAccountOf(self.username);
  return account !== undefined && account.namespace === subject.namespace && account.name === subject.name;
}

/**
 * Why a subject must keep its way to admin: the caller comes in by it, and by no other that stays. Every failing subject counts as
 * gone, so that two remedies of one plan do not each rely on what the other removes.
 */
function whyKept(
  context: RemedyContext,
  own: readonly Grant[],
  admins: readonly Grant[],
  failing: ReadonlySet<string>,
): string | undefined {
  const { self } = context.cluster;
  if (self === undefined || self.groups.includes('system:masters') || !own.some(({ subject }) => isCaller(self, subject)))
    return undefined;
  const stays = admins.some(
    ({ subject, scope }) => scope.kind === 'cluster' && isCaller(self, subject) && !failing.has(formatSubject(subject)),
  );
  if (stays) return undefined;
  return `it is the way by which ${self.username}, whose credential is in use, is an administrator: bind that user by name first (kubectl create clusterrolebinding ADMIN --clusterrole=cluster-admin --user=NAME), then plan anew`;
}

/** Removes a subject from every binding to a role of administrators; the caller's own way is never removed. */
export const remedy: RemedyFunction = (finding, context) => {
  const holder = formatFindingSubject(finding.subject);
  if (finding.subject.kind === 'users')
    return noRemedy('only the owner of the cluster knows which of these people stay: remove the others from their bindings');
  const admins = grantsOf(judging(context)).grants.filter(
    ({ roleState, role, rules }) => roleState !== 'missing' && roleState !== 'unseen' && isAdminRole(role, rules),
  );
  const own = admins.filter(({ subject }) => formatSubject(subject) === holder);
  if (own.length === 0) return noRemedy('the binding was not found');
  if (holder === 'Group system:masters') return noRemedy('the API server gives this group every right whatever is bound to it');
  const failing = failingSubjects(context, id, finding);
  const kept = whyKept(context, own, admins, failing);
  if (kept !== undefined) return noRemedy(kept);
  const minor = minorOf(context);
  const bindings = byBinding(own);
  const changes = [...bindings].flatMap(([binding, grants]): readonly Change[] => {
    // The binding goes as a whole where all its subjects are to go: then each of their remedies says the same.
    const all = byBinding(admins).get(binding) ?? grants;
    const goes = all.every(
      (grant) => failing.has(formatSubject(grant.subject)) && whyKept(context, [grant], admins, failing) === undefined,
    );
    return withoutSubjects(binding, indicesOf(goes ? all : grants), minor);
  });
  return objectRemedy(changes, {
    by: 'owner',
    why: `${holder} has every right; take from it what it does not need`,
    sideEffects: [
      'An operator that was installed with cluster-admin stops until it has a role of its own: bind one cut to what the audit log shows before.',
      ...(context.cluster.self === undefined
        ? ['Who applies the plan was not seen: make sure with `kubectl auth whoami` that this is not your own way in.']
        : []),
      ...([...bindings.keys()].some((binding) => bootstrapOf(binding, minor) !== undefined) ? [reconciliationNote] : []),
    ],
    alternatives: ['Bind it to `edit` or `view` in the namespaces where it works.'],
  });
};
