import type { Component, HostFile } from '../../cluster/component.ts';
import type { Evidence } from '../../results/finding.ts';
import { objectAt, valueAt } from '../../cluster/json.ts';
import { containerPath } from '../pod-mounts.ts';

/** What is wrong with the mode or owner of a file or folder, or that they were not seen. */
export type ModeFinding =
  | { readonly kind: 'fault'; readonly text: string; readonly evidence: Evidence }
  | { readonly kind: 'unseen'; readonly text: string };

type Seen = Extract<HostFile, { kind: 'seen' }>;

interface WantedMode {
  /** Bits that nobody may have. */
  readonly forbidden: number;
  /** Who may own it. */
  readonly users: readonly number[];
  readonly wanted: string;
}

const settles = 'scan the host itself (--host-root /)';

/** The user that a static pod's container runs as; 0 where it names none. */
export function userOf(component: Component): number {
  const container = containerPath({ component });
  const at = (path: readonly (string | number)[]): number | undefined => {
    const user = objectAt(valueAt(component.document.value, path))['runAsUser'];
    return typeof user === 'number' ? user : undefined;
  };
  if (container === undefined) return 0;
  return at([...container, 'securityContext']) ?? at([...container.slice(0, -2), 'securityContext']) ?? 0;
}

/**
 * Compares mode and owner with what is wanted. A copy of a tree does not keep them: `unseen` then, never a fault.
 */
export function modeFindings(file: Seen, { forbidden, users, wanted }: WantedMode): readonly ModeFinding[] {
  const { path, source, mode, uid } = file;
  if (mode === undefined) return unseenModes(path);
  const findings: ModeFinding[] = [];
  if ((mode & forbidden) !== 0) {
    const seen = `mode 0${mode.toString(8)}`;
    findings.push({ kind: 'fault', text: `${path} has ${seen}, ${wanted} is wanted`, evidence: { source, seen, wanted } });
  }
  if (uid === undefined) findings.push({ kind: 'unseen', text: `the owner of ${path} was not seen: ${settles}` });
  else if (!users.includes(uid)) {
    const seen = `owner ${uid}`;
    const evidence = { source, seen, wanted: users.map(String).join(' or ') };
    findings.push({ kind: 'fault', text: `${path} belongs to user ${uid}`, evidence });
  }
  return findings;
}

/** The same of the folder in which a component sees a path. */
export function folderFindings(component: Component, path: string, wanted: WantedMode): readonly ModeFinding[] {
  const folder = path.replace(/\/[^/]*$/, '') || '/';
  const file = component.files.get(folder);
  return file?.kind === 'seen' ? modeFindings(file, wanted) : unseenModes(folder);
}

function unseenModes(path: string): readonly ModeFinding[] {
  return [{ kind: 'unseen', text: `the mode and owner of ${path} were not seen: ${settles}` }];
}
