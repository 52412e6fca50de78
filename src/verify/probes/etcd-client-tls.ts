import { probeEtcdExposure } from '../etcd-exposure.ts';
import type { Probe } from '../probe.ts';

/** etcd answers nobody without a client certificate. */
export const probe: Probe = { control: 'etcd-client-tls', needs: ['etcd'], run: probeMember };

async function probeMember(...[world, result]: Parameters<Probe['run']>): ReturnType<Probe['run']> {
  const outcome = await probeEtcdExposure(world);
  const members = result.findings.filter(({ subject }) => subject.kind === 'etcd member');
  const [member] = members;
  if (outcome.outcome !== 'contradicted' || members.length !== 1 || member === undefined) return outcome;
  const contradictions = outcome.contradictions.map((contradiction) => ({ ...contradiction, subject: member.subject }));
  return { ...outcome, contradictions };
}
