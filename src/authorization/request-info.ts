import type { Attributes } from './attributes.ts';
import { exactMatch, parseFieldSelector } from './field-selector.ts';

/** What the server makes of a request line. */
export interface RequestInfo {
  /** What the authorizers and the audit policy see. */
  readonly attributes: Attributes;
  /** The path, percent-decoded, without the query. */
  readonly path: string;
  readonly apiPrefix: string;
  readonly apiVersion: string;
  /** Empty unless the verb takes selectors. */
  readonly fieldSelector: string;
  readonly labelSelector: string;
  readonly query: ReadonlyMap<string, readonly string[]>;
  /** Why the server answers 500 before it asks anybody. */
  readonly error?: string;
}

const specialVerbs: ReadonlySet<string> = new Set(['proxy', 'watch']);
const namespaceSubresources: ReadonlySet<string> = new Set(['status', 'finalize']);
const verbsWithSelectors: ReadonlySet<string> = new Set(['list', 'watch', 'deletecollection']);
const verbs: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/**
 * Tells what a request asks for: verb, group, resource, subresource, name and namespace, or the path alone. Never throws.
 *
 * Rule source: k8s.io/apiserver pkg/endpoints/request/requestinfo.go `NewRequestInfo`, the same from 1.28 to 1.37 (selectors since 1.31).
 *
 * @param method as sent; it is case-sensitive
 * @param requestURI path and query, as an audit event has them
 */
export function requestInfo(method: string, requestURI: string): RequestInfo {
  const { path, query } = splitURI(requestURI);
  const parts = path.replace(/^\/+|\/+$/g, '').split('/');
  const plain: RequestInfo = {
    attributes: { kind: 'nonResource', verb: method.toLowerCase(), path },
    path,
    apiPrefix: '',
    apiVersion: '',
    fieldSelector: '',
    labelSelector: '',
    query,
  };
  const [apiPrefix = ''] = parts;
  if (parts.length < 3 || (apiPrefix !== 'api' && apiPrefix !== 'apis')) return plain;
  if (apiPrefix === 'apis' && parts.length < 4) return { ...plain, apiPrefix };
  const apiGroup = apiPrefix === 'apis' ? (parts[1] ?? '') : '';
  const [apiVersion = '', ...rest] = parts.slice(apiPrefix === 'apis' ? 2 : 1);
  const special = specialVerbs.has(rest[0] ?? '');
  const about = { path, apiPrefix, apiVersion, query };
  if (special && rest.length < 2) {
    const verb = method.toLowerCase();
    const attributes = { kind: 'resource', verb, apiGroup, resource: '', subresource: '', name: '', namespace: '' } as const;
    const error = `unable to determine kind and namespace from url, ${requestURI}`;
    return { ...plain, ...about, attributes, error };
  }
  const asked = special ? (rest[0] ?? '') : Object.hasOwn(verbs, method) ? (verbs[method] ?? '') : '';
  const { namespace, relative } = namespaceOf(special ? rest.slice(1) : rest);
  const [resource = '', named = '', third = ''] = relative;
  const subresource = relative.length >= 3 && asked !== 'proxy' ? third : '';
  const { verb, name } = verbAndName(asked, named, query);
  const selects = !special && verbsWithSelectors.has(verb);
  const fieldSelector = selects ? (query.get('fieldSelector')?.[0] ?? '') : '';
  return {
    ...about,
    attributes: {
      kind: 'resource',
      verb,
      apiGroup,
      resource,
      subresource,
      name,
      namespace,
      ...(fieldSelector === '' ? {} : { fieldSelector }),
    },
    fieldSelector,
    labelSelector: selects ? (query.get('labelSelector')?.[0] ?? '') : '',
  };
}

/** `namespaces/NS/…` names the namespace of what follows, unless what follows is a part of the namespace itself. */
function namespaceOf(parts: readonly string[]): { readonly namespace: string; readonly relative: readonly string[] } {
  if (parts[0] !== 'namespaces' || parts.length < 2) return { namespace: '', relative: parts };
  const nested = parts.length > 2 && !namespaceSubresources.has(parts[2] ?? '');
  return { namespace: parts[1] ?? '', relative: nested ? parts.slice(2) : parts };
}

/** Without a name `get` is list or watch, whose field selector may give one, and `delete` is deletecollection. */
function verbAndName(
  asked: string,
  named: string,
  query: RequestInfo['query'],
): { readonly verb: string; readonly name: string } {
  if (named !== '') return { verb: asked, name: named };
  if (asked === 'delete') return { verb: 'deletecollection', name: '' };
  if (asked !== 'get') return { verb: asked, name: '' };
  const watches = isTrue(query.get('watch')?.[0]);
  const verb = watches ? 'watch' : 'list';
  const requirements = parseFieldSelector(query.get('fieldSelector')?.[0] ?? '');
  if (typeof requirements === 'string' || !decodes(query)) return { verb, name: '' };
  const name = exactMatch(requirements, 'metadata.name') ?? '';
  return { verb, name: isPathSegment(name) ? name : '' };
}

/** Anything but `false` and `0` switches on, an empty value too. */
function isTrue(value: string | undefined): boolean {
  return value !== undefined && value !== '0' && value.toLowerCase() !== 'false';
}

/** Whether the other options of a list can be read: where they cannot, the server forgets the name too. */
function decodes(query: RequestInfo['query']): boolean {
  for (const option of ['timeoutSeconds', 'limit']) {
    const value = query.get(option)?.[0];
    if (value !== undefined && !/^[+-]?\d{1,19}$/.test(value)) return false;
  }
  const labels = query.get('labelSelector')?.[0];
  return labels === undefined || looksLikeLabelSelector(labels);
}

const labelName = String.raw`(?:[a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?`;
const labelValue = String.raw`(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?`;
const labelTerm = new RegExp(
  String.raw`^\s*(?:!?\s*${labelName}|${labelName}\s*(?:={1,2}|!=)\s*${labelValue}|${labelName}\s+(?:in|notin)\s*\([^()]*\)|${labelName}\s*[<>]\s*-?\d+)\s*$`,
);

function looksLikeLabelSelector(selector: string): boolean {
  if (selector.trim() === '') return true;
  return selector.split(/,(?![^(]*\))/).every((term) => labelTerm.test(term));
}

function isPathSegment(name: string): boolean {
  return name !== '.' && name !== '..' && !/[/%]/.test(name);
}

/** Splits a request URI as net/url does: what cannot be decoded stays as it is, such a part of the query is left out. */
function splitURI(requestURI: string): { readonly path: string; readonly query: ReadonlyMap<string, readonly string[]> } {
  const hash = requestURI.indexOf('#');
  const uri = hash < 0 ? requestURI : requestURI.slice(0, hash);
  const mark = uri.indexOf('?');
  const query = new Map<string, string[]>();
  for (const part of mark < 0 ? [] : uri.slice(mark + 1).split('&')) {
    if (part === '' || part.includes(';')) continue;
    const equals = part.indexOf('=');
    const name = decoded((equals < 0 ? part : part.slice(0, equals)).replaceAll('+', ' '));
    const value = decoded(equals < 0 ? '' : part.slice(equals + 1).replaceAll('+', ' '));
    if (name === undefined || value === undefined) continue;
    query.set(name, [...(query.get(name) ?? []), value]);
  }
  const path = mark < 0 ? uri : uri.slice(0, mark);
  return { path: decoded(path) ?? path, query };
}

function decoded(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
