import type { User } from '../../authentication/user.ts';
import { serviceAccountOf } from '../../authentication/user.ts';
import { dnsLabelFaults, dnsSubdomainFaults } from '../../cluster/dns-names.ts';
import { goQuote } from '../../cluster/go-quote.ts';
import type { Attributes, ResourceAttributes } from '../attributes.ts';
import { forbiddenMessage } from '../forbidden.ts';
import type { WantedUser } from './wanted-user.ts';
import { asUser, constrainedSince } from './wanted-user.ts';

/** Answers one question about the caller; a text is the reason of a refusal, `undefined`: allowed. */
export type Ask = (user: User, attributes: Attributes) => string | undefined;

/** Ways to be let in, in the order in which they are tried. */
export const impersonationModes = ['associated-node', 'arbitrary-node', 'serviceaccount', 'user-info', 'legacy'] as const;
export type ImpersonationMode = (typeof impersonationModes)[number];

export type ImpersonationAnswer =
  | { readonly kind: 'allowed'; readonly user: User; readonly mode: ImpersonationMode }
  | { readonly kind: 'refused'; readonly message: string };

/**
 * May this caller make this request as the wanted user, and who is it then?
 *
 * Constrained modes ask for `impersonate-on:MODE:VERB` on the request and `impersonate:MODE` on the user; the classic one asks for
 * `impersonate` on users, groups, extra and uid alone. The first mode that allows decides; refused by all, the first refusal is told, and a
 * server tries first the mode that last let this caller in. Extra keys are asked about in the order of their names, the server's is random.
 *
 * Rule source: k8s.io/apiserver pkg/endpoints/filters/impersonation (1.36), impersonation.go (before).
 *
 * @param minor of the server: constrained modes are from 1.36 on (gate ConstrainedImpersonation, on by default)
 * @param lastMode the mode that last let this caller in
 */
export function impersonate(
  ask: Ask,
  caller: User,
  wanted: WantedUser,
  request: Attributes,
  minor: number,
  lastMode?: ImpersonationMode,
): ImpersonationAnswer {
  if (minor < constrainedSince) return classic(ask, caller, wanted, minor);
  const modes =
    lastMode === undefined ? impersonationModes : [lastMode, ...impersonationModes.filter((mode) => mode !== lastMode)];
  let first: string | undefined;
  for (const mode of modes) {
    if (!applies(mode, caller, wanted)) continue;
    const refused = refusedBy(mode, ask, caller, wanted, request, minor);
    if (refused === undefined) return { kind: 'allowed', user: become(mode, wanted), mode };
    first ??= refused;
  }
  return { kind: 'refused', message: first ?? 'all impersonation modes failed' };
}

function nodeOf(username: string): string | undefined {
  const name = username.startsWith('system:node:') ? username.slice('system:node:'.length) : undefined;
  return name !== undefined && dnsSubdomainFaults(name).length === 0 ? name : undefined;
}

/** A service account only where both names are valid (k8s.io/apiserver pkg/authentication/serviceaccount `SplitUsername`). */
function accountOf(username: string): { readonly namespace: string; readonly name: string } | undefined {
  const account = serviceAccountOf(username);
  if (account === undefined) return undefined;
  return dnsLabelFaults(account.namespace).length === 0 && dnsSubdomainFaults(account.name).length === 0 ? account : undefined;
}

function applies(mode: ImpersonationMode, caller: User, wanted: WantedUser): boolean {
  const nameAlone = wanted.uid === '' && wanted.groups.length === 0 && Object.keys(wanted.extra).length === 0;
  const node = nodeOf(wanted.username);
  const account = accountOf(wanted.username);
  switch (mode) {
    case 'associated-node': {
      const nodes = caller.extra?.['authentication.kubernetes.io/node-name'] ?? [];
      return (
        nameAlone && node !== undefined && accountOf(caller.username) !== undefined && nodes.length === 1 && nodes[0] === node
      );
    }
    case 'arbitrary-node':
      return nameAlone && node !== undefined;
    case 'serviceaccount':
      return nameAlone && account !== undefined;
    case 'user-info':
      return node === undefined && account === undefined;
    default:
      return true;
  }
}

function refusedBy(
  mode: ImpersonationMode,
  ask: Ask,
  caller: User,
  wanted: WantedUser,
  request: Attributes,
  minor: number,
): string | undefined {
  if (mode === 'legacy') return refusedParts('impersonate', '', false, ask, caller, wanted, minor);
  const verb = `impersonate:${mode}`;
  const asked = mode === 'associated-node' ? associated(caller) : caller;
  const onRequest: Attributes = { ...request, verb: `impersonate-on:${mode}:${request.verb}` };
  return (
    check(ask, asked, onRequest, minor) ??
    refusedParts(verb, 'authentication.k8s.io', true, ask, asked, wanted, minor, mode === 'associated-node')
  );
}

/** A server asks about any node, with the names of the account's extra keys alone. */
function associated(caller: User): User {
  return { ...caller, extra: { 'authentication.kubernetes.io/associated-node-keys': Object.keys(caller.extra ?? {}).sort() } };
}

function check(ask: Ask, caller: User, attributes: Attributes, minor: number): string | undefined {
  const reason = ask(caller, attributes);
  return reason === undefined ? undefined : forbiddenMessage(caller.username, attributes, reason, minor);
}

const many = 4;

function refusedParts(
  verb: string,
  apiGroup: string,
  constrained: boolean,
  ask: Ask,
  caller: User,
  wanted: WantedUser,
  minor: number,
  anyNode = false,
): string | undefined {
  const about = (resource: string, name: string, more: Partial<ResourceAttributes> = {}): ResourceAttributes => ({
    kind: 'resource',
    verb,
    apiGroup,
    resource,
    subresource: '',
    name,
    namespace: '',
    ...more,
  });
  const forbidden = (attributes: Attributes, reason: string) => forbiddenMessage(caller.username, attributes, reason, minor);
  const node = constrained ? nodeOf(wanted.username) : undefined;
  const account = accountOf(wanted.username);
  let whom = about('users', wanted.username);
  if (node !== undefined) whom = about('nodes', anyNode ? '*' : node);
  if (account !== undefined) whom = about('serviceaccounts', account.name, { namespace: account.namespace });
  const refusedName = check(ask, caller, whom, minor);
  if (refusedName !== undefined) return refusedName;
  const identity = { apiGroup: 'authentication.k8s.io' };
  if (wanted.uid !== '') {
    const refused = check(ask, caller, about('uids', wanted.uid, identity), minor);
    if (refused !== undefined) return refused;
  }
  const { groups, extra } = wanted;
  if (constrained && groups.includes(''))
    return forbidden(about('groups', ''), 'impersonating the empty string group is not allowed');
  if (constrained && groups.includes('system:masters'))
    return forbidden(about('groups', 'system:masters'), 'impersonating the system:masters group is not allowed');
  const allGroups = constrained && groups.length >= many && check(ask, caller, about('groups', '*'), minor) === undefined;
  for (const group of allGroups ? [] : groups) {
    const refused = check(ask, caller, about('groups', group), minor);
    if (refused !== undefined) return refused;
  }
  const entries = Object.entries(extra);
  if (entries.length === 0) return undefined;
  const fault = constrained ? extraFault(extra) : undefined;
  if (fault !== undefined) return forbidden(about('userextras', '', identity), fault);
  const values = entries.reduce((sum, [, list]) => sum + list.length, 0);
  if (
    constrained &&
    (entries.length >= many || values >= many) &&
    check(ask, caller, about('userextras', '*', { ...identity, subresource: '*' }), minor) === undefined
  )
    return undefined;
  for (const [key, list] of entries)
    for (const value of list) {
      const refused = check(ask, caller, about('userextras', value, { ...identity, subresource: key }), minor);
      if (refused !== undefined) return refused;
    }
  return undefined;
}

const httpPath = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;

function extraFault(extra: WantedUser['extra']): string | undefined {
  for (const [key, values] of Object.entries(extra)) {
    if (key === '') return 'impersonating the empty string key in extra is not allowed';
    const fault = domainPathFault(key);
    if (fault !== undefined) return `impersonating an invalid key in extra is not allowed: ${fault}`;
    if (key !== key.toLowerCase()) return `impersonating a non-lowercase key in extra is not allowed: ${goQuote(key)}`;
    if (values.length === 0) return 'impersonating empty values in extra is not allowed';
    if (values.includes('')) return 'impersonating the empty string value in extra is not allowed';
  }
  return undefined;
}

/** `IsDomainPrefixedPath` (apimachinery pkg/util/validation). */
function domainPathFault(key: string): string | undefined {
  const invalid = (value: string, detail: string) => `extra.key: Invalid value: ${goQuote(value)}: ${detail}`;
  const slash = key.indexOf('/');
  const [host, path] = [key.slice(0, Math.max(slash, 0)), key.slice(slash + 1)];
  if (slash < 0 || host === '' || path === '') return invalid(key, 'must be a domain-prefixed path (such as "acme.io/foo")');
  const faults = dnsSubdomainFaults(host).map((fault) => invalid(host, fault));
  if (!httpPath.test(path))
    faults.push(invalid(path, String.raw`Invalid path (regex used for validation is '[A-Za-z0-9/\-._~%!$&'()*+,;=:]+')`));
  return faults.length === 0 ? undefined : faults.length === 1 ? faults[0] : `[${faults.join(', ')}]`;
}

function accountGroups(namespace: string): readonly string[] {
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
}

function become(mode: ImpersonationMode, wanted: WantedUser): User {
  const account = accountOf(wanted.username);
  let groups = wanted.groups;
  if (mode !== 'legacy' && nodeOf(wanted.username) !== undefined) groups = ['system:nodes'];
  if (account !== undefined && groups.length === 0) groups = accountGroups(account.namespace);
  return asUser(wanted, withEverybody(wanted.username, groups));
}

/** Everybody is authenticated or not; who asks to be unauthenticated is not made authenticated. */
function withEverybody(username: string, groups: readonly string[]): readonly string[] {
  const unauthenticated = 'system:unauthenticated';
  if (username === 'system:anonymous') return groups.includes(unauthenticated) ? groups : [...groups, unauthenticated];
  if (groups.includes(unauthenticated) || groups.includes('system:authenticated')) return groups;
  return [...groups, 'system:authenticated'];
}

/** The classic way alone: whom, groups, extra, uid, in that order. */
function classic(ask: Ask, caller: User, wanted: WantedUser, minor: number): ImpersonationAnswer {
  const { uid, extra } = wanted;
  const parts: readonly WantedUser[] = [
    { ...wanted, uid: '', extra: {} },
    { ...wanted, uid: '', groups: [] },
    { ...wanted, extra: {}, groups: [], uid },
  ];
  for (const part of Object.keys(extra).length === 0 && uid === '' ? parts.slice(0, 1) : parts) {
    const refused = refusedParts('impersonate', '', false, ask, caller, part, minor);
    if (refused !== undefined) return { kind: 'refused', message: refused };
  }
  return { kind: 'allowed', user: become('legacy', wanted), mode: 'legacy' };
}
