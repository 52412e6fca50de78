import { isAdminRole } from '../../../authorization/admins.ts';
import type { GrantSubject } from '../../../authorization/subjects.ts';
import { formatSubject, namesSubject } from '../../../authorization/subjects.ts';
import type { Context, Draft, Parameters } from '../../control.ts';
import { defineControl } from '../../control.ts';
import type { GrantPath } from '../judge-grants.ts';
import { describePaths, grantsOf, pathEvidence, subjectOf, systemTest } from '../judge-grants.ts';

type Asked = Parameters & {
  readonly maxUsers: number;
  readonly groups: readonly string[];
  readonly serviceAccounts: readonly string[];
};

const wanted = 'a role cut to what the audit log shows';

interface Holder {
  readonly subject: GrantSubject;
  readonly paths: GrantPath[];
  unseen: boolean;
}

function holdersOf(context: Context<Asked>): readonly Holder[] {
  const holders = new Map<string, Holder>();
  for (const grant of grantsOf(context).grants) {
    const unseen = grant.roleState === 'unseen';
    if (grant.roleState === 'missing' || (!unseen && !isAdminRole(grant.role, grant.rules))) continue;
    const key = formatSubject(grant.subject);
    const holder = holders.get(key) ?? { subject: grant.subject, paths: [], unseen: true };
    holder.paths.push({ grant, rule: undefined });
    if (!unseen) holder.unseen = false;
    holders.set(key, holder);
  }
  return [...holders.keys()].sort().flatMap((key) => holders.get(key) ?? []);
}

function allows(context: Context<Asked>, subject: GrantSubject): boolean {
  const { groups, serviceAccounts } = context.parameters;
  if (subject.kind === 'Group') return groups.includes(subject.name);
  if (subject.kind === 'User') return subject.name !== 'system:anonymous';
  if (subject.kind !== 'ServiceAccount') return false;
  const name = `${subject.namespace}/${subject.name}`;
  return subject.namespace === 'kube-system' || serviceAccounts.includes(name) || namesSubject(serviceAccounts, subject);
}

function* judge(context: Context<Asked>): Iterable<Draft> {
  const isSystem = systemTest(context);
  const holders = holdersOf(context);
  const people = holders.filter(
    ({ subject, unseen }) => subject.kind === 'User' && !unseen && subject.name !== 'system:anonymous' && !isSystem(subject),
  );
  const tooMany = people.length > context.parameters.maxUsers;
  for (const holder of holders) {
    const { subject, paths } = holder;
    if (tooMany && people.includes(holder)) continue;
    const evidence = paths.flatMap((path) => pathEvidence(path, wanted));
    const by = describePaths(paths);
    if (holder.unseen) {
      if (!allows(context, subject))
        yield { verdict: 'unknown', subject: subjectOf(subject), message: `the role of ${by} was not seen`, evidence };
    } else if (allows(context, subject))
      yield { verdict: 'pass', subject: subjectOf(subject), message: `may be an administrator, by ${by}`, evidence };
    else yield { verdict: 'fail', subject: subjectOf(subject), message: `has every right by ${by}`, evidence };
  }
  if (tooMany) {
    const names = people.map(({ subject }) => subject.name).join(', ');
    const evidence = people.flatMap(({ paths }) =>
      paths.flatMap((path) => pathEvidence(path, `at most ${context.parameters.maxUsers} users`)),
    );
    yield {
      verdict: 'fail',
      subject: { kind: 'users', name: 'bound by name' },
      message: `${people.length} users have every right, at most ${context.parameters.maxUsers} are wanted: ${names}`,
      evidence,
    };
  }
}

export const control = defineControl({
  id: 'authz-cluster-admin-bindings',
  needs: [
    {
      kind: 'listed',
      kinds: [
        'ClusterRole.rbac.authorization.k8s.io',
        'Role.rbac.authorization.k8s.io',
        'ClusterRoleBinding.rbac.authorization.k8s.io',
        'RoleBinding.rbac.authorization.k8s.io',
      ],
    },
  ],
  absence: 'pass',
  parameters: { maxUsers: 5, groups: ['system:masters', 'kubeadm:cluster-admins'], serviceAccounts: [] },
  revisions: [{ since: '1.28', evaluate: (context) => judge(context) }],
  remedy: {
    kind: 'owner',
    text: 'Bind a role cut to what the audit log shows, then remove the subject (the binding too, when it is empty). Where there are too many users, only their owner knows who stays.',
  },
  tradeOffs: ['Operators that were installed with cluster-admin stop until they have a role of their own.'],
});
