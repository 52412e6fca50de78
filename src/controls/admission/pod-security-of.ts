import { loadAdmissionConfiguration } from '../../admission/configuration.ts';
import type { PodSecurityConfiguration } from '../../admission/pod-security/configuration.ts';
import { effectivePlugins } from '../../admission/plugins.ts';
import { shownMessage } from '../../cluster/decode/loaded.ts';
import type { Document } from '../../cluster/document.ts';
import { placeOf } from '../../cluster/document.ts';
import type { FieldPath } from '../../cluster/json.ts';
import type { Place } from '../../cluster/place.ts';
import type { ComponentView } from '../per-component.ts';

const fileFlag = 'admission-control-config-file';

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

/** Reads the PodSecurityConfiguration that an API server was started with, as this minor's server reads it. */
export function podSecurityOf(view: ComponentView, minor: number): ReadPodSecurity {
  const flag = view.flag(fileFlag);
  if (flag.value === '') {
    return flag.known
      ? { kind: 'none', why: `no --${fileFlag} is set` }
      : { kind: 'unseen', why: `whether the distribution sets --${fileFlag} was not seen: give the process's command line` };
  }
  const file = view.file(fileFlag);
  if (file.kind === 'missing') return { kind: 'refused', message: `${file.path}: ${file.reason}`, place: view.place(fileFlag) };
  if (file.kind !== 'seen' || file.text === undefined)
    return { kind: 'unseen', why: `the file ${flag.value} of --${fileFlag} was not seen: collect it from the host` };
  const loaded = loadAdmissionConfiguration(file.text, {
    path: file.path,
    minor,
    source: file.source,
    runs: (plugin) => effectivePlugins(view.flags, minor).plugins.includes(plugin),
    readFile: (path) => readBeside(view, path),
  });
  if (loaded.kind === 'refused') {
    const line = loaded.line === undefined ? {} : { line: loaded.line };
    const column = loaded.column === undefined ? {} : { column: loaded.column };
    return { kind: 'refused', message: shownMessage(loaded), place: { source: file.source, ...line, ...column } };
  }
  const { podSecurity, plugins } = loaded.configuration;
  if (podSecurity !== undefined) return { kind: 'read', ...podSecurity };
  const entry = plugins.find(({ name }) => name === 'PodSecurity');
  if (entry === undefined || entry.path === '')
    return { kind: 'none', why: `${flag.value} has no entry for PodSecurity`, document: loaded.document };
  const other = view.component.files.get(entry.path);
  if (other?.kind === 'missing')
    return {
      kind: 'refused',
      message: `${entry.path}, which the entry of PodSecurity names: ${other.reason}`,
      place: placeOf(loaded.document, ['plugins', plugins.indexOf(entry), 'path']),
    };
  return { kind: 'unseen', why: `${entry.path}, which ${flag.value} names, was not seen: collect it from the host` };
}

function readBeside(view: ComponentView, path: string): { readonly text: string; readonly source: string } | undefined {
  const other = view.component.files.get(path);
  return other?.kind === 'seen' && other.text !== undefined ? { text: other.text, source: other.source } : undefined;
}
