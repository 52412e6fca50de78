import { formatPlace } from '../cluster/place.ts';
import type { ControlResult, Report } from '../results/report.ts';
import type { FindingOf } from './order.ts';
import { sortFindings, worstFirst } from './order.ts';

// prettier-ignore
const columns = [
  'control', 'title', 'area', 'severity', 'essential', 'verdict', 'proof', 'waived', 'new', 'assertion',
  'kind', 'namespace', 'name', 'host', 'message', 'source', 'line', 'column', 'path', 'seen', 'wanted', 'more_evidence',
  'remedy', 'waiver_owner', 'waiver_expires', 'waiver_reason', 'fingerprint',
] as const;

type Row = Partial<Record<(typeof columns)[number], string | number | boolean | undefined>>;

/**
 * One row a finding (a control without findings has one row with its reason), worst first; RFC 4180: CRLF, quotes doubled.
 *
 * A cell that a spreadsheet would run as a formula (`=`, `+`, `-`, `@`, tab or line end in front, also full-width forms)
 * gets a `'` in front (OWASP, CSV injection).
 */
export function renderCsv(report: Report): string {
  const rows = worstFirst(report).flatMap((control) =>
    control.findings.length === 0
      ? [controlRow(control)]
      : sortFindings(control.findings).map((finding) => findingRow({ control, finding })),
  );
  return [columns.join(','), ...rows.map((row) => columns.map((column) => cell(row[column])).join(','))]
    .map((line) => `${line}\r\n`)
    .join('');
}

function controlRow(control: ControlResult): Row {
  const { id, title, area, severity, essential, verdict, proof, remedy } = control;
  return { control: id, title, area, severity, essential, verdict, proof, waived: false, message: control.reason, remedy };
}

function findingRow({ control, finding }: FindingOf): Row {
  const [first, ...more] = finding.evidence;
  return {
    ...controlRow(control),
    verdict: finding.verdict,
    waived: finding.waiver !== undefined,
    new: finding.isNew,
    assertion: finding.assertion,
    kind: finding.subject.kind,
    namespace: finding.subject.namespace,
    name: finding.subject.name,
    host: finding.subject.host,
    message: finding.message,
    source: first?.source,
    line: first?.line,
    column: first?.column,
    path: first?.path,
    seen: first?.seen,
    wanted: first?.wanted,
    more_evidence: more.map((evidence) => `${formatPlace(evidence)} = ${evidence.seen}`).join('\n'),
    remedy: finding.remedy ?? control.remedy,
    waiver_owner: finding.waiver?.owner,
    waiver_expires: finding.waiver?.expires,
    waiver_reason: finding.waiver?.reason,
    fingerprint: finding.fingerprint,
  };
}

function cell(value: string | number | boolean | undefined): string {
  if (value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const safe = /^[=+\-@\t\r\n＝＋－＠]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
