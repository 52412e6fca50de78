import type { Connection } from './connection.ts';
import { LiveFault } from './live-fault.ts';

/** The server as a message names it. */
export function serverName(connection: Connection): string {
  return connection.server.url.href.replace(/\/$/, '');
}

function codeOf(error: unknown): string {
  for (let here: unknown = error, depth = 0; here instanceof Error && depth < 5; here = here.cause, depth++) {
    if (here.name === 'TimeoutError') return 'TIMEOUT';
    if ('code' in here && typeof here.code === 'string' && here.code !== 'UND_ERR_ABORTED') return here.code;
  }
  return error instanceof Error ? error.name : 'unknown';
}

const untrusted = /SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE|INVALID_CA/;
const timedOut = /^(?:TIMEOUT|ETIMEDOUT|UND_ERR_(?:CONNECT|HEADERS|BODY)_TIMEOUT)$/;

/**
 * Says why no answer came, as one fault with place and what to do. The codes are Node's and undici's; messages of the libraries are
 * not passed on: some quote what was sent.
 */
export function connectionFault(error: unknown, connection: Connection, path: string, waited: string): LiveFault {
  if (error instanceof LiveFault) return error;
  const code = codeOf(error);
  const { url, proxy } = connection.server;
  const through = proxy === undefined ? '' : ' through the proxy';
  const at = serverName(connection);
  const make = (failure: LiveFault['failure'], source: string, reason: string, hint: string): LiveFault =>
    new LiveFault(failure, { source, reason, hint });
  if (timedOut.test(code)) {
    const connecting = code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT';
    return connecting
      ? make(
          'timeout',
          at,
          `no connection${through} within ${waited}`,
          'check the network, VPN and proxy, and that the server runs',
        )
      : make('timeout', `${at}${path}`, `no answer within ${waited}`, 'try again when the API server is less busy');
  }
  if (code === 'ECONNREFUSED')
    return make('connection', at, `the connection was refused${through}`, 'start the cluster or mend server in the kubeconfig');
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return make(
      'connection',
      at,
      proxy === undefined ? `the host ${url.hostname} is not known` : 'the host, or that of the proxy, is not known',
      'check the name, the network and VPN',
    );
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return make(
      'tls',
      at,
      `the server's certificate is for other names than ${connection.server.tlsServerName ?? url.hostname}`,
      'set tls-server-name in the kubeconfig to a name in the certificate',
    );
  if (code === 'CERT_HAS_EXPIRED')
    return make(
      'tls',
      at,
      "the server's certificate, or its authority's, has expired",
      'renew it (kubeadm certs renew apiserver)',
    );
  if (untrusted.test(code))
    return make(
      'tls',
      at,
      `the server's certificate is signed by an authority that is not trusted (${code})`,
      `check certificate-authority-data in ${connection.place.cluster}`,
    );
  if (/^(?:EPROTO|ERR_SSL|ERR_TLS)|^HPE_/.test(code))
    return make(
      'tls',
      at,
      `the server does not speak ${url.protocol.slice(0, -1)} as expected (${code})`,
      'check scheme and port of server',
    );
  if (
    code === 'UND_ERR_PRX_TLS' ||
    (proxy !== undefined && /^(?:UND_ERR_PROXY|UND_ERR_ABORTED|RequestAbortedError|AbortError)/.test(code))
  )
    return make(
      'connection',
      at,
      'the proxy refused the connection',
      'check proxy-url in the kubeconfig, HTTPS_PROXY and NO_PROXY',
    );
  return make(
    'connection',
    `${at}${path}`,
    `the connection broke${through} (${code})`,
    'try again; check the network and the server',
  );
}
