import type { AnonymousConfiguration } from './configuration-types.ts';
import type { Authentication } from './outcome.ts';
import { firstOf, nothingShown, refused } from './outcome.ts';
import type { FrontProxy } from './request/front-proxy.ts';
import { frontProxy } from './request/front-proxy.ts';
import type { RequestHeaders } from './request/headers.ts';
import { bearerToken, webSocketToken } from './request/headers.ts';
import type { Lookup, ServiceAccountTokens } from './token/service-accounts.ts';
import { boundToken, legacyToken } from './token/service-accounts.ts';
import type { StaticTokens } from './token/static-tokens.ts';
import { staticToken } from './token/static-tokens.ts';
import type { User } from './user.ts';
import type { Certificate } from './x509/certificate.ts';
import { clientCertificate } from './x509/client-certificate.ts';

/** How one API server authenticates. */
export interface Authenticators {
  readonly frontProxy?: FrontProxy;
  readonly clientAuthority?: readonly Certificate[];
  readonly staticTokens?: StaticTokens;
  readonly serviceAccounts?: ServiceAccountTokens;
  /** Whether tokens of service accounts that name their issuer are taken (`--service-account-issuer`). */
  readonly boundTokens: boolean;
  /** OpenID Connect and other issuers; they answer for tokens. */
  readonly issuers?: (token: string) => Authentication;
  /** Anything else that is asked about tokens and cannot be known here: bootstrap tokens, a webhook. */
  readonly others: readonly { readonly name: string; readonly answer: (token: string) => Authentication }[];
  readonly anonymous: AnonymousConfiguration;
  readonly lookup: Lookup;
  readonly minor: number;
}

export interface AuthenticationRequest {
  /** The path without its query. */
  readonly path: string;
  readonly headers: RequestHeaders;
  /** What the client sent, leaf first. */
  readonly certificates: readonly Certificate[];
  readonly now: Date;
}

const invalidToken = 'invalid bearer token';

/**
 * Who makes a request: the front proxy first, then the client's certificate, then bearer tokens, then nobody in particular, where that is
 * allowed and nothing that was shown was refused.
 *
 * Rule source: K:pkg/kubeapiserver/authenticator/config.go `New` (the order), k8s.io/apiserver pkg/server/config.go (the server's own token
 * is asked about before all others, so its refusal stands first).
 */
export function authenticate(server: Authenticators, request: AuthenticationRequest): Authentication {
  const { headers, certificates, now, path } = request;
  const bearer = bearerToken(headers);
  const asToken = (token: string): Authentication => {
    const answer = firstOf(tokenAuthenticators(server, token, now));
    return answer.kind === 'none' ? refused(invalidToken) : answer;
  };
  const hasTokens =
    server.staticTokens !== undefined ||
    server.serviceAccounts !== undefined ||
    server.issuers !== undefined ||
    server.others.length > 0;
  const answer = firstOf([
    () => (server.frontProxy === undefined ? nothingShown : frontProxy(server.frontProxy, certificates, headers, now)),
    () =>
      server.clientAuthority === undefined
        ? nothingShown
        : clientCertificate(certificates, server.clientAuthority, now, server.minor),
    () => (bearer === undefined || !hasTokens ? nothingShown : asToken(bearer)),
    () => {
      const shown = hasTokens ? webSocketToken(headers) : undefined;
      if (shown === undefined) return nothingShown;
      return 'error' in shown ? refused(shown.error) : asToken(shown.token);
    },
  ]);
  if (answer.kind === 'user') return { ...answer, user: amongEverybody(answer.user) };
  if (answer.kind === 'unknown') return answer;
  const messages = [...(bearer === undefined ? [] : [invalidToken]), ...(answer.kind === 'error' ? answer.messages : [])];
  const { anonymous } = server;
  const mayBeAnonymous =
    anonymous.enabled && (anonymous.conditions.length === 0 || anonymous.conditions.some((one) => one.path === path));
  if (answer.kind === 'none' && mayBeAnonymous)
    return { kind: 'user', user: { username: 'system:anonymous', groups: ['system:unauthenticated'] } };
  return messages.length === 0 ? nothingShown : { kind: 'error', messages: [...new Set(messages)] };
}

function* tokenAuthenticators(server: Authenticators, token: string, now: Date): Generator<() => Authentication> {
  const { staticTokens, serviceAccounts, issuers, others, lookup, minor } = server;
  if (staticTokens !== undefined) yield () => staticToken(staticTokens, token);
  if (serviceAccounts !== undefined) {
    yield () => legacyToken(serviceAccounts, token, lookup, minor);
    if (server.boundTokens) yield () => boundToken(serviceAccounts, token, lookup, now, minor);
  }
  if (issuers !== undefined) yield () => issuers(token);
  for (const { answer } of others) yield () => answer(token);
}

/** Who is let in is one of the authenticated, unless the groups say so already or say the opposite. */
function amongEverybody(user: User): User {
  const { groups, username } = user;
  if (username === 'system:anonymous' || groups.includes('system:authenticated') || groups.includes('system:unauthenticated'))
    return user;
  return { ...user, groups: [...groups, 'system:authenticated'] };
}
