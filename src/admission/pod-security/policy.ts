/** A level of the Pod Security Standards, laxest first. */
export type Level = 'privileged' | 'baseline' | 'restricted';

const levels: readonly Level[] = ['privileged', 'baseline', 'restricted'];

/** The minor of `v1.x`, or the newest that the server knows. */
export type PolicyVersion = number | 'latest';

export interface LevelVersion {
  readonly level: Level;
  readonly version: PolicyVersion;
}

/** The three modes of a namespace. */
export interface Policy {
  readonly enforce: LevelVersion;
  readonly audit: LevelVersion;
  readonly warn: LevelVersion;
}

export const levelProblem = `must be one of ${levels.join(', ')}`;
export const versionProblem = 'must be "latest" or "v1.x"';

/** Reads a level; `undefined` for any other text, case included (k8s.io/pod-security-admission/api, ParseLevel). */
export function parseLevel(text: string): Level | undefined {
  return levels.find((level) => level === text);
}

const greatestMinor = 2n ** 63n - 1n;

/** Reads `latest` or `v1.x`; `undefined` for any other text, `1.25` and `v1.25.3` included (ParseVersion, same package). */
export function parsePolicyVersion(text: string): PolicyVersion | undefined {
  if (text === 'latest') return 'latest';
  const digits = /^v1\.(0|[1-9][0-9]*)$/.exec(text)?.[1];
  return digits === undefined || BigInt(digits) > greatestMinor ? undefined : Number(digits);
}

/** Prints `restricted:v1.25`, as the server's messages and audit annotations do. */
export function formatLevelVersion({ level, version }: LevelVersion): string {
  return `${level}:${version === 'latest' ? version : `v1.${version}`}`;
}

/** Negative: `a` is laxer than `b`; zero: the same; positive: stricter. */
export function compareLevels(a: Level, b: Level): number {
  return levels.indexOf(a) - levels.indexOf(b);
}

/** Reports whether level and version are the same. */
export function sameLevelVersion(a: LevelVersion, b: LevelVersion): boolean {
  return a.level === b.level && a.version === b.version;
}

/** Reports whether two modes ask for the same: `privileged` is the same in every version. */
export function equivalent(a: LevelVersion, b: LevelVersion): boolean {
  return (a.level === 'privileged' && b.level === 'privileged') || sameLevelVersion(a, b);
}

/** Reports whether no mode asks for anything. */
export function fullyPrivileged(policy: Policy): boolean {
  return policy.enforce.level === 'privileged' && policy.audit.level === 'privileged' && policy.warn.level === 'privileged';
}
