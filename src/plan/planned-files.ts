import type { Change } from '../cluster/change.ts';
import type { Component, HostFile } from '../cluster/component.ts';
import { filesNamedBy, filesNamedIn } from '../collect/host/flag-files.ts';
import type { PathMapping } from '../collect/host/mounts.ts';
import { redactText } from '../collect/redact.ts';
import { editYaml } from './yaml/edit.ts';

/** Files of one host by their path, as the changes leave them. */
export type HostFiles = ReadonlyMap<string, HostFile>;

type FileChange = Extract<Change, { kind: 'write-file' | 'edit-file' }>;

/** Whether a change writes a file that a component reads. */
export function isFileChange(change: Change): change is FileChange {
  return change.kind === 'write-file' || change.kind === 'edit-file';
}

/** Every file of the components of one host, by its path on the host; what was seen before what is known to be missing. */
export function filesOfHost(components: readonly Component[]): Map<string, HostFile> {
  const files = new Map<string, HostFile>();
  for (const component of components)
    for (const file of component.files.values()) {
      const former = files.get(file.path);
      if (former === undefined || (former.kind !== 'seen' && file.kind === 'seen')) files.set(file.path, file);
    }
  return files;
}

/** The file after a change; an edit that cannot be made leaves it as it is. Secrets are blanked. */
export function changedFile(former: HostFile | undefined, change: FileChange): HostFile | undefined {
  if (change.kind === 'write-file') {
    const owner = former?.kind === 'seen' ? former : undefined;
    return {
      kind: 'seen',
      path: change.path,
      source: owner?.source ?? `plan: ${change.path}`,
      text: redactText(change.text),
      mode: change.mode,
      uid: owner?.uid ?? 0,
      gid: owner?.gid ?? 0,
    };
  }
  if (former?.kind !== 'seen' || former.text === undefined) return former;
  const edited = editYaml(former.text, change.edits);
  return edited.kind === 'edited' ? { ...former, text: redactText(edited.text) } : former;
}

/**
 * The files of a component after its changes, by the path inside its container: those that its command line names, and what these name
 * in turn. What was known stays known; a path that no mount shows is missing; the rest was not collected.
 */
export function plannedFilesOf(
  component: Component,
  paths: PathMapping,
  host: HostFiles,
  written: ReadonlySet<string>,
): ReadonlyMap<string, HostFile> {
  const files = new Map<string, HostFile>();
  for (const [path, file] of component.files) files.set(path, refreshed(file, path, paths, host, written));
  const queue = filesNamedBy(component.commandLine.arguments);
  const done = new Set<string>();
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (done.has(next.path)) continue;
    done.add(next.path);
    const file = files.get(next.path) ?? found(next.path, paths, host);
    files.set(next.path, file);
    if (next.alias !== undefined) files.set(next.alias, file);
    if (file.kind === 'seen' && file.text !== undefined && next.role === 'configuration')
      queue.push(...filesNamedIn(file.text, next.path, file.path));
  }
  return files;
}

function refreshed(file: HostFile, path: string, paths: PathMapping, host: HostFiles, written: ReadonlySet<string>): HostFile {
  const changed = host.get(file.path);
  if (written.has(file.path) && changed !== undefined && file.kind === 'seen') return changed;
  const where = paths(path);
  if (where.kind !== 'host-path') return file;
  const known = host.get(where.path);
  return file.kind !== 'seen' && known?.kind === 'seen' ? known : file;
}

function found(path: string, paths: PathMapping, host: HostFiles): HostFile {
  const where = paths(path);
  if (where.kind === 'not-mounted')
    return { kind: 'missing', path, reason: 'no volume mount of the static pod makes it visible' };
  if (where.kind === 'other-volume')
    return { kind: 'not-collected', path, reason: `it comes from the ${where.type} volume "${where.volume}"` };
  return host.get(where.path) ?? { kind: 'not-collected', path: where.path, reason: 'it was not among what was collected' };
}
