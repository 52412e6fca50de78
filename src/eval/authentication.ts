import { authenticate } from '../authentication/authenticate.ts';
import type { Authenticators } from '../authentication/authenticate.ts';
import type { AnonymousConfiguration, JwtAuthenticator } from '../authentication/configuration-types.ts';
import { loadAuthenticationConfiguration } from '../authentication/configuration.ts';
import { requiredClaims, usernamePrefix } from '../authentication/token/open-id-flags.ts';
import { firstOf, printedError } from '../authentication/outcome.ts';
import { readVerificationKeys } from '../authentication/token/jws.ts';
import type { OpenIdIssuer } from '../authentication/token/open-id.ts';
import { fileAlgorithms, openIdToken } from '../authentication/token/open-id.ts';
import { readStaticTokens } from '../authentication/token/static-tokens.ts';
import type { User } from '../authentication/user.ts';
import { readBundle, readCertificate } from '../authentication/x509/certificate.ts';
import type { Attributes } from '../authorization/attributes.ts';
import { forbiddenMessage } from '../authorization/forbidden.ts';
import { impersonate } from '../authorization/impersonation/impersonation.ts';
import { constrainedSince, nobodyMessage, wantedUserOf } from '../authorization/impersonation/wanted-user.ts';
import { isPrivileged } from '../authorization/privileged-group.ts';
import { authorize } from '../authorization/rbac/rbac.ts';
import { requestInfo } from '../authorization/request-info.ts';
import { toldByRbac } from '../authorization/told-reason.ts';
import { booleanOf } from '../cluster/flags.ts';
import type { Json, JsonObject } from '../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt, stringsAt } from '../cluster/json.ts';
import type { EvalAnswer, EvalEngine } from './engine.ts';
import { rbacStateOf } from './rbac-input.ts';
import type { RbacState } from './rbac-input.ts';
import { serverFlags } from './server-flags.ts';

/** `bulwark eval authentication`: who makes this request, and is it let in (shapes: docs/eval.md)? */
export const answer: EvalEngine = (input, minor) => {
  const request = objectAt(input['request']);
  const [method, path] = [stringAt(request['method']), stringAt(request['path'])];
  if (method === undefined) return { error: { message: 'must be a text', path: 'input.request.method' } };
  if (path === undefined) return { error: { message: 'must be a text', path: 'input.request.path' } };
  const now = new Date(stringAt(input['now']) ?? '');
  if (Number.isNaN(now.getTime())) return { error: { message: 'must be a time (RFC 3339)', path: 'input.now' } };
  const server = serverOf(input, minor);
  if ('answer' in server) return server.answer;
  const certificates = stringsAt(request['clientCertificates']).map(readCertificate);
  const broken = certificates.findIndex((one) => typeof one === 'string');
  if (broken >= 0)
    return {
      error: {
        message: `cannot be read: ${JSON.stringify(certificates[broken])}`,
        path: `input.request.clientCertificates[${broken}]`,
      },
    };
  const sent = certificates.filter((one) => typeof one !== 'string');
  // Go 1.23, with which 1.32 and later are built, ends the handshake at a negative serial number.
  if (minor >= 32 && sent.some(({ serialNumber }) => serialNumber < 0n)) return { result: { code: 0 } };
  const headers = headersOf(objectAt(request['headers']));
  const info = requestInfo(method, path);
  const answered = authenticate(server.authenticators, { path: info.path, headers, certificates: sent, now });
  if (answered.kind === 'unknown') return { unknown: answered.why };
  if (answered.kind !== 'user')
    return { result: { code: 401, ...(answered.kind === 'error' ? { error: printedError(answered.messages) } : {}) } };
  return afterwards({
    user: answered.user,
    headers,
    attributes: info.attributes,
    method,
    path,
    minor,
    server,
    state: rbacStateOf(input),
  });
};

interface Server {
  readonly authenticators: Authenticators;
  readonly allowsAll: boolean;
}

function headersOf(headers: JsonObject): ReadonlyMap<string, readonly string[]> {
  return new Map(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), typeof value === 'string' ? [value] : stringsAt(value)]),
  );
}

/** The server of a line: its flags, and the files that they name. */
function serverOf(input: JsonObject, minor: number): Server | { readonly answer: EvalAnswer } {
  const server = objectAt(input['server']);
  const { flags, gates } = serverFlags(repeated(objectAt(server['flags'])), minor);
  const files = objectAt(server['files']);
  const file = (name: string) => {
    const path = flags.get(name).value;
    return path === '' ? undefined : (stringAt(files[path]) ?? stringAt(files[path.slice(path.lastIndexOf('/') + 1)]) ?? '');
  };
  const bad = (message: string) => ({ answer: { error: { message, path: 'input.server' } } });
  const tokenFile = file('token-auth-file');
  const staticTokens = tokenFile === undefined ? undefined : readStaticTokens(tokenFile, flags.get('token-auth-file').value);
  if (typeof staticTokens === 'string') return bad(`the server does not start: ${staticTokens}`);
  const modes = flags.get('authorization-mode').values.flatMap((mode) => mode.split(','));
  const issuers = flags.get('service-account-issuer').values;
  const keyFiles = flags.get('service-account-key-file').values;
  const keys = (keyFiles.length > 0 ? keyFiles : [flags.get('service-account-signing-key-file').value])
    .map((path) => stringAt(files[path]))
    .filter((text) => text !== undefined)
    .flatMap(readVerificationKeys);
  const audiences = flags.get('api-audiences').values.flatMap((value) => value.split(','));
  const configuration = file('authentication-config');
  const loaded =
    configuration === undefined
      ? undefined
      : loadAuthenticationConfiguration(configuration, {
          path: flags.get('authentication-config').value,
          minor,
          gates,
          serviceAccountIssuers: issuers,
        });
  if (loaded?.kind === 'refused') return bad(`the server does not start: ${loaded.message}`);
  const proxyAuthority = file('requestheader-client-ca-file');
  const list = (name: string) =>
    flags
      .get(name)
      .values.flatMap((value) => value.split(','))
      .filter((value) => value !== '');
  const clientAuthority = file('client-ca-file');
  const objects = listAt(objectAt(input['objects'])['items']).filter(isObject);
  const anonymous: AnonymousConfiguration = loaded?.configuration.anonymous ?? {
    enabled: (booleanOf(flags.get('anonymous-auth')) ?? true) && !modes.includes('AlwaysAllow'),
    conditions: [],
  };
  const openId = openIdIssuers(flags, loaded?.configuration.jwt, input['documents']);
  const now = stringAt(input['now']) ?? '';
  const authenticators: Authenticators = {
    ...(proxyAuthority === undefined
      ? {}
      : {
          frontProxy: {
            roots: readBundle(proxyAuthority),
            allowedNames: list('requestheader-allowed-names'),
            usernameHeaders: list('requestheader-username-headers'),
            uidHeaders: list('requestheader-uid-headers'),
            groupHeaders: list('requestheader-group-headers'),
            extraHeaderPrefixes: list('requestheader-extra-headers-prefix'),
          },
        }),
    ...(clientAuthority === undefined ? {} : { clientAuthority: readBundle(clientAuthority) }),
    ...(staticTokens === undefined ? {} : { staticTokens }),
    ...(keys.length === 0
      ? {}
      : {
          serviceAccounts: {
            keys,
            issuers,
            audiences: audiences.length > 0 ? audiences : issuers,
            lookup: booleanOf(flags.get('service-account-lookup')) ?? true,
          },
        }),
    boundTokens: issuers.length > 0,
    ...(openId.length === 0
      ? {}
      : { issuers: (token: string) => firstOf(openId.map((issuer) => () => openIdToken(issuer, token, now, minor))) }),
    others: [],
    anonymous,
    lookup: (kind, namespace, name) =>
      objects.find((object) => {
        const metadata = objectAt(object['metadata']);
        return object['kind'] === kind && metadata['name'] === name && (namespace === '' || metadata['namespace'] === namespace);
      }),
    minor,
  };
  return { authenticators, allowsAll: modes.includes('AlwaysAllow') };
}

/** The issuers of the configuration file, else the one of the `--oidc-` flags. Source: K:pkg/kubeapiserver/options/authentication.go. */
function openIdIssuers(
  flags: ReturnType<typeof serverFlags>['flags'],
  jwt: readonly JwtAuthenticator[] | undefined,
  served: Json | undefined,
): readonly OpenIdIssuer[] {
  const documents = isObject(served) ? served : undefined;
  if (jwt !== undefined) return jwt.map((authenticator) => ({ authenticator, algorithms: fileAlgorithms, documents }));
  const url = flags.get('oidc-issuer-url').value;
  if (url === '') return [];
  const text = (name: string): string => flags.get(`oidc-${name}`).value;
  const list = (name: string): readonly string[] =>
    flags
      .get(`oidc-${name}`)
      .values.flatMap((value) => value.split(','))
      .filter((value) => value !== '');
  const claim = text('username-claim') || 'sub';
  const prefix = usernamePrefix(text('username-prefix'), claim, url);
  const none = { claim: '', expression: '' };
  const algorithms = list('signing-algs');
  const required = requiredClaims(flags.get('oidc-required-claim').values).map((rule) => ({
    ...rule,
    expression: '',
    message: '',
  }));
  const authenticator: JwtAuthenticator = {
    issuer: { url, certificateAuthority: '', audiences: [text('client-id')] },
    claimValidationRules: required,
    claimMappings: {
      username: { claim, expression: '', prefix },
      groups: { claim: text('groups-claim'), expression: '', prefix: text('groups-prefix') },
      uid: none,
      extra: [],
    },
    userValidationRules: [],
  };
  return [{ authenticator, algorithms: algorithms.length > 0 ? algorithms : ['RS256'], documents }];
}

/** A flag that is given several times is a list here. */
function repeated(flags: JsonObject): JsonObject {
  const plain = Object.entries(flags).filter(([, value]) => !Array.isArray(value));
  const extra = Object.entries(flags).flatMap(([name, value]) =>
    Array.isArray(value) ? stringsAt(value).map((one) => `--${name}=${one}`) : [],
  );
  return { flags: Object.fromEntries(plain), extraArgs: extra };
}

interface LetIn {
  readonly user: User;
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly attributes: Attributes;
  readonly method: string;
  readonly path: string;
  readonly minor: number;
  readonly server: Server;
  readonly state: RbacState;
}

/** What every user, also the unauthenticated, may ask where a line names no RBAC objects: who am I? */
function isSelfReview(attributes: Attributes): boolean {
  return attributes.kind === 'resource' && attributes.resource === 'selfsubjectreviews' && attributes.verb === 'create';
}

/** After authentication: impersonation, then authorization by the RBAC objects of the line. */
function afterwards({ user, headers, attributes, method, path, minor, server, state }: LetIn): EvalAnswer {
  const knowsRbac = state.objects.bindings.length > 0;
  const ask = (who: User, what: Attributes): string | undefined => {
    if (server.allowsAll || isPrivileged(who) || (!knowsRbac && isSelfReview(what) && what.verb === 'create')) return undefined;
    const decision = authorize(state.compiled, who, what);
    return decision.kind === 'allow' ? undefined : toldByRbac(decision.reason, minor);
  };
  const wanted = wantedUserOf(headers);
  let asUser = user;
  if (wanted !== undefined) {
    if ('nobody' in wanted) {
      const message = nobodyMessage(wanted.nobody, minor);
      return minor >= constrainedSince
        ? { result: { code: 400, message } }
        : { result: { code: 500, body: `Internal Server Error: "${path}": ${message}\n` } };
    }
    const impersonated = impersonate(ask, user, wanted, attributes, minor);
    if (impersonated.kind === 'refused') return { result: { code: 403, message: impersonated.message, user: shownUser(user) } };
    asUser = impersonated.user;
  }
  const reason = ask(asUser, attributes);
  const shown = shownUser(asUser);
  if (reason === undefined) return { result: { code: method === 'POST' ? 201 : 200, user: shown } };
  if (!knowsRbac && !isSelfReview(attributes))
    return { unknown: 'no RBAC objects are given, so what the user may do is not known' };
  return { result: { code: 403, message: forbiddenMessage(asUser.username, attributes, reason, minor), user: shown } };
}

function shownUser({ username, uid, groups, extra }: User): JsonObject {
  return {
    username,
    ...(uid === undefined || uid === '' ? {} : { uid }),
    groups: [...groups],
    ...(extra === undefined
      ? {}
      : { extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]])) }),
  };
}
