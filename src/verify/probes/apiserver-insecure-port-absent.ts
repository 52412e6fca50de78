import { tcpAnswer } from '../connections.ts';
import type { Probe } from '../probe.ts';
import { contradicted, notPossible, proved } from '../probe.ts';
import { plainStatus } from '../connections.ts';

/** Nobody listens on 8080 of the API server's address. */
export const probe: Probe = {
  control: 'apiserver-insecure-port-absent',
  needs: ['api'],
  run: async (world) => {
    const { server } = world.caller.connection;
    if (server.proxy !== undefined) return notPossible('the API server is reached through a proxy: its other ports are not');
    const host = server.url.hostname.replace(/^\[|\]$/g, '');
    const answer = await tcpAnswer(host, 8080);
    const item = { source: `${server.url.hostname}:8080`, seen: answer, wanted: 'refused' };
    if (answer === 'refused') return proved('nobody listens on port 8080', [item]);
    if (answer === 'silent') return notPossible(`${item.source} does not answer: a firewall hides what listens there`);
    const api = await plainStatus(`http://${server.url.hostname}:8080/api`);
    if ('status' in api && api.status === 200)
      return contradicted([{ message: 'an API is served in plain text on port 8080', evidence: [item] }]);
    return notPossible(`something listens on ${item.source} that is no API server`);
  },
};
