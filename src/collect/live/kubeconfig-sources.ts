import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Document } from '../../cluster/document.ts';
import type { Gap } from '../../cluster/gap.ts';
import { isObject } from '../../cluster/json.ts';
import { parseDocuments } from '../../cluster/yaml/parse.ts';
import type { Environment } from './environment-proxy.ts';
import { LiveFault } from './live-fault.ts';

/** One kubeconfig file that was read. */
export interface KubeconfigFile {
  /** As the user named it, or its full path. */
  readonly path: string;
  /** Relative paths in it are relative to this folder. */
  readonly folder: string;
  readonly document: Document;
}

/** Kubeconfig files in the order of precedence: the first to name something decides. Empty: there is none. */
export interface KubeconfigFiles {
  readonly files: readonly KubeconfigFile[];
  /** Paths that were looked at, for a message. */
  readonly lookedAt: readonly string[];
  readonly gaps: readonly Gap[];
}

/**
 * Reads the kubeconfig files that kubectl would: `explicit`, else the list in KUBECONFIG, else `~/.kube/config`.
 *
 * A file of the list that is missing is passed over; one that is broken is a gap, and the others are still read.
 * Throws LiveFault where the explicit file cannot be read, or nothing of the list that exists can be. Source: client-go
 * tools/clientcmd/loader.go.
 */
export function readKubeconfigFiles(explicit: string | undefined, environment: Environment): KubeconfigFiles {
  if (explicit !== undefined) {
    const file = readOne(explicit);
    if (file === undefined)
      throw new LiveFault('kubeconfig', {
        source: explicit,
        reason: 'no such kubeconfig file',
        hint: 'check the path after --kubeconfig',
      });
    return { files: [file], lookedAt: [explicit], gaps: [] };
  }
  const separator = process.platform === 'win32' ? ';' : ':';
  const named = (environment['KUBECONFIG'] ?? '').split(separator).filter((path) => path !== '');
  const home = environment['HOME'] ?? environment['USERPROFILE'] ?? '';
  const paths = named.length > 0 ? [...new Set(named)] : home === '' ? [] : [join(home, '.kube', 'config')];
  const files: KubeconfigFile[] = [];
  const gaps: Gap[] = [];
  for (const path of paths) {
    try {
      const file = readOne(path);
      if (file !== undefined) files.push(file);
    } catch (error) {
      if (!(error instanceof LiveFault) || paths.length === 1) throw error;
      gaps.push(error.gap);
    }
  }
  if (files.length === 0 && gaps[0] !== undefined) throw new LiveFault('kubeconfig', gaps[0]);
  return { files, lookedAt: paths, gaps };
}

/** `undefined` where there is no such file; throws LiveFault where it is there and no use. */
function readOne(path: string): KubeconfigFile | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'cannot be read';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw fault(path, code === 'EISDIR' ? 'a folder, not a kubeconfig file' : code, 'name a kubeconfig file that you may read');
  }
  const { documents, problems } = parseDocuments(text, path);
  const problem = problems.find(({ kind }) => kind === 'syntax' || kind === 'template');
  if (problem !== undefined)
    throw new LiveFault('kubeconfig', {
      source: path,
      reason: `broken YAML: ${problem.message}`,
      hint: 'mend the kubeconfig at this place',
      line: problem.line,
      column: problem.column,
    });
  // An empty kubeconfig is one without contexts, as for kubectl.
  const document = documents[0] ?? { value: {}, source: path };
  if (!isObject(document.value) || (document.value['kind'] ?? 'Config') !== 'Config')
    throw fault(path, 'not a kubeconfig: kind Config expected', 'name a kubeconfig file');
  return { path, folder: dirname(resolve(path)), document };
}

function fault(source: string, reason: string, hint: string): LiveFault {
  return new LiveFault('kubeconfig', { source, reason, hint });
}
