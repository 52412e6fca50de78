import { BlockList, isIP } from 'node:net';

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Finds the proxy that the environment names for a server: HTTPS_PROXY or HTTP_PROXY by the server's scheme, unless NO_PROXY covers its
 * host; lower-case names count too. Loopback and `localhost` are never sent to a proxy. `undefined`: connect directly.
 * Source: golang.org/x/net/http/httpproxy (the rules of kubectl): `*`, hosts, domains with their subdomains, `.domain` for
 * subdomains alone, addresses, CIDR, each with an optional port.
 */
export function environmentProxy(server: URL, environment: Environment): string | undefined {
  const read = (name: string): string => environment[name] ?? environment[name.toLowerCase()] ?? '';
  const proxy = read(server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY').trim();
  if (proxy === '') return undefined;
  const host = server.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (isLoopback(host)) return undefined;
  const port = server.port === '' ? (server.protocol === 'https:' ? '443' : '80') : server.port;
  const excepted = read('NO_PROXY')
    .split(',')
    .some((entry) => covers(entry.trim().toLowerCase(), host, port));
  if (excepted) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function covers(entry: string, host: string, port: string): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  if (entry.includes('/')) return inRange(entry, host);
  const split = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry);
  const name = (split?.[1] ?? entry).replace(/^\[|\]$/g, '');
  if (split?.[2] !== undefined && split[2] !== port) return false;
  if (isIP(name) !== 0) return isIP(host) !== 0 && name === host;
  const bare = name.replace(/^\*(?=\.)/, '');
  return bare.startsWith('.') ? host.endsWith(bare) : host === bare || host.endsWith(`.${bare}`);
}

function inRange(entry: string, host: string): boolean {
  const [network = '', bits = ''] = entry.split('/');
  const family = isIP(network);
  if (family === 0 || isIP(host) !== family || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const range = new BlockList();
  range.addSubnet(network, Number(bits), type);
  return range.check(host, type);
}
