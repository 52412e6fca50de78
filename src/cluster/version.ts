/** A Kubernetes minor version, `1.31` = { major: 1, minor: 31 }, with patch and vendor suffix where they are known. */
export interface KubernetesVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch?: number;
  /** What follows the numbers: `-eks-2d5f260`, `+k3s1`, `-gke.1234`. */
  readonly suffix: string;
}

/** Oldest and newest minor that the tables know. */
export const oldestMinor = 28;
export const newestMinor = 37;

/** Parses `v1.31.4`, `1.31`, `v1.30.8-eks-2d5f260`, `v1.31.3+k3s1`; `undefined` for anything else. */
export function parseVersion(text: string): KubernetesVersion | undefined {
  const match = /^v?(\d{1,3})\.(\d{1,3})(?:\.(\d{1,5}))?([-+_.].*)?$/.exec(text.trim());
  if (match === null) return undefined;
  const [, major, minor, patch, suffix] = match;
  return {
    major: Number(major),
    minor: Number(minor),
    ...(patch === undefined ? {} : { patch: Number(patch) }),
    suffix: suffix ?? '',
  };
}

/** Prints `1.31`. */
export function formatMinor(version: Pick<KubernetesVersion, 'major' | 'minor'>): string {
  return `${version.major}.${version.minor}`;
}
