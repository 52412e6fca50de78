import type { Authentication } from '../outcome.ts';
import { nothingShown, refused } from '../outcome.ts';
import type { User } from '../user.ts';
import type { Certificate } from '../x509/certificate.ts';
import { commonNameOid, lastOf } from '../x509/certificate.ts';
import { verificationError, verifySent } from '../x509/client-certificate.ts';
import type { RequestHeaders } from './headers.ts';
import { headerOf } from './headers.ts';

/** Flags `--requestheader-…`. */
export interface FrontProxy {
  readonly roots: readonly Certificate[];
  /** Empty: any name. */
  readonly allowedNames: readonly string[];
  readonly usernameHeaders: readonly string[];
  /** From 1.32 on. */
  readonly uidHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  readonly extraHeaderPrefixes: readonly string[];
}

/**
 * Who a front proxy says a request is from; its own certificate must be of the proxies' authority and name. Rule source: k8s.io/apiserver
 * pkg/authentication/request/headerrequest/requestheader.go.
 */
export function frontProxy(proxy: FrontProxy, sent: readonly Certificate[], headers: RequestHeaders, now: Date): Authentication {
  const [leaf] = sent;
  const verified = verifySent(sent, proxy.roots, now);
  if (leaf === undefined || verified === undefined || proxy.roots.length === 0) return nothingShown;
  if (verified.kind === 'unknown') return verified;
  if (verified.kind === 'error')
    return refused(verificationError(leaf, verified.message).replace(/^verifying certificate .* failed: /, ''));
  const name = lastOf(leaf, commonNameOid);
  if (proxy.allowedNames.length > 0 && !proxy.allowedNames.includes(name))
    return refused(`x509: subject with cn=${name} is not in the allowed list`);
  const first = (names: readonly string[]) =>
    names.map((header) => headerOf(headers, header)).find((value) => value !== '') ?? '';
  const username = first(proxy.usernameHeaders);
  if (username === '') return nothingShown;
  const uid = first(proxy.uidHeaders);
  const groups = proxy.groupHeaders.flatMap((header) => headers.get(header.toLowerCase()) ?? []).filter((group) => group !== '');
  const extra: Record<string, string[]> = {};
  for (const prefix of proxy.extraHeaderPrefixes.map((text) => text.toLowerCase()))
    for (const [header, values] of headers)
      if (header.startsWith(prefix)) (extra[unescaped(header.slice(prefix.length))] ??= []).push(...values);
  const user: User = {
    username,
    groups,
    ...(uid === '' ? {} : { uid }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
  return { kind: 'user', user };
}

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
