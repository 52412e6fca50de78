import type { Cluster } from '../cluster/cluster.ts';
import { clusterVersion } from '../cluster/component-version.ts';
import { listingOf } from '../cluster/listing.ts';
import type { KindKey } from '../cluster/objects.ts';
import type { Context, Control, Draft } from '../controls/control.ts';
import type { Settings } from '../controls/settings.ts';
import type { Finding } from '../results/finding.ts';
import { formatSubject } from '../results/finding.ts';
import { fingerprintOf } from '../results/fingerprint.ts';
import type { ControlResult } from '../results/report.ts';
import type { Verdict } from '../results/verdict.ts';
import { worstVerdict } from '../results/verdict.ts';

export interface AssessOptions {
  readonly controls: readonly Control[];
  readonly settings: Settings;
  /** RFC 3339: the time that ages are measured against. */
  readonly now: string;
}

/**
 * Runs the controls over a cluster.
 *
 * Returns one result a control, in the order given. The evidence rule is kept here: a pass without the evidence that the
 * control declares is `unknown`, named with what would settle it. Deterministic; total: a control that throws is a
 * programmer's mistake and crashes. Source: essential.md 0.2.
 */
export function assess(cluster: Cluster, options: AssessOptions): readonly ControlResult[] {
  const memo = new Map<string, unknown>();
  return options.controls.map((control) => runControl(cluster, control, options, memo));
}

function runControl(cluster: Cluster, control: Control, options: AssessOptions, memo: Map<string, unknown>): ControlResult {
  const remarks: string[] = [];
  const parameters = { ...control.parameters, ...options.settings.parameters[control.id] };
  const context: Context = {
    cluster,
    settings: options.settings,
    parameters,
    now: options.now,
    isListed: (kind) => listingOf(cluster, kind, options.settings.complete).listed,
    whyNotListed: (kind) => listingOf(cluster, kind, options.settings.complete).settles,
    once: <T>(key: string, make: () => T): T => {
      if (!memo.has(key)) memo.set(key, make());
      return memo.get(key) as T;
    },
    remark: (text) => void (remarks.includes(text) || remarks.push(text)),
  };
  const kinds = control.needs.flatMap((need) => (need.kind === 'listed' ? need.kinds : []));
  const missing = unlistedKinds(cluster, kinds, options.settings);
  const missingSubjects = unlistedKinds(cluster, [...kinds, ...(control.subjectKinds ?? [])], options.settings);
  const drafts = [...revisionFor(cluster, control).evaluate(context)];
  const findings = settle(control, drafts, missing, missingSubjects);
  const verdict = worstVerdict(findings.map((finding) => finding.verdict)) ?? control.absence;
  const { id, title, area, severity, essential } = control;
  return {
    id,
    title,
    area,
    severity,
    essential,
    base: control.base,
    verdict,
    proof: 'read',
    reason: [reasonOf(verdict, findings, control), ...remarks].join('; '),
    findings,
    parameters,
    remedy: control.remedy.text,
    remedyKind: control.remedy.kind,
    tradeOffs: control.tradeOffs,
    references: { ...control.references },
    waived: false,
  };
}

function revisionFor(cluster: Cluster, control: Control): Control['revisions'][number] {
  const minor = clusterVersion(cluster)?.minor ?? Number.POSITIVE_INFINITY;
  return control.revisions.findLast((revision) => Number(revision.since.slice(2)) <= minor) ?? control.revisions[0];
}

/** For each of the kinds that is not listed: what would settle it. */
function unlistedKinds(cluster: Cluster, kinds: readonly KindKey[], settings: Settings): readonly string[] {
  return kinds

    .map((kind) => listingOf(cluster, kind, settings.complete))
    .flatMap((listing) => (listing.listed ? [] : [listing.settles]));
}

const rank: Readonly<Record<Verdict, number>> = { fail: 0, unknown: 1, pass: 2, 'not-applicable': 3 };

function settle(
  control: Control,
  drafts: readonly Draft[],
  missing: readonly string[],
  missingSubjects: readonly string[],
): readonly Finding[] {
  const findings = drafts.map((draft): Finding => {
    const settled: Draft =
      draft.verdict === 'pass' && missing[0] !== undefined ? { ...draft, verdict: 'unknown', message: missing[0] } : draft;
    return { ...settled, fingerprint: fingerprintOf(control.id, settled) };
  });
  const absent = missingSubjects[0];
  if (findings.length === 0 && absent !== undefined) findings.push(unlisted(control, absent));
  return findings.sort((a, b) => rank[a.verdict] - rank[b.verdict]);
}

/** No subject was seen, and the kinds were not listed: nothing follows from that. */
function unlisted(control: Control, settles: string): Finding {
  const finding: Finding = { verdict: 'unknown', subject: { kind: 'cluster', name: '' }, message: settles, evidence: [] };
  return { ...finding, fingerprint: fingerprintOf(control.id, finding) };
}

function reasonOf(verdict: Verdict, findings: readonly Finding[], control: Control): string {
  const deciding = findings.filter((finding) => finding.verdict === verdict);
  const first = deciding[0];
  if (first === undefined) return control.absence === 'pass' ? 'there is no such object' : 'there is nothing to judge';
  const text = formatSubject(first.subject);
  // Of one API server or one cluster there is nothing to tell apart; an object or a user must be named.
  const isNamed = text !== 'cluster' && (findings.length > 1 || (verdict !== 'unknown' && first.subject.name !== ''));
  const own = isNamed ? `${text}: ${first.message}` : first.message;
  if (deciding.length === 1) return findings.length === 1 ? own : `1 of ${findings.length} ${word(verdict)}: ${own}`;
  if (verdict === 'pass') return `all ${deciding.length} pass`;
  return `${deciding.length} of ${findings.length} ${word(verdict)}, first ${own}`;
}

function word(verdict: Verdict): string {
  return verdict === 'fail' ? 'fail' : verdict === 'unknown' ? 'cannot be judged' : verdict === 'pass' ? 'pass' : 'do not apply';
}
