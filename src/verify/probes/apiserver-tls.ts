import type { ConnectionOptions } from 'node:tls';
import type { Evidence } from '../../results/finding.ts';
import { handshake } from '../connections.ts';
import type { Contradiction, Probe } from '../probe.ts';
import { NotPossible } from '../not-possible.ts';
import { notPossible, settled } from '../probe.ts';

/** OpenSSL's names; at this level its own rules keep nothing from being offered. */
const weak = 'ALL:!aNULL:!eNULL:!ECDHE+AESGCM:!ECDHE+CHACHA20:@SECLEVEL=0';

const offers: readonly { readonly what: string; readonly options: ConnectionOptions }[] = [
  {
    what: 'TLS 1.1 and older',
    options: { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' },
  },
  {
    what: 'TLS 1.2 with CBC, RC4 or RSA key exchange alone',
    options: { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers: weak },
  },
];

/** A client that offers old versions, or weak suites alone, is refused. */
export const probe: Probe = {
  control: 'apiserver-tls',
  needs: ['api'],
  run: async (world) => {
    const { server } = world.caller.connection;
    if (server.proxy !== undefined) throw new NotPossible('the API server is reached through a proxy: TLS cannot be tried');
    if (server.url.protocol !== 'https:') throw new NotPossible('the server of the kubeconfig is no https URL');
    const host = server.url.hostname.replace(/^\[|\]$/g, '');
    const port = Number(server.url.port === '' ? '443' : server.url.port);
    const evidence: Evidence[] = [];
    const contradictions: Contradiction[] = [];
    for (const { what, options } of offers) {
      const answer = await handshake(host, port, options);
      if (answer.kind === 'unreachable') return notPossible(`${server.url.host}: ${answer.reason}`);
      const seen = answer.kind === 'done' ? `${answer.protocol} ${answer.cipher}` : 'refused';
      const item = { source: `${server.url.host} offered ${what}`, seen, wanted: 'refused' };
      evidence.push(item);
      if (answer.kind === 'done')
        contradictions.push({ message: `the server takes ${answer.protocol} with ${answer.cipher}`, evidence: [item] });
    }
    return settled(
      contradictions,
      'TLS 1.1 and suites without forward secrecy or authenticated encryption are refused',
      evidence,
    );
  },
};
