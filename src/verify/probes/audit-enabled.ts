import { AuditTrail } from '../audit-trail.ts';
import { offer } from '../caller.ts';
import type { Probe } from '../probe.ts';
import { contradicted, notPossible, proved } from '../probe.ts';

const withinMs = 10_000;

/** A marked dry-run request stands in the audit log within ten seconds. */
export const probe: Probe = {
  control: 'audit-enabled',
  needs: ['api', 'audit-log'],
  run: async (world) => {
    const trail = new AuditTrail(world.auditLogs());
    const marker = world.canary.name('audit');
    const path = `/api/v1/namespaces/${await world.canary.namespace()}/configmaps`;
    await offer(world.caller.self, path, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: marker } }, marker);
    const events = await trail.eventsWith(marker, withinMs);
    const seen = events.map(({ stage, level, auditID }) => `${stage} ${level} ${auditID}`).join('; ');
    const item = { source: trail.path, seen: seen === '' ? 'no event' : seen, wanted: `an event of the request ${marker}` };
    if (events.length === 0 && world.severalApiServers)
      return notPossible('the request does not stand in this log; another API server may have answered it');
    if (events.length === 0)
      return contradicted([{ message: `a request was not recorded within ${withinMs / 1000} s`, evidence: [item] }]);
    return proved('a marked request stands in the audit log', [item]);
  },
};
