import advisoryTable from '../../cluster/tables/advisories.data.json' with { type: 'json' };
import releaseTable from '../../cluster/tables/releases.data.json' with { type: 'json' };
import type { KubernetesVersion } from '../../cluster/version.ts';
import { formatMinor } from '../../cluster/version.ts';

interface Release {
  readonly minor: string;
  readonly endOfLife: string;
  readonly latestPatch: string;
  readonly read: string;
}

const releases: readonly Release[] = releaseTable;
const tableDate =
  releases
    .map((release) => release.read)
    .sort()
    .at(-1) ?? '';

export interface ReleaseJudgement {
  readonly verdict: 'pass' | 'fail' | 'unknown';
  readonly message: string;
  readonly wanted: string;
}

/** Reports whether a build is a vendor's, with patches and an end of life of its own. */
export function isVendorBuild(version: KubernetesVersion): boolean {
  return version.suffix !== '' && !/^-(alpha|beta|rc)\./.test(version.suffix);
}

/**
 * Judges a server's version by the table of releases.
 *
 * `now` is RFC 3339. A minor past its end of life fails whatever the table's age; a table older than `maxTableAgeMs` otherwise
 * leaves it unknown. Latest patches are lower bounds. Source: essential.md 6, data.md.
 */
export function judgeRelease(
  version: KubernetesVersion,
  asked: {
    readonly now: string;
    readonly maxPatchesBehind: number;
    readonly maxTableAgeMs: number;
    /** A vendor's build has patches and an end of life of its own. */
    readonly isVendors: boolean;
  },
): ReleaseJudgement {
  const minor = formatMinor(version);
  const release = releases.find((row) => row.minor === minor);
  const wanted = `a supported minor, at most ${asked.maxPatchesBehind} patches behind`;
  if (release === undefined) return outsideTable(version, asked.isVendors, wanted);
  const ended = release.endOfLife !== '' && asked.now.slice(0, 10) > release.endOfLife;
  if (ended && asked.isVendors)
    return {
      verdict: 'unknown',
      message: `${minor} is past upstream's end of life (${release.endOfLife}); the vendor's own calendar decides`,
      wanted,
    };
  if (ended)
    return {
      verdict: 'fail',
      message: `${minor} is past its end of life since ${release.endOfLife} (table of ${tableDate}, line read ${release.read})`,
      wanted,
    };
  // Both are days: the hour of the scan does not count.
  if (Date.parse(asked.now.slice(0, 10)) - Date.parse(tableDate) > asked.maxTableAgeMs)
    return {
      verdict: 'unknown',
      message: `the table of releases, of ${tableDate}, is too old to say whether ${minor} is up to date`,
      wanted,
    };
  const supported = `${minor} is supported until ${release.endOfLife || 'a date that is not known'}`;
  if (asked.isVendors)
    return { verdict: 'pass', message: `${supported} (line read ${release.read}); the vendor's patch is not compared`, wanted };
  return judgePatch(version, release, asked.maxPatchesBehind, supported, wanted);
}

function judgePatch(
  version: KubernetesVersion,
  release: Release,
  maxBehind: number,
  supported: string,
  wanted: string,
): ReleaseJudgement {
  const atLeast = `the latest patch is at least ${release.latestPatch} (line read ${release.read})`;
  const oldest = Number(release.latestPatch.split('.')[2] ?? Number.NaN) - maxBehind;
  // No patch is below 0: where that is recent enough, its number need not be known.
  if (oldest <= 0 || (version.patch ?? -1) >= oldest) return { verdict: 'pass', message: `${supported}; ${atLeast}`, wanted };
  if (version.patch === undefined)
    return { verdict: 'unknown', message: `${supported}, but which patch runs was not seen; ${atLeast}`, wanted };
  const behind = oldest + maxBehind - version.patch;
  const message = `${release.minor}.${version.patch} is ${behind} patches behind: ${atLeast}`;
  return { verdict: 'fail', message, wanted };
}

function outsideTable(version: KubernetesVersion, isVendors: boolean, wanted: string): ReleaseJudgement {
  const minor = formatMinor(version);
  const [oldest] = releases;
  const newest = releases.at(-1)?.minor ?? '';
  const isOlder =
    oldest !== undefined && (version.major < 1 || (version.major === 1 && version.minor < Number(oldest.minor.slice(2))));
  if (!isOlder)
    return { verdict: 'unknown', message: `${minor} is newer than the table of releases (${newest}, of ${tableDate})`, wanted };
  if (isVendors)
    return {
      verdict: 'unknown',
      message: `${minor} is long past upstream's end of life; the vendor's own calendar decides`,
      wanted,
    };
  const message = `${minor} is older than ${oldest.minor}, which ended on ${oldest.endOfLife} (table of ${tableDate})`;
  return { verdict: 'fail', message, wanted };
}

/** Names of advisories whose affected range holds a version: `;` is or, a blank is and, `*` is every version. */
export function advisoriesFor(component: string, version: KubernetesVersion): readonly string[] {
  const patch = version.patch;
  if (patch === undefined) return [];
  const own: readonly number[] = [version.major, version.minor, patch];
  return advisoryTable.filter((row) => row.component === component && inRange(row.affected, own)).map((row) => row.cve);
}

function inRange(range: string, version: readonly number[]): boolean {
  return range.split(';').some((part) => {
    const terms = part
      .trim()
      .split(/\s+/)
      .filter((term) => term !== '');
    return terms.length > 0 && terms.every((term) => holds(term, version));
  });
}

function holds(term: string, version: readonly number[]): boolean {
  if (term === '*') return true;
  const match = /^(>=|<=|>|<|=)?v?(\d+)\.(\d+)\.(\d+)$/.exec(term);
  if (match === null) return false;
  const other = [Number(match[2]), Number(match[3]), Number(match[4])];
  const order = version.map((number, index) => number - (other[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
  const operator = match[1] ?? '=';
  if (operator === '>=') return order >= 0;
  if (operator === '<=') return order <= 0;
  if (operator === '>') return order > 0;
  return operator === '<' ? order < 0 : order === 0;
}
