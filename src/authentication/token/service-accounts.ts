import { dnsLabelFaults, dnsSubdomainFaults } from '../../cluster/dns-names.ts';
import { goQuote } from '../../cluster/go-quote.ts';
import type { Json, JsonObject } from '../../cluster/json.ts';
import { isObject, objectAt, stringAt } from '../../cluster/json.ts';
import type { Authentication } from '../outcome.ts';
import { nothingShown, printedError, refused } from '../outcome.ts';
import type { User } from '../user.ts';
import { serviceAccountOf, serviceAccountUsername } from '../user.ts';
import type { Jws, VerificationKey } from './jws.ts';
import { readJws, repeatedMember, isSignedBy, unverifiedIssuer } from './jws.ts';

/** How a server judges tokens of service accounts. */
export interface ServiceAccountTokens {
  readonly keys: readonly VerificationKey[];
  /** `--service-account-issuer`, the first one issues. */
  readonly issuers: readonly string[];
  /** `--api-audiences`, the issuers where it is not given. */
  readonly audiences: readonly string[];
  /** `--service-account-lookup`: of tokens that lie in Secrets. */
  readonly lookup: boolean;
}

/** Finds an object; `undefined`: there is none. */
export type Lookup = (
  kind: 'ServiceAccount' | 'Secret' | 'Pod' | 'Node',
  namespace: string,
  name: string,
) => JsonObject | undefined;

const legacyIssuer = 'kubernetes/serviceaccount';
const leewaySeconds = 60;
/** The first minor whose JWT library calls itself by its new name. */
const renamedSince = 33;
/** The first minor with a token's id, and with its node, in the user's extra. */
const extrasSince = 30;

interface Claims {
  readonly issuer: string;
  readonly subject: string;
  readonly id: string;
  readonly audience: readonly string[];
  readonly expiry: number | undefined;
  readonly notBefore: number | undefined;
  readonly issuedAt: number | undefined;
  readonly all: JsonObject;
}

/** Tokens that lie in Secrets: they name it, and never expire (K:pkg/serviceaccount/legacy.go). */
export function legacyToken(tokens: ServiceAccountTokens, token: string, lookup: Lookup, minor: number): Authentication {
  const claims = verified(tokens, [legacyIssuer], token, minor);
  if (!('all' in claims)) return claims;
  const text = (name: string) => stringAt(claims.all[`kubernetes.io/serviceaccount/${name}`]) ?? '';
  const [namespace, secretName, name, uid] = [
    text('namespace'),
    text('secret.name'),
    text('service-account.name'),
    text('service-account.uid'),
  ];
  if (claims.subject === '') return refused('sub claim is missing');
  if (namespace === '') return refused('namespace claim is missing');
  if (secretName === '') return refused('secretName claim is missing');
  if (name === '') return refused('serviceAccountName claim is missing');
  if (uid === '') return refused('serviceAccountUID claim is missing');
  const named = serviceAccountOf(claims.subject);
  const valid =
    named !== undefined && dnsLabelFaults(named.namespace).length === 0 && dnsSubdomainFaults(named.name).length === 0;
  if (!valid || named.namespace !== namespace || named.name !== name) return refused('sub claim is invalid');
  const user = accountUser({ namespace, name }, uid, {});
  const annotations = { 'authentication.k8s.io/legacy-token': claims.subject };
  if (!tokens.lookup) return { kind: 'user', user, annotations };
  const secret = lookup('Secret', namespace, secretName);
  if (secret === undefined || deletedAt(secret) !== undefined) return refused('Token has been invalidated');
  const stored = Buffer.from(stringAt(objectAt(secret['data'])['token']) ?? '', 'base64').toString('latin1');
  if (stored !== Buffer.from(token).toString('latin1')) return refused("Token does not match server's copy");
  const account = lookup('ServiceAccount', namespace, name);
  if (account === undefined) return refused(notFound(name));
  if (deletedAt(account) !== undefined) return refused(`ServiceAccount ${namespace}/${name} has been deleted`);
  if (uidOf(account) !== uid) return refused(`ServiceAccount UID (${uidOf(account)}) does not match claim (${uid})`);
  const invalidSince = 'kubernetes.io/legacy-token-invalid-since';
  if ((stringAt(objectAt(objectAt(secret['metadata'])['labels'])[invalidSince]) ?? '') !== '')
    return refused(
      `the token in secret ${namespace}/${secretName} for service account ${namespace}/${name} has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the '${invalidSince}' label from the secret to temporarily allow use of this token`,
    );
  return { kind: 'user', user, annotations };
}

/** Tokens of the TokenRequest API, which may be bound to a Pod, a Secret or a Node (K:pkg/serviceaccount/claims.go). */
export function boundToken(
  tokens: ServiceAccountTokens,
  token: string,
  lookup: Lookup,
  now: Date,
  minor: number,
): Authentication {
  const claims = verified(tokens, tokens.issuers, token, minor);
  if (!('all' in claims)) return claims;
  const late = timeFault(claims, now.getTime() / 1000);
  if (late !== undefined) return refused(late);
  const own = objectAt(claims.all['kubernetes.io']);
  const reference = (name: string) => {
    const value = own[name];
    return isObject(value) ? { name: stringAt(value['name']) ?? '', uid: stringAt(value['uid']) ?? '' } : undefined;
  };
  const namespace = stringAt(own['namespace']) ?? '';
  const account = reference('serviceaccount') ?? { name: '', uid: '' };
  if (account.name === '') return refused('resource name may not be empty');
  const found = lookup('ServiceAccount', namespace, account.name);
  if (found === undefined) return refused(notFound(account.name));
  if (uidOf(found) !== account.uid) return refused(`service account UID (${uidOf(found)}) does not match claim (${account.uid})`);
  const before = now.getTime() - leewaySeconds * 1000;
  if (isGone(found, before)) return refused(`service account ${namespace}/${account.name} has been deleted`);
  const invalidated = refused('service account token has been invalidated');
  const bound = (
    kind: 'Secret' | 'Pod' | 'Node',
    ref: { readonly name: string; readonly uid: string },
  ): Authentication | undefined => {
    const object = lookup(kind, kind === 'Node' ? '' : namespace, ref.name);
    if (object === undefined) return invalidated;
    if (uidOf(object) !== ref.uid) {
      const what = kind.toLowerCase();
      return refused(
        `${kind === 'Secret' ? 'secret' : what} UID (${uidOf(object)}) does not match service account ${what} ref claim (${ref.uid})`,
      );
    }
    return isGone(object, before) ? invalidated : undefined;
  };
  const [secret, pod, node] = [reference('secret'), reference('pod'), reference('node')];
  const extra: Record<string, readonly string[]> = {};
  const put = (key: string, value: string) => {
    extra[`authentication.kubernetes.io/${key}`] = [value];
  };
  const faults = [
    secret === undefined ? undefined : bound('Secret', secret),
    pod === undefined ? undefined : bound('Pod', pod),
    node === undefined || pod !== undefined ? undefined : boundNode(node, minor, bound),
  ];
  const fault = faults.find((one) => one !== undefined);
  if (fault !== undefined) return fault;
  if (pod !== undefined && pod.name !== '' && pod.uid !== '') {
    put('pod-name', pod.name);
    put('pod-uid', pod.uid);
  }
  if (minor >= extrasSince && claims.id !== '') put('credential-id', `JTI=${claims.id}`);
  if (minor >= extrasSince && node !== undefined && node.name !== '') {
    put('node-name', node.name);
    if (node.uid !== '') put('node-uid', node.uid);
  }
  return { kind: 'user', user: accountUser({ namespace, name: account.name }, account.uid, extra) };
}

function boundNode(
  node: { readonly name: string; readonly uid: string },
  minor: number,
  bound: (kind: 'Node', ref: { readonly name: string; readonly uid: string }) => Authentication | undefined,
): Authentication | undefined {
  if (minor >= extrasSince) return bound('Node', node);
  const gate = 'ServiceAccountTokenNodeBindingValidation';
  return minor < 29 ? undefined : refused(`token is bound to a Node object but the ${gate} feature gate is disabled`);
}

function accountUser(
  account: { readonly namespace: string; readonly name: string },
  uid: string,
  extra: Record<string, readonly string[]>,
): User {
  return {
    username: serviceAccountUsername(account),
    uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`],
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

function notFound(name: string): string {
  return `serviceaccounts ${goQuote(name)} not found`;
}

function uidOf(object: JsonObject): string {
  return stringAt(objectAt(object['metadata'])['uid']) ?? '';
}

function deletedAt(object: JsonObject): number | undefined {
  const time = stringAt(objectAt(object['metadata'])['deletionTimestamp']);
  return time === undefined ? undefined : Date.parse(time);
}

function isGone(object: JsonObject, before: number): boolean {
  const time = deletedAt(object);
  return time !== undefined && time < before;
}

/** The claims of a token that one of these issuers signed; else the answer: not its kind, or refused. */
function verified(
  tokens: ServiceAccountTokens,
  issuers: readonly string[],
  token: string,
  minor: number,
): Claims | Authentication {
  const issuer = unverifiedIssuer(token);
  if (issuer === undefined || !issuers.includes(issuer)) return nothingShown;
  const jws = readJws(token);
  if (jws === undefined) return nothingShown;
  const kid = stringAt(jws.header['kid']) ?? '';
  const keys = kid === '' ? tokens.keys : tokens.keys.filter(({ id }) => id === kid);
  if (keys.length === 0) return refused('invalid signature, no keys found');
  const claims = claimsOf(jws, keys, minor);
  if ('kind' in claims) return claims;
  if (!issuers.includes(claims.issuer)) return refused(`token issuer ${goQuote(claims.issuer)} is invalid`);
  const audiences = claims.audience.length === 0 ? tokens.audiences : claims.audience;
  if (tokens.audiences.length > 0 && !audiences.some((one) => tokens.audiences.includes(one)))
    return refused(`token audiences ${list(audiences)} is invalid for the target audiences ${list(tokens.audiences)}`);
  return claims;
}

function list(items: readonly string[]): string {
  return `[${items.map((item) => goQuote(item)).join(' ')}]`;
}

function claimsOf(jws: Jws, keys: readonly VerificationKey[], minor: number): Claims | Authentication {
  const library = minor >= renamedSince ? 'go-jose/go-jose' : 'square/go-jose';
  const messages: string[] = [];
  for (const { key } of keys) {
    const read = isSignedBy(jws, key) ? readClaims(jws.payload, library) : undefined;
    if (read !== undefined && typeof read !== 'string') return read;
    const message = read ?? `${library}: error in cryptographic primitive`;
    if (!messages.includes(message)) messages.push(message);
  }
  return refused(printedError(messages));
}

/** Decodes claims as go-jose does: names in their case, each once; a text is its error. */
function readClaims(payload: string, library: string): Claims | string {
  let all: Json;
  try {
    all = JSON.parse(payload) as Json;
  } catch {
    return `${library}: the payload is no JSON`;
  }
  if (!isObject(all))
    return `json: cannot unmarshal ${Array.isArray(all) ? 'array' : typeof all} into Go value of type jwt.Claims`;
  const repeated = repeatedMember(payload);
  if (repeated !== undefined) return `json: duplicate key '${repeated}' in object`;
  const numbers: (number | undefined)[] = [];
  for (const name of ['exp', 'nbf', 'iat']) {
    const value = all[name];
    if (value === undefined || value === null) numbers.push(undefined);
    else if (typeof value === 'number') numbers.push(asInt64(value));
    else return `${library}/jwt: expected number value to unmarshal NumericDate`;
  }
  const audience = all['aud'];
  const isList = Array.isArray(audience) && audience.every((one) => typeof one === 'string');
  if (audience !== undefined && typeof audience !== 'string' && !isList)
    return `${library}/jwt: expected string or array value to unmarshal to Audience`;
  const texts: string[] = [];
  for (const [name, field] of [
    ['iss', 'iss'],
    ['sub', 'sub'],
    ['jti', 'jti'],
  ] as const) {
    const value = all[name];
    if (value !== undefined && value !== null && typeof value !== 'string')
      return `json: cannot unmarshal ${typeof value} into Go struct field Claims.${field} of type string`;
    texts.push(typeof value === 'string' ? value : '');
  }
  const [issuer = '', subject = '', id = ''] = texts;
  const [expiry, notBefore, issuedAt] = numbers;
  const given = audience === undefined ? [] : typeof audience === 'string' ? [audience] : (audience as readonly string[]);
  return { issuer, subject, id, audience: given, expiry, notBefore, issuedAt, all };
}

/** A number beyond 64 bits becomes the smallest, as Go's conversion does on the machines that clusters run on. */
function asInt64(value: number): number {
  return Math.abs(value) < 2 ** 63 ? Math.trunc(value) : -(2 ** 63);
}

/** One minute of leeway on each side (`jwt.DefaultLeeway`). */
function timeFault({ expiry, notBefore, issuedAt }: Claims, now: number): string | undefined {
  if (notBefore !== undefined && now + leewaySeconds < notBefore) return 'service account token is not valid yet';
  if (expiry !== undefined && now - leewaySeconds > expiry) return 'service account token has expired';
  if (issuedAt !== undefined && now + leewaySeconds < issuedAt) return 'service account token is issued in the future';
  return undefined;
}
