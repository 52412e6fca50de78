import type { Kubeconfig } from '../../../cluster/cluster.ts';
import { globMatches } from '../../../cluster/glob.ts';
import { componentsOf } from '../../../cluster/components.ts';
import type { Context, Draft, Parameters } from '../../control.ts';
import { defineControl } from '../../control.ts';
import { durationMs } from '../../settings.ts';
import { auditPolicyHides } from '../masters-in-audit.ts';

const group = 'system:masters';

type Asked = Parameters & {
  readonly window: string;
  readonly allowedUsers: readonly string[];
  readonly allowedFiles: readonly string[];
};

function* judgeKubeconfigs(context: Context<Asked>): Iterable<Draft> {
  for (const file of context.cluster.kubeconfigs) {
    const subject = { kind: 'kubeconfig', name: file.source, ...(file.host === undefined ? {} : { host: file.host }) };
    const user = file.users.find((entry) => isMaster(entry, context.now));
    if (
      user === undefined ||
      context.parameters.allowedFiles.some((glob) => globMatches(glob, file.source) || file.source.endsWith(glob))
    )
      continue;
    const evidence = [
      {
        ...user.place,
        seen: `certificate of ${user.commonName ?? user.name} with O=${(user.organizations ?? []).join(', O=')}`,
        wanted: `an identity outside ${group}`,
      },
    ];
    yield {
      verdict: 'fail',
      subject,
      message: `its client certificate is in ${group} until ${user.notAfter ?? 'a time that was not read'}: no RBAC rule can limit it, and it cannot be revoked`,
      evidence,
    };
  }
}

function isMaster(user: Kubeconfig['users'][number], now: string): boolean {
  const expired = user.notAfter !== undefined && Date.parse(user.notAfter) < Date.parse(now);
  return (user.organizations ?? []).includes(group) && !expired;
}

function* judgeSelf(context: Context<Asked>): Iterable<Draft> {
  const self = context.cluster.self;
  if (self === undefined || !self.groups.includes(group)) return;
  const evidence = [
    { source: self.source, seen: `${self.username} in ${self.groups.join(', ')}`, wanted: `a credential outside ${group}` },
  ];
  yield {
    verdict: 'fail',
    subject: { kind: 'credential in use', name: self.username },
    message: `the credential in use is in ${group}`,
    evidence,
  };
}

function* judgeLog(context: Context<Asked>): Iterable<Draft> {
  const digest = context.cluster.auditDigest;
  if (digest === undefined) {
    const message = 'no audit log was given: files alone cannot show that nobody uses the group';
    yield { verdict: 'unknown', subject: { kind: 'audit log', name: '' }, message, evidence: [] };
    return;
  }
  const since = Date.parse(digest.last) - durationMs(context.parameters.window);
  const users = digest.masters.filter(
    (entry) => !context.parameters.allowedUsers.includes(entry.user) && Date.parse(entry.last) >= since,
  );
  for (const entry of users) {
    const evidence = [
      {
        ...entry.place,
        seen: `${entry.count} event${entry.count === 1 ? '' : 's'}, last ${entry.last}`,
        wanted: `no request in ${group}`,
      },
    ];
    yield {
      verdict: 'fail',
      subject: { kind: 'User', name: entry.user },
      message: `made requests as a member of ${group}`,
      evidence,
    };
  }
  if (users.length > 0) return;
  const subject = { kind: 'audit log', name: digest.sources.join(', ') };
  const covered = Date.parse(digest.last) - Date.parse(digest.first);
  const evidence = [
    {
      source: digest.sources[0] ?? 'audit log',
      seen: `${digest.events} events from ${digest.first} to ${digest.last}`,
      wanted: `at least ${context.parameters.window}`,
    },
  ];
  const hidden = auditPolicyHides(componentsOf(context.cluster, 'kube-apiserver'), context.cluster);
  if (covered < durationMs(context.parameters.window))
    yield { verdict: 'unknown', subject, message: `the audit log covers less than ${context.parameters.window}`, evidence };
  else if (hidden !== undefined) yield { verdict: 'unknown', subject, message: hidden, evidence };
  else
    yield {
      verdict: 'pass',
      subject,
      message: `nobody but ${context.parameters.allowedUsers.join(', ') || 'no one'} made a request as a member of ${group}`,
      evidence,
    };
}

export const control = defineControl({
  id: 'authn-no-system-masters',
  needs: [{ kind: 'audit-log' }],
  absence: 'not-applicable',
  parameters: { window: '24h', allowedUsers: ['system:apiserver'], allowedFiles: [] },
  revisions: [
    {
      since: '1.28',
      evaluate: function* (context) {
        yield* judgeKubeconfigs(context);
        yield* judgeSelf(context);
        yield* judgeLog(context);
      },
    },
  ],
  remedy: {
    kind: 'owner',
    text: 'Give administrators identities of their own, bound to cluster-admin or less, and move `super-admin.conf` off the host. Revoking a certificate that leaked needs a new CA.',
  },
  tradeOffs: [
    'The only way in when RBAC is broken must stay reachable somewhere safe.',
    'Automation that uses admin.conf needs its own role first.',
  ],
});
