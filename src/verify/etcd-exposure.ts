import { plainStatus } from './connections.ts';
import type { Evidence } from '../results/finding.ts';
import type { Contradiction, Outcome } from './probe.ts';
import { NotPossible } from './not-possible.ts';
import { settled } from './probe.ts';
import type { World } from './world.ts';

/**
 * Asks each endpoint of etcd without a client certificate, by TLS and in plain text: neither may be answered; the API server's own
 * certificate must be.
 */
export async function probeEtcdExposure(world: World): Promise<Outcome> {
  const reading = world.etcdSettings();
  if (reading.kind === 'unknown') throw new NotPossible(`etcd cannot be asked: ${reading.why}`);
  const contradictions: Contradiction[] = [];
  const evidence: Evidence[] = [];
  for (const endpoint of reading.settings.endpoints) {
    for (const scheme of ['https', 'http']) {
      const url = `${endpoint.replace(/^https?/, scheme)}/version`;
      const answer = await plainStatus(url);
      const seen = 'status' in answer ? String(answer.status) : answer.failed;
      const item = { source: `${url} without a client certificate`, seen, wanted: 'no answer' };
      evidence.push(item);
      // A TLS server answers plain HTTP with 400 before it looks at anything.
      if ('status' in answer && answer.status === 200)
        contradictions.push({ message: `etcd answers ${scheme} without a client certificate at ${endpoint}`, evidence: [item] });
    }
  }
  if (contradictions.length === 0) {
    const { client } = await world.etcd();
    const { version } = await client.status();
    evidence.push({ source: "etcd with the API server's certificate", seen: version, wanted: 'an answer' });
  }
  return settled(contradictions, "etcd answers the API server's certificate, and nobody without one", evidence);
}
