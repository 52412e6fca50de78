import type { AuditPolicy } from '../../audit/policy.ts';
import { loadAuditPolicy } from '../../audit/policy-file.ts';
import { shownMessage } from '../../cluster/decode/loaded.ts';
import type { Document } from '../../cluster/document.ts';
import type { Place } from '../../cluster/place.ts';
import type { Evidence } from '../../results/finding.ts';
import { hiddenFlag } from '../every-minor.ts';
import type { ComponentDraft, ComponentView } from '../per-component.ts';

/** Flags that give audit events a destination. */
export const backendFlags: readonly string[] = ['audit-log-path', 'audit-webhook-config-file'];

/** Flags that decide whether anything is recorded. */
export const auditFlags: readonly string[] = ['audit-policy-file', ...backendFlags];

const policyFlag = 'audit-policy-file';

export type ReadPolicy =
  | { readonly kind: 'read'; readonly policy: AuditPolicy; readonly document: Document; readonly warnings: readonly string[] }
  | { readonly kind: 'refused'; readonly message: string; readonly place: Place }
  | { readonly kind: 'unseen'; readonly why: string };

/** Reads the audit policy that an API server was started with, as this minor's server reads it; asked only where --audit-policy-file is set. */
export function auditPolicyOf(view: ComponentView, minor: number): ReadPolicy {
  const file = view.file(policyFlag);
  if (file.kind === 'missing')
    return {
      kind: 'refused',
      message: `loading audit policy file: failed to read file path "${view.flag(policyFlag).value}": ${file.reason}`,
      place: view.place(policyFlag),
    };
  if (file.kind !== 'seen' || file.text === undefined) {
    const where = view.host === '' ? '' : ` on ${view.host}`;
    const why = `the audit policy ${view.flag(policyFlag).value}${where} was not seen: collect it from the host`;
    return { kind: 'unseen', why };
  }
  const loaded = loadAuditPolicy(file.text, { path: file.path, minor, source: file.source });
  if (loaded.kind === 'refused') {
    const line = loaded.line === undefined ? {} : { line: loaded.line };
    const column = loaded.column === undefined ? {} : { column: loaded.column };
    return { kind: 'refused', message: shownMessage(loaded), place: { source: file.source, ...line, ...column } };
  }
  return { kind: 'read', policy: loaded.configuration, document: loaded.document, warnings: loaded.warnings };
}

export type AuditState =
  /** A policy and a backend are set. */
  | { readonly kind: 'on'; readonly backend: string }
  /** One of both is missing: nothing is recorded. */
  | { readonly kind: 'off'; readonly why: string; readonly evidence: Evidence }
  /** A distribution may set what its file does not show. */
  | { readonly kind: 'hidden'; readonly draft: ComponentDraft };

/** Reports whether events are recorded at all. */
export function auditState(view: ComponentView): AuditState {
  const policy = view.flag(policyFlag);
  const backend = backendFlags.find((flag) => view.flag(flag).value !== '');
  const hidden = hiddenFlag(view, [...(policy.value === '' ? [policyFlag] : []), ...(backend === undefined ? backendFlags : [])]);
  // What is given but empty is off for certain.
  const off = policy.value === '' && policy.known;
  if (hidden !== undefined && !off) return { kind: 'hidden', draft: hidden };
  if (policy.value === '') {
    const why = backend === undefined ? 'neither a policy nor a backend is set' : 'a backend without a policy records nothing';
    return { kind: 'off', why, evidence: view.flagEvidence(policyFlag, 'a policy file') };
  }
  if (backend !== undefined) return { kind: 'on', backend };
  const evidence = view.flagEvidence('audit-log-path', 'a path, `-`, or a webhook');
  return { kind: 'off', why: 'a policy without a backend records nothing', evidence };
}
