import { execFileSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { parseVersion } from '../cluster/version.ts';

/** The real programs that a sandbox runs. */
export interface SandboxPrograms {
  readonly apiserver: string;
  readonly etcd: string;
  /** Of kube-apiserver: `1.31.14`. */
  readonly version: string;
  readonly minor: number;
}

export type FoundPrograms =
  | { readonly kind: 'found'; readonly programs: SandboxPrograms }
  | { readonly kind: 'missing'; readonly message: string; readonly hint: string };

/**
 * Finds kube-apiserver and etcd: in `assets` where it is given, else in the folder that `KUBEBUILDER_ASSETS` names, else each in `PATH`.
 * Nowhere else is looked, and nothing is downloaded. kube-apiserver is asked for its version.
 */
export function findPrograms(
  assets: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): FoundPrograms {
  const path = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const kubebuilder = environment['KUBEBUILDER_ASSETS'] ?? '';
  const places = assets === undefined ? [...(kubebuilder === '' ? [] : [[kubebuilder]]), path] : [[assets]];
  for (const folders of places) {
    const apiserver = programIn(folders, 'kube-apiserver');
    const etcd = programIn(folders, 'etcd');
    if (apiserver === undefined || etcd === undefined) continue;
    const version = versionOf(apiserver);
    if (version === undefined) return missing(`${apiserver} does not say its version`);
    return { kind: 'found', programs: { apiserver, etcd, ...version } };
  }
  const looked = assets === undefined ? [kubebuilder === '' ? '' : '$KUBEBUILDER_ASSETS', '$PATH'] : [assets];
  return missing(`no kube-apiserver and etcd in ${looked.filter((place) => place !== '').join(' or ')}`);
}

function missing(message: string): FoundPrograms {
  const hint = 'give the folder that holds both with --assets DIR; servers of the same minor version as the cluster prove most';
  return { kind: 'missing', message, hint };
}

function programIn(folders: readonly string[], name: string): string | undefined {
  return folders
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return statSync(file).isFile();
      } catch {
        return false;
      }
    });
}

function versionOf(apiserver: string): { readonly version: string; readonly minor: number } | undefined {
  try {
    const text = execFileSync(apiserver, ['--version'], {
      encoding: 'utf8',
      timeout: 30_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [, version = ''] = /v(\d+\.\d+\S*)/.exec(text) ?? [];
    const minor = parseVersion(version)?.minor;
    return minor === undefined ? undefined : { version, minor };
  } catch {
    return undefined;
  }
}
