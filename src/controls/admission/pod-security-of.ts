import { loadAdmissionConfiguration } from '../../admission/configuration.ts';
import type { PodSecurityConfiguration } from '../../admission/pod-security/configuration.ts';
import type { Document } from '../../cluster/document.ts';
import type { FieldPath } from '../../cluster/json.ts';
import type { Place } from '../../cluster/place.ts';
import type { ComponentView } from '../per-component.ts';

export type ReadPodSecurity =
  | {
      readonly kind: 'read';
      readonly configuration: PodSecurityConfiguration;
      readonly document: Document;
      readonly base: FieldPath;
    }
  /** No flag, or no entry for PodSecurity: everything is at its default, privileged. */
  | { readonly kind: 'none'; readonly why: string; readonly document?: Document }
  | { readonly kind: 'refused'; readonly message: string; readonly place: Place }
  | { readonly kind: 'unseen'; readonly why: string };

/** Reads the PodSecurityConfiguration that an API server was started with. */
export function podSecurityOf(view: ComponentView): ReadPodSecurity {
  const flag = view.flag('admission-control-config-file');
  if (flag.value === '') {
    return flag.known
      ? { kind: 'none', why: 'no --admission-control-config-file is set' }
      : { kind: 'unseen', why: 'whether --admission-control-config-file is set was not seen' };
  }
  const file = view.file('admission-control-config-file');
  if (file.kind === 'missing')
    return { kind: 'refused', message: `${file.path}: ${file.reason}`, place: view.place('admission-control-config-file') };
  if (file.kind !== 'seen' || file.text === undefined)
    return {
      kind: 'unseen',
      why: `the file ${flag.value} of --admission-control-config-file was not seen: collect it from the host`,
    };
  if (view.minor === undefined) return { kind: 'unseen', why: 'the version of the API server is not known' };
  const missing: string[] = [];
  const readFile = (path: string): { readonly text: string; readonly source: string } | undefined => {
    const other = view.component.files.get(path);
    if (other?.kind === 'seen' && other.text !== undefined) return { text: other.text, source: other.source };
    missing.push(path);
    return undefined;
  };
  const loaded = loadAdmissionConfiguration(file.text, { path: file.path, minor: view.minor, source: file.source, readFile });
  if (missing[0] !== undefined)
    return { kind: 'unseen', why: `${missing[0]}, which ${flag.value} names, was not seen: collect it from the host` };
  if (loaded.kind === 'refused') {
    const position = {
      ...(loaded.line === undefined ? {} : { line: loaded.line }),
      ...(loaded.column === undefined ? {} : { column: loaded.column }),
    };
    return { kind: 'refused', message: loaded.message, place: { source: file.source, ...position } };
  }
  const podSecurity = loaded.configuration.podSecurity;
  if (podSecurity === undefined)
    return { kind: 'none', why: `${flag.value} has no entry for PodSecurity`, document: loaded.document };
  return { kind: 'read', configuration: podSecurity.configuration, document: podSecurity.document, base: podSecurity.base };
}
