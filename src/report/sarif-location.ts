import type { Evidence, Finding } from '../results/finding.ts';
import { formatSubject } from '../results/finding.ts';
import { wellFormed } from './printable.ts';

/** The part of a SARIF location that Bulwark writes. */
export interface SarifLocation {
  readonly physicalLocation: {
    readonly artifactLocation: { readonly uri: string; readonly uriBaseId?: string };
    readonly region?: { readonly startLine: number; readonly startColumn?: number };
  };
  readonly logicalLocations?: readonly { readonly name: string; readonly fullyQualifiedName: string; readonly kind: string }[];
  readonly message?: { readonly text: string };
}

/** Names the API server as the base of paths like `api/v1/namespaces/web/pods/front` (run.originalUriBaseIds). */
export const apiServerBase = 'APISERVER';

/** Whether a source is a path of the Kubernetes API and not a file. */
export function isApiPath(source: string): boolean {
  return /^\/(?:api|apis)\//.test(source) || /^\/(?:version|healthz|livez|readyz|metrics)$/.test(source);
}

/**
 * A source as the URI of an artifact: relative where the source is, forward slashes, percent-encoded, without `./` in front.
 * An absolute path below `root` becomes relative to it, another one a `file:` URI; an API path is relative to the API server.
 */
export function artifactLocation(source: string, root?: string): { readonly uri: string; readonly uriBaseId?: string } {
  const path = wellFormed(source);
  if (/^https?:\/\//.test(path)) return { uri: encodeURI(path) };
  if (isApiPath(path)) return { uri: encodePath(path.slice(1)), uriBaseId: apiServerBase };
  const slashed = path.replaceAll('\\', '/');
  const base = root === undefined ? undefined : `${root.replaceAll('\\', '/').replace(/\/+$/, '')}/`;
  if (base !== undefined && slashed.startsWith(base)) return { uri: encodePath(slashed.slice(base.length)) };
  if (/^[A-Za-z]:\//.test(slashed)) return { uri: `file:///${slashed.slice(0, 2)}${encodePath(slashed.slice(2))}` };
  if (slashed.startsWith('/')) return { uri: `file://${encodePath(slashed)}` };
  return { uri: encodePath(slashed.replace(/^(?:\.\/+)+/, '')) };
}

function encodePath(path: string): string {
  return path
    .split('/')
    .map((step) => encodeURIComponent(step))
    .join('/');
}

/**
 * Where a finding is: its first evidence with region and, beside it, the object as a logical location. Without evidence the
 * scan's first source stands for the place, because readers refuse a result that has none.
 */
export function locationsOf(finding: Finding, fallback: string, root?: string): readonly [SarifLocation, ...SarifLocation[]] {
  const [first] = finding.evidence;
  const logical = { name: formatSubject(finding.subject), fullyQualifiedName: qualifiedName(finding), kind: 'resource' };
  return [{ ...physical(first ?? { source: fallback, seen: '' }, root), logicalLocations: [logical] }];
}

/** The other evidence of a finding, each with what was seen as its message. */
export function relatedLocations(finding: Finding, root?: string): readonly SarifLocation[] {
  return finding.evidence.slice(1).map((evidence) => ({ ...physical(evidence, root), message: { text: seenText(evidence) } }));
}

function physical(evidence: Evidence, root: string | undefined): Pick<SarifLocation, 'physicalLocation'> {
  const { source, line, column } = evidence;
  const region =
    line === undefined ? {} : { region: { startLine: line, ...(column === undefined ? {} : { startColumn: column }) } };
  return { physicalLocation: { artifactLocation: artifactLocation(source, root), ...region } };
}

function qualifiedName(finding: Finding): string {
  const { kind, namespace, name, host } = finding.subject;
  return [host, namespace, kind, name].filter((part) => part !== undefined && part !== '').join('/');
}

/** `path = seen; wanted: value`. */
export function seenText(evidence: Evidence): string {
  const path = evidence.path === undefined || evidence.path === '' ? '' : `${evidence.path} = `;
  return `${path}${evidence.seen}${evidence.wanted === undefined ? '' : `; wanted: ${evidence.wanted}`}`;
}
