import type { Change, Remedy } from '../../../cluster/change.ts';
import { mendingOf, mendingsOf, notSeen, serverRemedy } from '../../mending.ts';
import type { RemedyFunction } from '../../remedy.ts';
import { mendMember } from '../mend-etcd.ts';
import { mendEtcdClient } from '../mend-etcd-clients.ts';

/** A member and the API servers that read from it change together: the one without the other is an outage. */
export const remedy: RemedyFunction = (finding, context): Remedy => {
  const member = mendingOf(finding, context, 'etcd');
  const isServer = finding.subject.kind === 'API server';
  const members = isServer ? mendingsOf(context, 'etcd') : member === undefined ? [] : [member];
  if (!isServer && member === undefined) return notSeen(finding);
  const changes: Change[] = [];
  for (const made of [...members.map(mendMember), ...mendingsOf(context, 'kube-apiserver').map(mendEtcdClient)]) {
    if (typeof made === 'string') return { kind: 'none', why: made };
    changes.push(...made);
  }
  return serverRemedy(
    changes,
    'whoever reaches the port of etcd reads and writes everything that the cluster holds, past every control of the API server',
    [
      'etcd and API server are down until both run with the new settings: they change in one group; several members one at a time, with a quorum kept',
      'certificate files that the plan names must be there: the sandbox and the health gate find one that is missing',
      'backups and health checks need the client certificate: metrics and /health stay on http://127.0.0.1:2381',
    ],
  );
};
