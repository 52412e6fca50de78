import type { Document } from '../cluster/document.ts';
import { placeOf } from '../cluster/document.ts';
import { globMatches } from '../cluster/glob.ts';
import type { FieldPath, Json } from '../cluster/json.ts';
import { isObject } from '../cluster/json.ts';
import type { Finding, WaiverMark } from '../results/finding.ts';
import { formatSubject } from '../results/finding.ts';
import type { ControlResult, WaiverNotice } from '../results/report.ts';

/** One usable entry of a waivers file. */
export interface Waiver {
  /** Control id; `*` stands for any run of characters. */
  readonly control: string;
  /** Globs over subjects as reports print them: `Deployment web/*`, `API server on cp-1`. */
  readonly subjects: readonly string[];
  readonly mark: WaiverMark;
  readonly source: string;
  readonly line?: number;
}

export interface Waivers {
  readonly waivers: readonly Waiver[];
  /** Entries that waive nothing because they are malformed or expired. */
  readonly notices: readonly WaiverNotice[];
}

/**
 * Reads a waivers file: a list of entries, or a mapping with the list `waivers`.
 *
 * An entry has `control`, `subject` (a glob or a list of globs), `reason`, `owner` and `expires` (YYYY-MM-DD, the last day on
 * which it holds). An entry that lacks one, has another member, or is past its date waives nothing and becomes a notice.
 */
export function readWaivers(document: Document, now: string, controlIds: readonly string[]): Waivers {
  const value = document.value;
  const list = isObject(value) ? value['waivers'] : value;
  const base: FieldPath = isObject(value) ? ['waivers'] : [];
  const waivers: Waiver[] = [];
  const notices: WaiverNotice[] = [];
  if (value === null) return { waivers, notices };
  const extra = isObject(value) ? Object.keys(value).filter((key) => key !== 'waivers') : [];
  for (const key of extra) notices.push(malformed(document, [key], {}, `unknown member \`${key}\`, expected \`waivers\``));
  if (!Array.isArray(list)) {
    notices.push(malformed(document, [], {}, 'expected a list of waivers'));
    return { waivers, notices };
  }
  for (const [index, entry] of (list as readonly Json[]).entries()) {
    const read = readEntry(document, [...base, index], entry, now, controlIds);
    if ('state' in read) notices.push(read);
    else waivers.push(read);
  }
  return { waivers, notices };
}

const members = ['control', 'subject', 'reason', 'owner', 'expires'] as const;

function readEntry(
  document: Document,
  path: FieldPath,
  entry: Json,
  now: string,
  controlIds: readonly string[],
): Waiver | WaiverNotice {
  if (!isObject(entry)) return malformed(document, path, {}, 'expected a mapping');
  const unknown = Object.keys(entry).find((key) => !(members as readonly string[]).includes(key));
  if (unknown !== undefined)
    return malformed(document, [...path, unknown], entry, `unknown member \`${unknown}\`, expected ${members.join(', ')}`);
  for (const member of members) {
    const seen = entry[member];
    const list =
      member === 'subject' &&
      Array.isArray(seen) &&
      seen.length > 0 &&
      seen.every((item) => typeof item === 'string' && item !== '');
    if (!list && (typeof seen !== 'string' || seen.trim() === ''))
      return malformed(document, path, entry, `member \`${member}\` is missing or not a text`);
  }
  const { control, subject, reason, owner, expires } = entry as Readonly<Record<string, string>>;
  if (!isDate(expires ?? ''))
    return malformed(document, [...path, 'expires'], entry, `\`expires\` is \`${expires}\`, expected a date as 2027-01-31`);
  if (!controlIds.some((id) => globMatches(control ?? '', id)))
    return malformed(document, [...path, 'control'], entry, `there is no control \`${control}\``);
  const place = placeOf(document, path);
  if ((expires ?? '') < now.slice(0, 10))
    return { ...notice('expired', document, path, entry), message: `expired on ${expires}: it waives nothing` };
  const subjects = Array.isArray(entry['subject']) ? (entry['subject'] as readonly string[]) : [subject ?? ''];
  const mark: WaiverMark = { reason: reason ?? '', owner: owner ?? '', expires: expires ?? '' };
  return {
    control: control ?? '',
    subjects,
    mark,
    source: document.source,
    ...(place.line === undefined ? {} : { line: place.line }),
  };
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function malformed(
  document: Document,
  path: FieldPath,
  entry: Readonly<Record<string, Json | undefined>>,
  why: string,
): WaiverNotice {
  return { ...notice('malformed', document, path, entry), message: `${why}: it waives nothing` };
}

function notice(
  state: WaiverNotice['state'],
  document: Document,
  path: FieldPath,
  entry: Readonly<Record<string, Json | undefined>>,
): Omit<WaiverNotice, 'message'> {
  const place = placeOf(document, path);
  const text = (value: Json | undefined): string =>
    typeof value === 'string' ? value : Array.isArray(value) ? value.join(', ') : '';
  return {
    state,
    control: text(entry['control']),
    subject: text(entry['subject']),
    ...(typeof entry['owner'] === 'string' ? { owner: entry['owner'] } : {}),
    ...(typeof entry['expires'] === 'string' ? { expires: entry['expires'] } : {}),
    source: document.source,
    ...(place.line === undefined ? {} : { line: place.line }),
  };
}

/**
 * Marks the findings that waivers cover. Only failures and unknowns are waived; the verdict stays what it is.
 *
 * Returns the marked results and one notice a waiver: applied (with the number of findings) or unused.
 */
export function applyWaivers(
  results: readonly ControlResult[],
  read: Waivers,
): { readonly results: readonly ControlResult[]; readonly notices: readonly WaiverNotice[] } {
  const matched = new Map<Waiver, number>();
  const cover = (id: string, finding: Finding): Waiver | undefined => {
    if (finding.verdict !== 'fail' && finding.verdict !== 'unknown') return undefined;
    const subject = formatSubject(finding.subject);
    return read.waivers.find(
      (waiver) => globMatches(waiver.control, id) && waiver.subjects.some((glob) => globMatches(glob, subject)),
    );
  };
  const marked = results.map((result) => {
    const findings = result.findings.map((finding) => {
      const waiver = cover(result.id, finding);
      if (waiver === undefined) return finding;
      matched.set(waiver, (matched.get(waiver) ?? 0) + 1);
      return { ...finding, waiver: waiver.mark };
    });
    const failing = findings.filter((finding) => finding.verdict === 'fail');
    return { ...result, findings, waived: failing.length > 0 && failing.every((finding) => finding.waiver !== undefined) };
  });
  const used = read.waivers.map((waiver): WaiverNotice => {
    const count = matched.get(waiver) ?? 0;
    return {
      state: count > 0 ? 'applied' : 'unused',
      control: waiver.control,
      subject: waiver.subjects.join(', '),
      message:
        count > 0
          ? `waives ${count} finding${count === 1 ? '' : 's'} until ${waiver.mark.expires}`
          : 'matches no finding: remove it or correct its subject',
      owner: waiver.mark.owner,
      expires: waiver.mark.expires,
      source: waiver.source,
      ...(waiver.line === undefined ? {} : { line: waiver.line }),
      matched: count,
    };
  });
  return { results: marked, notices: [...used, ...read.notices] };
}
