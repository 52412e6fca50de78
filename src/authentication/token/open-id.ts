import { createPublicKey } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import { goQuote } from '../../cluster/go-quote.ts';
import type { Json, JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../../cluster/json.ts';
import { NativeList, readExpression } from '../cel/expression.ts';
import type { JwtAuthenticator } from '../configuration-types.ts';
import type { Authentication } from '../outcome.ts';
import { nothingShown, refused } from '../outcome.ts';
import type { User } from '../user.ts';
import type { Jws, VerificationKey } from './jws.ts';
import { isSignedBy, readJws, unverifiedIssuer } from './jws.ts';

/** One issuer of OpenID Connect, as a server with this configuration knows it. */
export interface OpenIdIssuer {
  readonly authenticator: JwtAuthenticator;
  /** Signature algorithms that are taken, in the order in which messages name them. */
  readonly algorithms: readonly string[];
  /** What the issuer serves, by URL; `undefined`: nobody asked it. */
  readonly documents: JsonObject | undefined;
}

/** Algorithms that a configuration file allows. */
export const fileAlgorithms: readonly string[] = [
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
];

/** From this minor on signatures are looked at before claims (go-oidc 2.5 with 1.36; 1.33 to 1.35 have 2.3). */
const signatureFirstSince = 36;
const leewayMs = 60_000;

/** A refusal on the way, in the server's words. */
class Refusal extends Error {}

/**
 * Who an ID token is, as the server's authenticator of one issuer tells. Tokens of other issuers are not its business. Where CEL expressions
 * have the word the answer is `unknown`; what is refused before them is refused.
 *
 * Rule source: k8s.io/apiserver plugin/pkg/authenticator/token/oidc, github.com/coreos/go-oidc v2.
 *
 * @param now as RFC 3339 text; messages quote all its digits
 */
export function openIdToken(issuer: OpenIdIssuer, token: string, now: string, minor: number): Authentication {
  const { url } = issuer.authenticator.issuer;
  if (token.trim().startsWith('{')) return nothingShown;
  const named = unverifiedIssuer(token);
  if ((named === 'accounts.google.com' ? 'https://accounts.google.com' : named) !== url) return nothingShown;
  if (issuer.documents === undefined) return { kind: 'unknown', why: `the keys of the issuer ${url} were not seen` };
  const keys = keysOf(issuer, issuer.documents);
  if (keys === 'not initialized') return refused('oidc: authenticator not initialized');
  if (keys === undefined) return { kind: 'unknown', why: `the keys of the issuer ${url} were not seen` };
  const jws = readJws(token);
  const claims = jws === undefined ? undefined : parsedObject(jws.payload);
  if (jws === undefined || claims === undefined)
    return { kind: 'unknown', why: 'the token cannot be read, and the words of the server for that are not known' };
  try {
    verify(issuer, jws, keys, claims, now, minor);
    return userOf(issuer.authenticator, claims);
  } catch (error) {
    if (error instanceof Refusal) return refused(error.message);
    if (error instanceof NotAnswered) return { kind: 'unknown', why: error.message };
    throw error;
  }
}

/** `not initialized`: the discovery document is not there, or of another issuer; `undefined`: its keys were not seen. */
function keysOf(
  { authenticator }: OpenIdIssuer,
  documents: JsonObject,
): readonly VerificationKey[] | 'not initialized' | undefined {
  const { url, discoveryURL } = authenticator.issuer;
  const discovery = documents[discoveryURL || `${url.replace(/\/$/, '')}/.well-known/openid-configuration`];
  if (!isObject(discovery) || stringAt(discovery['issuer']) !== url) return 'not initialized';
  const set = documents[stringAt(discovery['jwks_uri']) ?? ''];
  if (!isObject(set)) return undefined;
  return listAt(set['keys'])
    .filter(isObject)
    .flatMap((key) => {
      try {
        return [{ key: createPublicKey({ key: key as JsonWebKey, format: 'jwk' }), id: stringAt(key['kid']) ?? '' }];
      } catch {
        return [];
      }
    });
}

function verify(
  issuer: OpenIdIssuer,
  jws: Jws,
  keys: readonly VerificationKey[],
  claims: JsonObject,
  now: string,
  minor: number,
): void {
  const signature = (): void => {
    const algorithm = stringAt(jws.header['alg']) ?? '';
    if (!issuer.algorithms.includes(algorithm))
      fail(
        `oidc: id token signed with unsupported algorithm, expected ${quotedList(issuer.algorithms)} got ${goQuote(algorithm)}`,
      );
    const id = stringAt(jws.header['kid']) ?? '';
    if (!keys.some((key) => (id === '' || key.id === id) && isSignedBy(jws, key.key)))
      fail('failed to verify signature: failed to verify id token signature');
  };
  const fail = (message: string): never => {
    throw new Refusal(`oidc: verify token: ${message}`);
  };
  if (minor >= signatureFirstSince) signature();
  const unmarshal = (message: string): never => fail(`oidc: failed to unmarshal claims: ${message}`);
  const audience = audienceOf(member(claims, 'aud'), unmarshal);
  const expiry = timeOf(member(claims, 'exp'), unmarshal);
  timeOf(member(claims, 'iat'), unmarshal);
  const notBefore = timeOf(member(claims, 'nbf'), unmarshal);
  for (const name of ['sub', 'nonce', 'at_hash']) {
    const value = member(claims, name);
    if (value !== undefined && value !== null && typeof value !== 'string')
      unmarshal(`json: cannot unmarshal ${jsonKind(value)} into Go struct field idToken.${name} of type string`);
  }
  const wanted = issuer.authenticator.issuer.audiences;
  const [first = ''] = wanted;
  if (wanted.length === 1 && !audience.includes(first))
    fail(`oidc: expected audience ${goQuote(first)} got ${quotedList(audience)}`);
  const at = Date.parse(now);
  // Without `exp` the time is the zero of the type.
  if (expiry === undefined) fail('oidc: token is expired (Token Expiry: 0001-01-01 00:00:00 +0000 UTC)');
  else if (expiry * 1000 < at) fail(`oidc: token is expired (Token Expiry: ${goTime(new Date(expiry * 1000).toISOString())})`);
  if (notBefore !== undefined && at + leewayMs < notBefore * 1000)
    fail(
      `oidc: current time ${goTime(now)} before the nbf (not before) time: ${goTime(new Date(notBefore * 1000).toISOString())}`,
    );
  if (minor < signatureFirstSince) signature();
  if (wanted.length > 1 && !audience.some((one) => wanted.includes(one)))
    fail(`oidc: expected audience in ${quotedList(wanted.toSorted())} got ${quotedList(audience)}`);
}

/** An expression goes beyond what is answered for here. */
class NotAnswered extends Error {}

function userOf(authenticator: JwtAuthenticator, claims: JsonObject): Authentication {
  const { claimMappings, claimValidationRules, userValidationRules } = authenticator;
  const { username, groups, uid, extra } = claimMappings;
  const name = username.expression === '' ? usernameOf(claims, username.claim) : textOf(claims, username.expression, 'username');
  if (username.expression !== '' && name === '') throw new Refusal('oidc: empty username via CEL expression is not allowed');
  if (groups.claim !== '' && Object.hasOwn(objectAt(claims['_claim_names']), groups.claim))
    return { kind: 'unknown', why: 'the groups are claims of another source, which was not asked' };
  const found =
    groups.claim !== '' && Object.hasOwn(claims, groups.claim)
      ? groupsOf(claims[groups.claim], groups.claim).map((group) => `${groups.prefix ?? ''}${group}`)
      : groups.expression === ''
        ? []
        : listOf(valueOf(claims, groups.expression, 'claims', 'group claim'), 'oidc: error evaluating group claim expression');
  const id =
    uid.claim !== ''
      ? textClaim(claims, uid.claim, `oidc: parse uid claim ${goQuote(uid.claim)}`)
      : uid.expression === ''
        ? ''
        : textOf(claims, uid.expression, 'uid');
  const more: Record<string, readonly string[]> = {};
  const values = extra.map(({ key, valueExpression }) => ({
    key,
    valueExpression,
    value: valueOf(claims, valueExpression, 'claims', undefined),
  }));
  for (const { key, valueExpression, value } of values) {
    const list = listOf(value, `oidc: error evaluating extra claim expression: ${valueExpression}`);
    if (list.length > 0) more[key] = list;
  }
  for (const { claim, requiredValue } of claimValidationRules) {
    if (claim === '') continue;
    if (!Object.hasOwn(claims, claim)) throw new Refusal(`oidc: required claim ${claim} not present in ID token`);
    const value = textClaim(claims, claim, `oidc: parse claim ${claim}`);
    if (value !== requiredValue)
      throw new Refusal(`oidc: required claim ${claim} value does not match. Got = ${value}, want = ${requiredValue}`);
  }
  holds(
    claims,
    claimValidationRules.filter(({ expression }) => expression !== ''),
    'claims',
    'claim validation expression',
  );
  const user: User = {
    username: username.expression === '' ? `${username.prefix ?? ''}${name}` : name,
    groups: found,
    ...(id === '' ? {} : { uid: id }),
    ...(Object.keys(more).length === 0 ? {} : { extra: more }),
  };
  // As the server makes an object of it: what is empty is not there.
  const asObject: JsonObject = {
    username: user.username,
    ...(id === '' ? {} : { uid: id }),
    ...(found.length === 0 ? {} : { groups: [...found] }),
    ...(user.extra === undefined ? {} : { extra: more as unknown as JsonObject }),
  };
  holds(asObject, userValidationRules, 'user', 'user info validation rule');
  return { kind: 'user', user };
}

/** All rules are evaluated before the first that does not hold is told. */
function holds(
  value: JsonObject,
  rules: readonly { readonly expression: string; readonly message: string }[],
  variable: 'claims' | 'user',
  what: string,
): void {
  const results = rules.map((rule) => ({ ...rule, result: valueOf(value, rule.expression, variable, what) }));
  for (const { expression, message, result } of results) {
    if (typeof result !== 'boolean')
      throw new Refusal(`oidc: error evaluating ${what}: validation expression must return a boolean`);
    if (!result) throw new Refusal(`oidc: error evaluating ${what}: validation expression '${expression}' failed: ${message}`);
  }
}

/** @param what names the expression before its error; `undefined`: the error stands alone */
function valueOf(value: JsonObject, text: string, variable: 'claims' | 'user', what: string | undefined): unknown {
  const expression = readExpression(text, variable);
  if (expression === undefined) throw new NotAnswered(`the CEL expression ${text} is not answered for`);
  const evaluated = expression.evaluate(value);
  if (evaluated.kind === 'unknown') throw new NotAnswered(evaluated.why);
  if (evaluated.kind === 'value') return evaluated.value;
  const label = what === undefined ? '' : `oidc: error evaluating ${what}${what.endsWith('claim') ? ' expression' : ''}: `;
  throw new Refusal(`${label}expression '${text}' resulted in error: ${evaluated.message}`);
}

function textOf(claims: JsonObject, text: string, what: 'username' | 'uid'): string {
  const value = valueOf(claims, text, 'claims', `${what} claim`);
  if (typeof value === 'string') return value;
  throw new Refusal(`oidc: error evaluating ${what} claim expression: ${what} claim expression must return a string`);
}

/** A text or a list of texts; empty ones are left out, and lists that a function made are refused. */
function listOf(value: unknown, what: string): readonly string[] {
  if (value === null || value === '') return [];
  if (typeof value === 'string') return [value];
  if (Array.isArray(value) && !(value instanceof NativeList) && value.every((one) => typeof one === 'string'))
    return value.filter((one) => one !== '');
  throw new Refusal(`${what}: expression must return a string or a list of strings`);
}

function usernameOf(claims: JsonObject, claim: string): string {
  const name = textClaim(claims, claim, `oidc: parse username claims ${goQuote(claim)}`);
  if (claim !== 'email' || !Object.hasOwn(claims, 'email_verified')) return name;
  const verified = claims['email_verified'];
  if (verified !== null && typeof verified !== 'boolean')
    throw new Refusal(
      `oidc: parse 'email_verified' claim: json: cannot unmarshal ${jsonKind(verified)} into Go value of type bool`,
    );
  if (verified !== true) throw new Refusal('oidc: email not verified');
  return name;
}

/** A claim that must be a text; `null` is an empty one. */
function textClaim(claims: JsonObject, claim: string, what: string): string {
  if (!Object.hasOwn(claims, claim)) throw new Refusal(`${what}: claim not present`);
  const value = claims[claim];
  if (value === null) return '';
  if (typeof value !== 'string')
    throw new Refusal(`${what}: json: cannot unmarshal ${jsonKind(value)} into Go value of type string`);
  return value;
}

/** A list of texts, or one. */
function groupsOf(value: Json | undefined, claim: string): readonly string[] {
  if (value === null) return [];
  if (Array.isArray(value) && value.every((one) => one === null || typeof one === 'string')) return value.map((one) => one ?? '');
  if (typeof value === 'string') return [value];
  throw new Refusal(
    `oidc: parse groups claim ${goQuote(claim)}: json: cannot unmarshal ${jsonKind(value)} into Go value of type string`,
  );
}

function audienceOf(value: Json | undefined, unmarshal: (message: string) => never): readonly string[] {
  if (value === undefined || value === null) return [];
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) {
    const wrong = value.find((one) => one !== null && typeof one !== 'string');
    if (wrong === undefined) return value.map((one) => stringAt(one) ?? '');
    return unmarshal(`json: cannot unmarshal ${jsonKind(wrong)} into Go value of type string`);
  }
  return unmarshal(`json: cannot unmarshal ${jsonKind(value)} into Go value of type []string`);
}

/** Seconds since 1970, whole; `undefined` where the claim is absent. */
function timeOf(value: Json | undefined, unmarshal: (message: string) => never): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number') return Math.trunc(value);
  // A text that holds a number is a json.Number as well.
  if (typeof value === 'string' && /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(value)) return Math.trunc(Number(value));
  if (typeof value === 'string')
    return unmarshal(`json: invalid number literal, trying to unmarshal ${goQuote(JSON.stringify(value))} into Number`);
  return unmarshal(`json: cannot unmarshal ${jsonKind(value)} into Go value of type json.Number`);
}

/** Go's encoding/json takes a member's name in any case, the last one counts. */
function member(claims: JsonObject, name: string): Json | undefined {
  let found: Json | undefined;
  for (const [key, value] of Object.entries(claims)) if (key.toLowerCase() === name) found = value;
  return found;
}

function parsedObject(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function jsonKind(value: Json | undefined): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : value === null ? 'null' : typeof value;
}

function quotedList(texts: readonly string[]): string {
  return `[${texts.map(goQuote).join(' ')}]`;
}

/** A time as Go prints it: `2026-11-25 23:28:22.76269878 +0000 UTC`. */
function goTime(text: string): string {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/.exec(text);
  if (match === null) return goTime(new Date(text).toISOString());
  const [, day = '', clock = '', digits = ''] = match;
  const fraction = digits.replace(/0+$/, '');
  return `${day} ${clock}${fraction === '' ? '' : `.${fraction}`} +0000 UTC`;
}
