import type { Change, Remedy } from '../../cluster/change.ts';
import type { Mending } from '../mending.ts';
import { mendingsOf, serverRemedy } from '../mending.ts';
import type { RemedyContext } from '../remedy.ts';
import { mendMember } from './mend-etcd.ts';
import { mendEtcdClient } from './mend-etcd-clients.ts';

/**
 * Members and the API servers that read from them change together: the one without the other is an outage. All API servers take part,
 * since each may name each member.
 */
export function mendStore(context: RemedyContext, members: readonly Mending[]): Remedy {
  const known = mendingsOf(context, 'etcd');
  const servers = mendingsOf(context, 'kube-apiserver');
  const changes: Change[] = [];
  for (const made of [...members.map(mendMember), ...servers.map((server) => mendEtcdClient(server, known))]) {
    if (typeof made === 'string') return { kind: 'none', why: made };
    changes.push(...made);
  }
  if (changes.length === 0)
    return {
      kind: 'none',
      why: 'what the API server lacks to reach etcd was not seen anywhere: name its servers by --etcd-servers',
    };
  return serverRemedy(
    changes,
    'whoever reaches the port of etcd reads and writes everything that the cluster holds, past every control of the API server',
    [
      'etcd and API server are down until both run with the new settings: they change in one group; several members one at a time, with a quorum kept',
      'certificate files that the plan names must be there: the sandbox and the health gate find one that is missing',
      'backups and health checks need the client certificate: metrics and /health stay on http://127.0.0.1:2381',
    ],
  );
}

/** Members that fail their own control: they change in the same group as their clients. */
export function failingMembers(context: RemedyContext): readonly Mending[] {
  const findings = context.results.find(({ id }) => id === 'etcd-client-tls')?.findings ?? [];
  const failing = findings.filter(({ subject, verdict }) => verdict === 'fail' && subject.kind !== 'API server');
  return mendingsOf(context, 'etcd').filter(({ host }) => failing.some(({ subject }) => (subject.host ?? '') === host));
}
