import { formatPlace } from '../../cluster/place.ts';
import type { Evidence } from '../../results/finding.ts';
import { formatSubject } from '../../results/finding.ts';
import type { Report } from '../../results/report.ts';
import { nextCommand, sortFindings, worstFirst } from '../order.ts';
import type { CardData, CardFinding } from './card.ts';

/** The report's findings as the page's data: fail first over all controls, then unknown, waived, pass, not applicable. */
export function cardData(report: Report): CardData {
  const ordered = worstFirst(report);
  const controls = ordered.map((control) => ({
    id: control.id,
    title: control.title,
    area: control.area,
    severity: control.severity,
    remedy: control.remedy,
    tradeOffs: control.tradeOffs,
    next: nextCommand(control),
  }));
  const findings = ordered.flatMap((control, c) =>
    sortFindings(control.findings).map((finding): CardFinding => {
      const { namespace } = finding.subject;
      return {
        c,
        v: finding.verdict,
        s: formatSubject(finding.subject),
        ...(namespace === undefined ? {} : { n: namespace }),
        m: finding.message,
        e: finding.evidence.map((evidence) => evidenceOf(evidence)),
        ...(finding.notes === undefined || finding.notes.length === 0 ? {} : { notes: finding.notes }),
        ...(finding.remedy === undefined ? {} : { r: finding.remedy }),
        ...(finding.waiver === undefined ? {} : { w: finding.waiver }),
        ...(finding.isNew === undefined ? {} : { b: finding.isNew }),
      };
    }),
  );
  return {
    controls,
    findings: findings
      .map((finding, index) => ({ finding, index }))
      .sort((left, right) => rank(left.finding) - rank(right.finding) || left.index - right.index)
      .map((entry) => entry.finding),
  };
}

function evidenceOf(evidence: Evidence): CardFinding['e'][number] {
  const place = formatPlace(evidence);
  return evidence.wanted === undefined ? [place, evidence.seen] : [place, evidence.seen, evidence.wanted];
}

function rank(finding: CardFinding): number {
  if (finding.v === 'fail') return finding.w === undefined ? 0 : 2;
  return { unknown: 1, pass: 3, 'not-applicable': 4 }[finding.v];
}
