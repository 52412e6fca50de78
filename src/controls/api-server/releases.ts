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
  asked: { readonly now: string; readonly maxPatchesBehind: number; readonly maxTableAgeMs: number },
): ReleaseJudgement {
  const minor = formatMinor(version);
  const release = releases.find((row) => row.minor === minor);
  const newest = releases.at(-1)?.minor ?? '';
  const wanted = `a supported minor, at most ${asked.maxPatchesBehind} patches behind`;
  if (release === undefined)
    return { verdict: 'unknown', message: `${minor} is newer than the table of releases (${newest}, read ${tableDate})`, wanted };
  const today = asked.now.slice(0, 10);
  if (release.endOfLife !== '' && today > release.endOfLife) {
    if (isVendorBuild(version))
      return {
        verdict: 'unknown',
        message: `${minor} is past upstream's end of life (${release.endOfLife}); the vendor's own calendar decides for ${version.suffix}`,
        wanted,
      };
    return {
      verdict: 'fail',
      message: `${minor} is past its end of life since ${release.endOfLife} (table read ${tableDate})`,
      wanted,
    };
  }
  if (Date.parse(asked.now) - Date.parse(tableDate) > asked.maxTableAgeMs)
    return {
      verdict: 'unknown',
      message: `the table of releases, read ${tableDate}, is too old to say whether ${minor} is up to date`,
      wanted,
    };
  const latest = Number(release.latestPatch.split('.')[2] ?? Number.NaN);
  if (isVendorBuild(version) || version.patch === undefined || Number.isNaN(latest)) {
    return {
      verdict: 'pass',
      message: `${minor} is supported until ${release.endOfLife || 'a date that is not known'} (table read ${tableDate}); its patch is not compared`,
      wanted,
    };
  }
  const behind = latest - version.patch;
  if (behind > asked.maxPatchesBehind)
    return {
      verdict: 'fail',
      message: `${minor}.${version.patch} is ${behind} patches behind ${release.latestPatch}, which is at least the latest (read ${release.read})`,
      wanted,
    };
  return {
    verdict: 'pass',
    message: `${minor} is supported until ${release.endOfLife}; the latest patch is at least ${release.latestPatch} (read ${release.read})`,
    wanted,
  };
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
