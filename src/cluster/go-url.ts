import { goQuote } from './go-quote.ts';

/** A URL as Go's net/url takes it apart, as far as configuration is checked by it. */
export interface GoUrl {
  readonly scheme: string;
  /** Host with port. */
  readonly host: string;
  readonly path: string;
  /** Text before an `@`; `undefined` where there is none. */
  readonly userinfo: string | undefined;
  readonly query: string;
  readonly fragment: string;
}

/**
 * Parses a URL as Go's net/url.Parse does: nearly everything is a URL.
 *
 * Returns Go's message otherwise: `parse "http://[": missing ']' in host`.
 */
export function parseGoUrl(text: string): GoUrl | { readonly error: string } {
  const hash = text.indexOf('#');
  const main = hash < 0 ? text : text.slice(0, hash);
  const fragment = hash < 0 ? '' : text.slice(hash + 1);
  const parsed = parseMain(main);
  if (typeof parsed === 'string') return { error: `parse ${goQuote(main)}: ${parsed}` };
  const escape = badEscape(fragment);
  return escape === undefined ? { ...parsed, fragment } : { error: `parse ${goQuote(text)}: ${escape}` };
}

function parseMain(text: string): Omit<GoUrl, 'fragment'> | string {
  if (Array.from(text, (character) => character.charCodeAt(0)).some((code) => code < 0x20 || code === 0x7f))
    return 'net/url: invalid control character in URL';
  const nothing = { scheme: '', host: '', path: '', userinfo: undefined, query: '' };
  if (text === '*') return { ...nothing, path: '*' };
  if (text.startsWith(':')) return 'missing protocol scheme';
  const schemeText = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1];
  const scheme = schemeText?.toLowerCase() ?? '';
  const afterScheme = schemeText === undefined ? text : text.slice(schemeText.length + 1);
  const mark = afterScheme.indexOf('?');
  const rest = mark < 0 ? afterScheme : afterScheme.slice(0, mark);
  const query = mark < 0 ? '' : afterScheme.slice(mark + 1);
  if (!rest.startsWith('/')) {
    if (scheme !== '') return { ...nothing, scheme, query };
    if (rest.split('/', 1)[0]?.includes(':') === true) return 'first path segment in URL cannot contain colon';
  }
  const hasAuthority = rest.startsWith('//') && (scheme !== '' || !rest.startsWith('///'));
  const slash = hasAuthority ? rest.indexOf('/', 2) : 0;
  const path = slash < 0 ? '' : rest.slice(slash);
  const authority = hasAuthority ? rest.slice(2, slash < 0 ? undefined : slash) : '';
  const at = authority.lastIndexOf('@');
  const host = authority.slice(at + 1);
  const problem = hostProblem(host) ?? (at < 0 ? undefined : userinfoProblem(authority.slice(0, at))) ?? badEscape(path);
  return problem ?? { scheme, host, path: unescape(path), userinfo: at < 0 ? undefined : authority.slice(0, at), query };
}

/** The first `%` that is not followed by two hexadecimal digits, in Go's words. */
function badEscape(text: string): string | undefined {
  const match = /%(?![0-9A-Fa-f]{2}).{0,2}/s.exec(text);
  return match === null ? undefined : `invalid URL escape ${goQuote(match[0])}`;
}

function unescape(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function userinfoProblem(userinfo: string): string | undefined {
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(userinfo)) return 'net/url: invalid userinfo';
  return badEscape(userinfo);
}

function hostProblem(host: string): string | undefined {
  if (host.startsWith('[')) {
    const end = host.lastIndexOf(']');
    if (end < 0) return "missing ']' in host";
    return portProblem(host.slice(end + 1));
  }
  const colon = host.lastIndexOf(':');
  const port = colon < 0 ? undefined : portProblem(host.slice(colon));
  if (port !== undefined) return port;
  const escape = badEscape(host);
  if (escape !== undefined) return escape;
  // In a host only bytes beyond ASCII may be escaped.
  const ascii = /%[0-7][0-9A-Fa-f]/.exec(host)?.[0];
  if (ascii !== undefined) return `invalid URL escape ${goQuote(ascii)}`;
  const odd = /[ "\\^`{|}]/.exec(host)?.[0];
  return odd === undefined ? undefined : `invalid character ${goQuote(odd)} in host name`;
}

function portProblem(text: string): string | undefined {
  return text === '' || /^:\d*$/.test(text) ? undefined : `invalid port ${goQuote(text)} after host`;
}
