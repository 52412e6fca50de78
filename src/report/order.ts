import type { Finding } from '../results/finding.ts';
import type { ControlResult, Report } from '../results/report.ts';
import { areas, severities } from '../results/verdict.ts';
import type { Area, Verdict } from '../results/verdict.ts';

const verdictRank: Readonly<Record<Verdict, number>> = { fail: 0, unknown: 1, pass: 2, 'not-applicable': 3 };

/** Compares by code unit, not by locale: the same on every machine. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** How many points of risk a control costs (its weight times its exposure), from the score's terms. */
function riskById(report: Report): ReadonlyMap<string, number> {
  return new Map(report.score.terms.map((term) => [term.id, term.high]));
}

/**
 * The controls, worst first: not waived before waived, fail before unknown before pass, then severity, essential first,
 * then the points that it costs in the score, then id.
 */
export function worstFirst(report: Report): readonly ControlResult[] {
  const risk = riskById(report);
  const rank = (control: ControlResult): readonly number[] => [
    verdictRank[control.verdict],
    control.waived ? 1 : 0,
    severities.indexOf(control.severity),
    control.essential ? 0 : 1,
    -(risk.get(control.id) ?? 0),
  ];
  return report.controls
    .map((control) => ({ control, rank: rank(control) }))
    .sort((left, right) => compareRanks(left.rank, right.rank) || compareText(left.control.id, right.control.id))
    .map((entry) => entry.control);
}

function compareRanks(left: readonly number[], right: readonly number[]): number {
  for (const [index, value] of left.entries()) {
    const difference = value - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Counts of controls in one area. */
export interface AreaCounts {
  readonly area: Area;
  readonly total: number;
  readonly verdicts: Readonly<Record<Verdict, number>>;
  /** The worst control of the area: the first of `worstFirst`. */
  readonly worst: ControlResult | undefined;
}

/** Counts controls by area, in the catalogue's order; areas without a control are left out. */
export function countByArea(report: Report): readonly AreaCounts[] {
  const worst = worstFirst(report);
  return areas
    .map((area) => {
      const verdicts: Record<Verdict, number> = { pass: 0, fail: 0, 'not-applicable': 0, unknown: 0 };
      const members = worst.filter((control) => control.area === area);
      for (const control of members) verdicts[control.verdict] += 1;
      return { area, total: members.length, verdicts, worst: members[0] };
    })
    .filter((counts) => counts.total > 0);
}

/** A finding with its control. */
export interface FindingOf {
  readonly control: ControlResult;
  readonly finding: Finding;
}

/** All findings, those of the worst control first; inside a control: fail, unknown, waived fail, pass, not-applicable. */
export function findingsWorstFirst(report: Report): readonly FindingOf[] {
  return worstFirst(report).flatMap((control) => sortFindings(control.findings).map((finding) => ({ control, finding })));
}

/** Findings of one control by verdict, waived ones after those that count; otherwise in the order given. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  const rank = (finding: Finding): number =>
    finding.verdict === 'fail' && finding.waiver !== undefined ? 1.5 : verdictRank[finding.verdict];
  return [...findings].sort((left, right) => rank(left) - rank(right));
}

/** The failing findings that count: not waived. */
export function failing(control: ControlResult): readonly Finding[] {
  return control.findings.filter((finding) => finding.verdict === 'fail' && finding.waiver === undefined);
}

/** The command to type next for a control. */
export function nextCommand(control: ControlResult): string {
  return control.next ?? `bulwark explain ${control.id}`;
}
