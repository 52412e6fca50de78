/** Headers of a request: names in lower case, values in the order in which they came. */
export type RequestHeaders = ReadonlyMap<string, readonly string[]>;

/** The first value of a header; empty where there is none. */
export function headerOf(headers: RequestHeaders, name: string): string {
  return headers.get(name.toLowerCase())?.[0] ?? '';
}

/**
 * The bearer token of an Authorization header; `undefined`: none is shown. Rule source: k8s.io/apiserver
 * pkg/authentication/request/bearertoken: the word "bearer" in any case, one blank, the token up to the next blank.
 */
export function bearerToken(headers: RequestHeaders): string | undefined {
  const parts = headerOf(headers, 'authorization').trim().split(' ');
  const token = parts[1] ?? '';
  return parts.length >= 2 && parts[0]?.toLowerCase() === 'bearer' && token !== '' ? token : undefined;
}

const protocolPrefix = 'base64url.bearer.authorization.k8s.io.';

/** The bearer token among the subprotocols of a WebSocket request; `error` in the server's words. `undefined`: none is shown. */
export function webSocketToken(headers: RequestHeaders): { readonly token: string } | { readonly error: string } | undefined {
  const upgrades = /(^|\s)upgrade($|[\s,])/i.test((headers.get('connection') ?? []).join(',').replaceAll(',', ' , '));
  if (!upgrades || headerOf(headers, 'upgrade').toLowerCase() !== 'websocket') return undefined;
  let token: string | undefined;
  let others = 0;
  for (const header of headers.get('sec-websocket-protocol') ?? []) {
    for (const protocol of header.split(',').map((part) => part.trim())) {
      if (protocol === '') continue;
      if (!protocol.startsWith(protocolPrefix)) {
        others++;
        continue;
      }
      if (token !== undefined) return { error: 'multiple base64.bearer.authorization tokens specified' };
      const encoded = protocol.slice(protocolPrefix.length);
      if (!/^[A-Za-z0-9_-]*$/.test(encoded) || encoded.length % 4 === 1)
        return { error: 'invalid base64.bearer.authorization token encoding' };
      const bytes = Buffer.from(encoded, 'base64url');
      token = bytes.toString('utf8');
      if (!Buffer.from(token).equals(bytes)) return { error: 'invalid base64.bearer.authorization token' };
    }
  }
  if (token !== undefined && token !== '' && others === 0) return { error: 'missing additional subprotocol' };
  return token === undefined || token === '' ? undefined : { token };
}
