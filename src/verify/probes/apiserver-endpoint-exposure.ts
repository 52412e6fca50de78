import { isPublic } from '../../cluster/addresses.ts';
import type { Json } from '../../cluster/json.ts';
import { stringsAt } from '../../cluster/json.ts';
import { nodeAddresses } from '../../controls/api-server/host-addresses.ts';
import { tcpAnswer } from '../connections.ts';
import type { Contradiction, Probe } from '../probe.ts';
import { contradicted, notPossible } from '../probe.ts';

/** A public address that answers from here is open; one that does not proves nothing: a firewall may let others through. */
export const probe: Probe = {
  control: 'apiserver-endpoint-exposure',
  needs: ['api'],
  run: async (world, result) => {
    const ranges = stringsAt(result.parameters['internalRanges'] as Json);
    const { url } = world.caller.connection.server;
    const port = Number(url.port === '' ? '443' : url.port);
    const addresses = [
      url.hostname.replace(/^\[|\]$/g, ''),
      ...world.cluster.objects.ofKind('Node').flatMap((node) => nodeAddresses(node).map(({ address }) => address)),
    ];
    const known = [...new Set(addresses)].filter((address) => isPublic(address, ranges)).slice(0, 20);
    const contradictions: Contradiction[] = [];
    for (const address of known) {
      if ((await tcpAnswer(address, port)) !== 'open') continue;
      const evidence = [{ source: `${address}:${port}`, seen: 'open', wanted: 'no answer from outside' }];
      contradictions.push({ message: `the public address ${address}:${port} answers from here`, evidence });
    }
    const [first, ...more] = contradictions;
    if (first !== undefined) return contradicted([first, ...more]);
    return notPossible(
      known.length === 0
        ? 'no public address is known; only a probe from outside could show one'
        : `${known.length} public addresses do not answer from here, which proves nothing: a firewall may let others through`,
    );
  },
};
