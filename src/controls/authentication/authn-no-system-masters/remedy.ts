import type { Change } from '../../../cluster/change.ts';
import type { Finding } from '../../../results/finding.ts';
import { minorOf, noRemedy, objectRemedy } from '../../object-remedy.ts';
import type { RemedyContext, RemedyFunction } from '../../remedy.ts';

const stays =
  'until a person has done it: nothing is deleted by a plan, and a certificate that leaked is revoked by a new CA alone';

/** Commands for a person: an identity of one's own, bound by name, before the credential of system:masters is put away. */
export const remedy: RemedyFunction = (finding, context) => {
  const { kind, name, host } = finding.subject;
  if (kind === 'audit log') return noRemedy('an audit log over the whole window settles it; there is nothing to change');
  const change = changeFor(finding, context);
  if (change === undefined) return noRemedy('nobody but the owner knows what this is used for');
  return objectRemedy([host === undefined ? change : { ...change, host }], {
    by: 'owner',
    stage: 'lock-out',
    why: `${kind === 'kubeconfig' ? name : `${kind} ${name}`} is in system:masters: no RBAC rule limits it and nothing revokes it`,
    sideEffects: [
      'The last way in when RBAC is broken: keep one copy somewhere safe and off the hosts before the file goes.',
      'Automation that uses this credential needs an identity and a role of its own first.',
    ],
    stays,
  });
};

function changeFor({ subject }: Finding, context: RemedyContext): Extract<Change, { kind: 'manual' }> | undefined {
  const minor = minorOf(context);
  const bind = 'kubectl create clusterrolebinding admin-NAME --clusterrole=cluster-admin --user=NAME';
  // kubeadm signs it with the cluster's own CA; the group is left out on purpose.
  const issue = 'kubeadm kubeconfig user --client-name NAME --validity-period 24h > NAME.conf';
  const proof = "kubectl --kubeconfig NAME.conf auth can-i '*' '*' --all-namespaces";
  const file = shellWord(subject.name);
  if (subject.kind === 'kubeconfig') {
    const isSuper = subject.name.endsWith('super-admin.conf');
    const renew =
      minor !== undefined && minor >= 29 && !isSuper
        ? ['kubeadm init phase kubeconfig admin --kubeconfig-dir /root/renewed']
        : [];
    return {
      kind: 'manual',
      title: `Replace the credential in ${subject.name} by identities outside system:masters`,
      commands: [
        bind,
        issue,
        proof,
        ...renew,
        `install -m 0600 ${file} /media/OFFLINE/${shellWord(subject.name.split('/').at(-1) ?? 'admin.conf')}`,
        `shred -u ${file}`,
      ],
      done: `${subject.name} is gone, or \`kubectl --kubeconfig ${file} auth whoami\` shows no system:masters`,
    };
  }
  if (subject.kind !== 'User' && subject.kind !== 'credential in use') return undefined;
  return {
    kind: 'manual',
    title: `Give ${subject.name} an identity outside system:masters`,
    commands: [bind, issue, proof],
    done: `no request of ${subject.name} in the audit log has the group system:masters, and \`kubectl auth whoami\` does not show it`,
  };
}

/** Quotes a word for a POSIX shell, where it needs it. */
function shellWord(text: string): string {
  return /^[\w./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
