import type { AuditDigest, Kubeconfig } from '../../../cluster/cluster.ts';
import { globMatches } from '../../../cluster/glob.ts';
import { componentsOf } from '../../../cluster/components.ts';
import type { Evidence } from '../../../results/finding.ts';
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
    if (user === undefined) {
      const certificate = file.users.find((entry) => entry.organizations !== undefined);
      // Who a token or an exec plug-in is does not stand in the file.
      if (certificate !== undefined)
        yield { verdict: 'pass', subject, message: passReason(certificate), evidence: [certificateEvidence(certificate)] };
      continue;
    }
    const evidence = [certificateEvidence(user)];
    if (isAllowed(file.source, context.parameters.allowedFiles))
      yield { verdict: 'pass', subject, message: `in ${group}, allowed by the settings`, evidence };
    else {
      const until = user.notAfter ?? 'a time that was not read';
      const message = `its client certificate is in ${group} until ${until}: no RBAC rule limits it and nothing revokes it`;
      yield { verdict: 'fail', subject, message, evidence };
    }
  }
}

type KubeconfigUser = Kubeconfig['users'][number];

function certificateEvidence(user: KubeconfigUser): Evidence {
  const groups = (user.organizations ?? []).map((name) => `O=${name}`);
  const seen = `certificate of ${[`CN=${user.commonName ?? ''}`, ...groups].join(', ')}`;
  return { ...user.place, seen, wanted: `an identity outside ${group}` };
}

function passReason(user: KubeconfigUser): string {
  const isIn = (user.organizations ?? []).includes(group);
  return isIn ? `its certificate in ${group} expired ${user.notAfter ?? ''}` : `its client certificate is not in ${group}`;
}

/** A path, its end from a slash on, or a pattern with `*`. */
function isAllowed(source: string, allowed: readonly string[]): boolean {
  return allowed.some(
    (entry) => source === entry || source.endsWith(`/${entry.replace(/^\//, '')}`) || globMatches(entry, source),
  );
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
  const start = Date.parse(digest.last) - durationMs(context.parameters.window);
  const users = digest.masters.filter(
    (entry) => !context.parameters.allowedUsers.includes(entry.user) && Date.parse(entry.last) >= start,
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
  const gap = gapOf(context, digest, covered);
  if (gap !== undefined) yield { verdict: 'unknown', subject, message: gap, evidence };
  else {
    const apart = context.parameters.allowedUsers.length === 0 ? '' : ` but ${context.parameters.allowedUsers.join(', ')}`;
    yield { verdict: 'pass', subject, message: `nobody${apart} made a request as a member of ${group}`, evidence };
  }
}

/** Why the log does not show that nobody uses the group. */
function gapOf(context: Context<Asked>, digest: AuditDigest, covered: number): string | undefined {
  const { window } = context.parameters;
  // A log without times covers nothing.
  if (!(covered >= durationMs(window)))
    return `the audit log covers ${digest.first} to ${digest.last}, less than ${window}: give a longer stretch`;
  if (digest.namesGroups === false) return 'no event of the audit log names the groups of its user';
  const torn = context.cluster.gaps.find((gap) => digest.sources.includes(gap.source));
  if (torn !== undefined) return `${torn.source}: ${torn.reason}`;
  if (digest.unreadable > 0) return `${digest.unreadable} pieces of the audit log are no events`;
  return auditPolicyHides(componentsOf(context.cluster, 'kube-apiserver'), context.cluster);
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
        if (context.cluster.kubeconfigs.length === 0 && context.cluster.self === undefined)
          context.remark('no kubeconfig and no credential in use was seen');
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
