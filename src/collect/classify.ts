import type { Document } from '../cluster/document.ts';
import type { Json } from '../cluster/json.ts';
import { isObject, stringAt } from '../cluster/json.ts';
import { hasTypeMeta } from '../cluster/objects.ts';

/** What one document of a file is. `foreign`: YAML that is not Kubernetes' (values, Chart.yaml, compose files). */
export type DocumentKind = 'object' | 'configuration' | 'kubeconfig' | 'audit-events' | 'foreign';

/** What a file is, by its content. */
export type FileKind = 'archive' | 'audit-log' | 'kubeconfig' | 'manifests' | 'configuration' | 'template' | 'foreign' | 'empty';

const configurationGroups =
  /^(?:.*\.config\.k8s\.io|kubeadm\.k8s\.io|audit\.k8s\.io|imagepolicy\.k8s\.io|eventratelimit\.admission\.k8s\.io|pod-security\.admission\.config\.k8s\.io|apiserver\.k8s\.io|apiserver\.config\.k8s\.io)$/;
/** Group config.k8s.io aside, kinds of group "v1" that are files and no objects. */
const configurationKinds = new Set(['EncryptionConfig', 'AdmissionConfiguration']);
/** Tools' own files that carry apiVersion and kind and never reach an API server. */
const toolGroups =
  /^(?:kustomize\.config\.k8s\.io|kind\.x-k8s\.io|skaffold|tilt\.dev|kuttl\.dev|chainsaw\.kyverno\.io|cli\.kyverno\.io|test\.gatekeeper\.sh|kops\.k8s\.io\/.*|minikube\.sigs\.k8s\.io|testing\.x-k8s\.io)$/;

/** Tells what one parsed document is, by its apiVersion and kind alone. Total. */
export function classifyDocument(value: Json): DocumentKind {
  if (Array.isArray(value)) return value.some(hasTypeMeta) ? 'object' : 'foreign';
  if (!isObject(value)) return 'foreign';
  const apiVersion = stringAt(value['apiVersion']);
  const kind = stringAt(value['kind']);
  if (kind === 'Config' && (value['clusters'] !== undefined || value['users'] !== undefined)) return 'kubeconfig';
  if (apiVersion === undefined || kind === undefined) {
    // With one of the two a reader meant an object: manifests.ts names what is missing.
    return apiVersion !== undefined && kind === undefined && isObject(value['metadata']) && isObject(value['spec'])
      ? 'object'
      : 'foreign';
  }
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.lastIndexOf('/')) : '';
  if (group === 'audit.k8s.io' && (kind === 'Event' || kind === 'EventList')) return 'audit-events';
  if (toolGroups.test(group) || (apiVersion === 'v2' && kind === 'Chart')) return 'foreign';
  if (configurationKinds.has(kind) || (configurationGroups.test(group) && !isNamed(value))) return 'configuration';
  return 'object';
}

function isNamed(value: Json): boolean {
  return (
    isObject(value) && isObject(value['metadata']) && typeof value['metadata']['name'] === 'string' && value['spec'] !== undefined
  );
}

/**
 * Tells what a whole text is: from its first line (archive, audit log) or from the documents that were parsed from it.
 *
 * A text with documents of several kinds is what its first non-foreign document is. Total.
 */
export function classify(documents: readonly Document[], text: string): FileKind {
  const head = classifyHead(text.slice(0, 65_536));
  if (head !== undefined) return head;
  if (text.trim() === '') return 'empty';
  for (const { value } of documents) {
    const kind = classifyDocument(value);
    if (kind === 'audit-events') return 'audit-log';
    if (kind === 'object') return 'manifests';
    if (kind !== 'foreign') return kind;
  }
  return 'foreign';
}

/**
 * Tells an archive or an audit log from the first characters of a text, so that a big one is never read whole; `undefined` for
 * anything else. An audit log is one event a line, or a list of events.
 */
export function classifyHead(head: string): 'archive' | 'audit-log' | undefined {
  const text = head.replace(/^\uFEFF/, '').trimStart();
  if (!text.startsWith('{')) return undefined;
  const line = text.slice(0, text.indexOf('\n') < 0 ? undefined : text.indexOf('\n'));
  if (line.startsWith('{"kind":"bulwark-archive"')) return 'archive';
  // The first line may be cut off, and the order of its members is free: look for the event's marks before its first nested value.
  if (/"apiVersion"\s*:\s*"audit\.k8s\.io\//.test(text) && /"kind"\s*:\s*"Event(?:List)?"/.test(text)) return 'audit-log';
  return undefined;
}

/** Reports whether a file without a telling name looks like a manifest: worth parsing. */
export function looksLikeManifest(head: string): boolean {
  return /^\s*(?:-\s+)?["']?(?:apiVersion|kind)["']?\s*:/m.test(head) || /"(?:apiVersion|kind)"\s*:/.test(head);
}
