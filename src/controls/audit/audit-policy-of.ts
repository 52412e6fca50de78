import type { AuditPolicy } from '../../audit/policy.ts';
import { loadAuditPolicy } from '../../audit/policy-file.ts';
import type { Document } from '../../cluster/document.ts';
import type { Place } from '../../cluster/place.ts';
import type { ComponentView } from '../per-component.ts';

/** Flags that give audit events a destination. */
export const backendFlags: readonly string[] = ['audit-log-path', 'audit-webhook-config-file'];

export type ReadPolicy =
  | { readonly kind: 'read'; readonly policy: AuditPolicy; readonly document: Document; readonly warnings: readonly string[] }
  | { readonly kind: 'refused'; readonly message: string; readonly place: Place }
  | { readonly kind: 'unseen'; readonly why: string };

/** Reads the audit policy that an API server was started with; asked only where --audit-policy-file is set. */
export function auditPolicyOf(view: ComponentView): ReadPolicy {
  const file = view.file('audit-policy-file');
  const minor = view.minor;
  if (file.kind === 'missing')
    return {
      kind: 'refused',
      message: `loading audit policy file: failed to read file path "${file.path}": ${file.reason}`,
      place: view.place('audit-policy-file'),
    };
  if (file.kind !== 'seen' || file.text === undefined) {
    const path = view.flag('audit-policy-file').value;
    return {
      kind: 'unseen',
      why: `the audit policy ${path}${view.host === '' ? '' : ` on ${view.host}`} was not seen: collect it from the host`,
    };
  }
  if (minor === undefined)
    return { kind: 'unseen', why: 'the version of the API server is not known, and what a policy means depends on it' };
  const loaded = loadAuditPolicy(file.text, { path: file.path, minor, source: file.source });
  if (loaded.kind === 'refused') {
    const position = {
      ...(loaded.line === undefined ? {} : { line: loaded.line }),
      ...(loaded.column === undefined ? {} : { column: loaded.column }),
    };
    return { kind: 'refused', message: loaded.message, place: { source: file.source, ...position } };
  }
  return { kind: 'read', policy: loaded.configuration, document: loaded.document, warnings: loaded.warnings };
}

/** Reports whether events are recorded at all: a policy and a backend are set. */
export function isAuditOn(view: ComponentView): boolean {
  return view.flag('audit-policy-file').value !== '' && backendFlags.some((flag) => view.flag(flag).value !== '');
}
