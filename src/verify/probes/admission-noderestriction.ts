import { offer } from '../caller.ts';
import type { Probe } from '../probe.ts';
import { contradicted, notPossible, proved } from '../probe.ts';

/** As one node, another node is offered to the server as a dry-run: the plug-in refuses it by name. */
export const probe: Probe = {
  control: 'admission-noderestriction',
  needs: ['api'],
  run: async (world) => {
    const one = world.canary.name('node-a');
    const other = world.canary.name('node-b');
    const as = world.caller.as({ user: `system:node:${one}`, groups: ['system:nodes', 'system:authenticated'] });
    const { status, message } = await offer(as, '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: other } });
    const item = {
      source: `POST /api/v1/nodes?dryRun=All as system:node:${one}`,
      seen: `${status} ${message}`.trim(),
      wanted: '403 is not allowed to modify node',
    };
    if (status === 403 && message.includes(`node "${one}" is not allowed to modify node "${other}"`))
      return proved('a node that writes another node is refused', [item]);
    if (status === 200) return contradicted([{ message: 'a node may write another node', evidence: [item] }]);
    return notPossible(`the request did not come to the plug-in: ${status} ${message}`);
  },
};
