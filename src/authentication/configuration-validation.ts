import type { FieldError } from '../cluster/decode/field-errors.ts';
import {
  duplicate,
  forbidden,
  goJsonString,
  invalid,
  printPath,
  printsJson,
  required,
  tooMany,
} from '../cluster/decode/field-errors.ts';
import { dnsSubdomainFaults } from '../cluster/dns-names.ts';
import { goQuote } from '../cluster/go-quote.ts';
import { parseGoUrl } from '../cluster/go-url.ts';
import type { FieldPath } from '../cluster/json.ts';
import { certificatesFault } from './certificate-pem.ts';
import type {
  AnonymousConfiguration,
  AuthenticationConfiguration,
  ClaimOrExpression,
  JwtAuthenticator,
} from './configuration-types.ts';

/** What the checks depend on beside the file. */
export interface ValidationContext {
  readonly minor: number;
  /** Whether a feature gate is on; asked only for gates that the version has. */
  readonly gates: (name: string) => boolean;
}

/** Messages were made shorter in this minor. */
const shortMessagesSince = 34;

/**
 * Checks an AuthenticationConfiguration; the errors are the server's, in its order, without those that need CEL.
 *
 * Source: apiserver pkg/apis/apiserver/validation/validation.go of 1.29 to 1.37.
 */
export function validateAuthenticationConfiguration(
  configuration: AuthenticationConfiguration,
  context: ValidationContext,
): readonly FieldError[] {
  const { jwt, anonymous } = configuration;
  const limit = context.minor === 29 ? 1 : 64;
  if (jwt.length === 0 && context.minor === 29) return [required(['jwt'], 'at least one jwt is required')];
  if (jwt.length > limit) return [tooMany(['jwt'], jwt.length, limit)];
  const issuers = new Set<string>();
  const discoveries = new Set<string>();
  const errors = jwt.flatMap((entry, index) => {
    const path = ['jwt', index];
    const found = validateJwt(entry, path, context);
    const { url, discoveryURL } = entry.issuer;
    if (issuers.has(url)) found.push(duplicate([...path, 'issuer', 'url'], goQuote(url)));
    issuers.add(url);
    if (typeof discoveryURL === 'string' && discoveryURL !== '') {
      if (discoveries.has(discoveryURL)) found.push(duplicate([...path, 'issuer', 'discoveryURL'], goQuote(discoveryURL)));
      discoveries.add(discoveryURL);
    }
    return found;
  });
  return anonymous === undefined ? errors : [...errors, ...validateAnonymous(anonymous, context)];
}

/**
 * The errors of the first issuer whose URL is one of `--service-account-issuer`. The server finds them only when it builds that
 * authenticator, after everything else was accepted, and its path then lacks `jwt[0]`.
 */
export function overlapErrors({ jwt }: AuthenticationConfiguration, disallowed: readonly string[]): readonly FieldError[] {
  const index = jwt.findIndex(({ issuer }) => disallowed.includes(issuer.url));
  const url = jwt[index]?.issuer.url;
  if (url === undefined) return [];
  const detail = `URL must not overlap with disallowed issuers: [${[...new Set(disallowed)].toSorted().join(' ')}]`;
  return [{ ...invalid(['issuer', 'url'], goQuote(url), detail), place: ['jwt', index, 'issuer', 'url'] }];
}

function validateAnonymous({ enabled, conditions }: AnonymousConfiguration, { minor, gates }: ValidationContext): FieldError[] {
  const errors: FieldError[] = [];
  if (minor <= 36 && !gates('AnonymousAuthConfigurableEndpoints')) {
    // The gate's name is misspelt up to 1.34.
    const gate = minor <= 34 ? 'AnonymousAuthConfigurableEnpoints' : 'AnonymousAuthConfigurableEndpoints';
    errors.push(forbidden(['anonymous'], `anonymous is not supported when ${gate} feature gate is disabled`));
  }
  if (enabled || conditions.length === 0) return errors;
  const printed = printsJson(minor)
    ? `[${conditions.map(({ path }) => `{"Path":${goJsonString(path)}}`).join(',')}]`
    : `[]apiserver.AnonymousAuthCondition{${conditions.map(({ path }) => `apiserver.AnonymousAuthCondition{Path:${goQuote(path)}}`).join(', ')}}`;
  errors.push(invalid(['anonymous', 'conditions'], printed, 'enabled should be set to true when conditions are defined'));
  return errors;
}

function validateJwt(entry: JwtAuthenticator, path: FieldPath, context: ValidationContext): FieldError[] {
  return [
    ...validateIssuer(entry, [...path, 'issuer'], context),
    ...validateClaimRules(entry, [...path, 'claimValidationRules'], context.minor),
    ...validateMappings(entry, [...path, 'claimMappings'], context.minor),
    ...validateUserRules(entry, [...path, 'userValidationRules'], context.minor),
  ];
}

function validateIssuer({ issuer }: JwtAuthenticator, path: FieldPath, context: ValidationContext): FieldError[] {
  const { minor } = context;
  const urlPath = [...path, 'url'];
  const detail = minor >= shortMessagesSince ? '' : 'URL is required';
  return [
    ...(issuer.url === '' ? [required(urlPath, detail)] : validateUrl(issuer.url, urlPath)),
    ...validateDiscovery(issuer.url, issuer.discoveryURL ?? '', [...path, 'discoveryURL']),
    ...validateAudiences(issuer, path, minor),
    ...validateAuthority(issuer.certificateAuthority, [...path, 'certificateAuthority']),
    ...validateEgress(issuer.egressSelectorType ?? '', [...path, 'egressSelectorType'], context),
  ];
}

function validateUrl(text: string, path: FieldPath): FieldError[] {
  const fault = (detail: string): FieldError => invalid(path, goQuote(text), detail);
  const url = parseGoUrl(text);
  if ('error' in url) return [fault(url.error)];
  return [
    ...(url.scheme === 'https' ? [] : [fault('URL scheme must be https')]),
    ...(url.userinfo === undefined ? [] : [fault('URL must not contain a username or password')]),
    ...(url.query === '' ? [] : [fault('URL must not contain a query')]),
    ...(url.fragment === '' ? [] : [fault('URL must not contain a fragment')]),
  ];
}

function validateDiscovery(issuerUrl: string, text: string, path: FieldPath): FieldError[] {
  if (text === '') return [];
  const bare = (url: string): string => url.replace(/\/+$/, '');
  const same = issuerUrl !== '' && bare(issuerUrl) === bare(text);
  return [...(same ? [invalid(path, goQuote(text), 'discoveryURL must be different from URL')] : []), ...validateUrl(text, path)];
}

function validateAudiences(issuer: JwtAuthenticator['issuer'], issuerPath: FieldPath, minor: number): FieldError[] {
  const { audiences } = issuer;
  const path = [...issuerPath, 'audiences'];
  if (audiences.length === 0) return [required(path, `at least one ${printPath(path)} is required`)];
  if (minor === 29 && audiences.length > 1) return [tooMany(path, audiences.length, 1)];
  const seen = new Set<string>();
  const errors: FieldError[] = [];
  for (const [index, audience] of audiences.entries()) {
    if (audience === '') errors.push(required([...path, index], minor >= shortMessagesSince ? '' : "audience can't be empty"));
    if (seen.has(audience)) errors.push(duplicate([...path, index], goQuote(audience)));
    seen.add(audience);
  }
  const policy = issuer.audienceMatchPolicy ?? '';
  const printed = printsJson(minor) ? goJsonString(policy) : goQuote(policy);
  const policyPath = [...issuerPath, 'audienceMatchPolicy'];
  if (audiences.length > 1 && policy !== 'MatchAny') {
    errors.push(invalid(policyPath, printed, 'audienceMatchPolicy must be MatchAny for multiple audiences'));
  }
  if (audiences.length === 1 && policy !== '' && policy !== 'MatchAny') {
    errors.push(invalid(policyPath, printed, 'audienceMatchPolicy must be empty or MatchAny for single audience'));
  }
  return errors;
}

function validateAuthority(text: string, path: FieldPath): FieldError[] {
  const fault = text === '' ? undefined : certificatesFault(text);
  return fault === undefined ? [] : [invalid(path, '"<omitted>"', fault)];
}

function validateEgress(type: string, path: FieldPath, { minor, gates }: ValidationContext): FieldError[] {
  if (type === '') return [];
  const gate = 'StructuredAuthenticationConfigurationEgressSelector';
  const printed = printsJson(minor) ? goJsonString(type) : goQuote(type);
  return [
    ...(gates(gate) ? [] : [invalid(path, printed, `egress selector is not supported when ${gate} feature gate is disabled`)]),
    ...(type === 'controlplane' || type === 'cluster'
      ? []
      : [invalid(path, printed, 'egress selector must be either controlplane or cluster')]),
  ];
}

function validateClaimRules({ claimValidationRules }: JwtAuthenticator, path: FieldPath, minor: number): FieldError[] {
  const claims = new Set<string>();
  const expressions = new Set<string>();
  const detail = (member: string, other: string): string =>
    minor >= shortMessagesSince ? `may not be specified when ${other} is set` : `${member} can't be set when ${other} is set`;
  return claimValidationRules.flatMap((rule, index) => {
    const here = [...path, index];
    if (rule.claim !== '' && rule.expression !== '')
      return [invalid(here, goQuote(rule.claim), "claim and expression can't both be set")];
    if (rule.claim === '' && rule.expression === '') return [required(here, 'claim or expression is required')];
    const errors: FieldError[] = [];
    if (rule.claim !== '') {
      if (rule.message !== '') errors.push(invalid([...here, 'message'], goQuote(rule.message), detail('message', 'claim')));
      if (claims.has(rule.claim)) errors.push(duplicate([...here, 'claim'], goQuote(rule.claim)));
      claims.add(rule.claim);
      return errors;
    }
    if (rule.requiredValue !== '')
      errors.push(invalid([...here, 'requiredValue'], goQuote(rule.requiredValue), detail('requiredValue', 'expression')));
    if (expressions.has(rule.expression)) errors.push(duplicate([...here, 'expression'], goQuote(rule.expression)));
    expressions.add(rule.expression);
    return errors;
  });
}

function validateMappings({ claimMappings }: JwtAuthenticator, path: FieldPath, minor: number): FieldError[] {
  const { username, groups, uid, extra } = claimMappings;
  const keys = new Set<string>();
  return [
    ...validatePrefixed(username, [...path, 'username'], true, minor),
    ...validatePrefixed(groups, [...path, 'groups'], false, minor),
    ...(uid.claim !== '' && uid.expression !== ''
      ? [invalid([...path, 'uid'], '""', "claim and expression can't both be set")]
      : []),
    ...extra.flatMap(({ key, valueExpression }, index) => {
      const here = [...path, 'extra', index];
      const errors = validateExtraKey(key, [...here, 'key'], minor);
      if (keys.has(key)) return [...errors, duplicate([...here, 'key'], goQuote(key))];
      keys.add(key);
      if (valueExpression === '')
        errors.push(required([...here, 'valueExpression'], minor >= shortMessagesSince ? '' : 'valueExpression is required'));
      return errors;
    }),
  ];
}

function validatePrefixed(mapping: ClaimOrExpression, path: FieldPath, isRequired: boolean, minor: number): FieldError[] {
  const { claim, expression, prefix } = mapping;
  if (claim !== '' && expression !== '') return [invalid(path, '""', "claim and expression can't both be set")];
  if (claim === '' && expression === '') return isRequired ? [required(path, 'claim or expression is required')] : [];
  const prefixPath = [...path, 'prefix'];
  if (expression !== '') {
    if (typeof prefix !== 'string') return [];
    const detail =
      minor >= shortMessagesSince ? 'may not be specified when expression is set' : "prefix can't be set when expression is set";
    return [invalid(prefixPath, goQuote(prefix), detail)];
  }
  if (typeof prefix === 'string') return [];
  return [required(prefixPath, 'prefix is required when claim is set. It can be set to an empty string to disable prefixing')];
}

const pathCharacters = String.raw`[A-Za-z0-9/\-._~%!$&'()*+,;=:]+`;

function validateExtraKey(key: string, path: FieldPath, minor: number): FieldError[] {
  const errors = validateDomainPrefixedPath(key, path);
  if (key !== key.toLowerCase())
    errors.push(invalid(path, goQuote(key), minor >= shortMessagesSince ? 'must be lowercase' : 'key must be lowercase'));
  const domain = key.includes('/') ? key.slice(0, key.indexOf('/')) : '';
  if (minor >= 32 && /(?:^|\.)(?:kubernetes|k8s)\.io$/.test(domain)) {
    errors.push(invalid(path, goQuote(key), 'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use'));
  }
  return errors;
}

function validateDomainPrefixedPath(key: string, path: FieldPath): FieldError[] {
  if (key === '') return [required(path, '')];
  const slash = key.indexOf('/');
  const host = key.slice(0, slash);
  const rest = key.slice(slash + 1);
  if (slash < 0 || host === '' || rest === '')
    return [invalid(path, goQuote(key), 'must be a domain-prefixed path (such as "acme.io/foo")')];
  const errors = dnsSubdomainFaults(host).map((fault) => invalid(path, goQuote(host), fault));
  if (!new RegExp(`^${pathCharacters}$`).test(rest)) {
    errors.push(invalid(path, goQuote(rest), `Invalid path (regex used for validation is '${pathCharacters}')`));
  }
  return errors;
}

function validateUserRules({ userValidationRules }: JwtAuthenticator, path: FieldPath, minor: number): FieldError[] {
  const seen = new Set<string>();
  return userValidationRules.flatMap(({ expression }, index) => {
    const here = [...path, index, 'expression'];
    if (expression === '') return [required(here, minor >= shortMessagesSince ? '' : 'expression is required')];
    if (seen.has(expression)) return [duplicate(here, goQuote(expression))];
    seen.add(expression);
    return [];
  });
}
