import type { Json } from '../../cluster/json.ts';
import { AuditTrail } from '../audit-trail.ts';
import { canaryToken } from '../canary-account.ts';
import { canarySecret } from '../canary-secret.ts';
import { offer } from '../caller.ts';
import type { Contradiction, Probe } from '../probe.ts';
import { notPossible, settled } from '../probe.ts';

const withinMs = 10_000;

/** A canary Secret is written, read and patched, a canary token requested: neither stands in the audit log, nor its Base64. */
export const probe: Probe = {
  control: 'audit-no-secret-bodies',
  needs: ['api', 'audit-log'],
  run: async (world) => {
    const trail = new AuditTrail(world.auditLogs());
    const { self } = world.caller;
    const secret = await canarySecret(world, 'bodies');
    const path = `/api/v1/namespaces/${secret.namespace}/secrets`;
    const last = world.canary.name('bodies-end');
    const patch: Json = { stringData: { patched: secret.marker } };
    await self.get(`${path}/${secret.name}`);
    await self.write({
      method: 'PATCH',
      path: `${path}/${secret.name}?dryRun=All`,
      body: patch,
      contentType: 'application/merge-patch+json',
    });
    const token = await canaryToken(world);
    await offer(self, path, { apiVersion: 'v1', kind: 'Secret', metadata: { name: last } }, last);
    // Events come in their order: when the last one is there, those before are.
    const events = await trail.eventsWith(last, withinMs);
    if (events.length === 0)
      return notPossible(`no event of the canaries came to ${trail.path}: nothing is recorded, or elsewhere`);
    const text = trail.text();
    const contradictions: Contradiction[] = [];
    for (const [what, marks] of [
      ['the value of a Secret', [secret.marker, Buffer.from(secret.marker, 'utf8').toString('base64')]],
      ['a token', [token]],
    ] as const) {
      if (!marks.some((mark) => text.includes(mark))) continue;
      const evidence = [{ source: trail.path, seen: `${what} (a canary's)`, wanted: 'neither the marker nor its Base64' }];
      contradictions.push({ message: `${what} is written to the audit log`, evidence });
    }
    return settled(contradictions, 'a canary Secret and a canary token were used, and neither stands in the audit log', [
      { source: trail.path, seen: 'no marker', wanted: 'no marker' },
    ]);
  },
};
