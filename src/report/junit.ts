import { formatPlace } from '../cluster/place.ts';
import type { Finding } from '../results/finding.ts';
import { formatSubject } from '../results/finding.ts';
import type { ControlResult, Report } from '../results/report.ts';
import { areas } from '../results/verdict.ts';
import { counted } from './number-text.ts';
import { compareText, failing } from './order.ts';

/**
 * JUnit XML: a test suite an area, a test case a control.
 *
 * Failing → `failure` with each failing finding, its evidence and the remedy. `skipped` with the reason: unknown, not
 * applicable, every failing finding waived or, with a baseline, already known. Pass → nothing. Elements and attributes are
 * those of the Jenkins schema (junit-10.xsd).
 */
export function renderJunit(report: Report): string {
  const suites = areas
    .map((area) => ({
      area,
      controls: report.controls.filter((control) => control.area === area).sort((left, right) => compareText(left.id, right.id)),
    }))
    .filter((suite) => suite.controls.length > 0);
  const body = suites.flatMap(({ area, controls }) => [
    `  <testsuite name="${attribute(area)}" ${countsOf(controls, report)} errors="0" time="0"${timestamp(report)}>`,
    ...controls.flatMap((control) => caseLines(control, report)),
    '  </testsuite>',
  ]);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="bulwark" ${countsOf(report.controls, report)} errors="0" time="0">`,
    ...body,
    '</testsuites>',
    '',
  ].join('\n');
}

function timestamp({ now }: Report): string {
  return /^\d{4}-\d\d-\d\dT/.test(now) ? ` timestamp="${attribute(now.slice(0, 19))}"` : '';
}

type Outcome =
  | { readonly kind: 'pass' }
  | { readonly kind: 'failure'; readonly findings: readonly Finding[] }
  | { readonly kind: 'skipped'; readonly message: string };

function outcomeOf(control: ControlResult, report: Report): Outcome {
  if (control.verdict === 'pass') return { kind: 'pass' };
  if (control.verdict === 'unknown' || control.verdict === 'not-applicable')
    return { kind: 'skipped', message: `${control.verdict}: ${control.reason}` };
  if (control.waived) {
    const waiver = control.findings.find((finding) => finding.waiver !== undefined)?.waiver;
    return {
      kind: 'skipped',
      message: waiver === undefined ? 'waived' : `waived by ${waiver.owner} until ${waiver.expires}: ${waiver.reason}`,
    };
  }
  const bad = failing(control);
  const counting = report.baseline === undefined ? bad : bad.filter((finding) => finding.isNew !== false);
  if (counting.length === 0 && bad.length > 0)
    return { kind: 'skipped', message: `known: ${counted(bad.length, 'failing finding')} in the baseline, none new` };
  return { kind: 'failure', findings: counting };
}

function countsOf(controls: readonly ControlResult[], report: Report): string {
  const outcomes = controls.map((control) => outcomeOf(control, report).kind);
  const count = (kind: Outcome['kind']): number => outcomes.filter((outcome) => outcome === kind).length;
  return `tests="${outcomes.length}" failures="${count('failure')}" skipped="${count('skipped')}"`;
}

function caseLines(control: ControlResult, report: Report): string[] {
  const outcome = outcomeOf(control, report);
  const open = `    <testcase name="${attribute(control.id)}" classname="bulwark.${attribute(control.area)}" time="0"`;
  if (outcome.kind === 'pass') return [`${open}/>`];
  if (outcome.kind === 'skipped')
    return [`${open}>`, `      <skipped message="${attribute(outcome.message)}"/>`, '    </testcase>'];
  const text = [
    control.title,
    ...outcome.findings.flatMap((finding) => findingText(finding)),
    `fix: ${control.remedy}`,
    `see: bulwark explain ${control.id}`,
  ].join('\n');
  const message = `${control.reason} (${counted(outcome.findings.length, 'finding')})`;
  return [
    `${open}>`,
    `      <failure type="${control.severity}" message="${attribute(message)}">${escapeXml(text)}</failure>`,
    '    </testcase>',
  ];
}

function findingText(finding: Finding): string[] {
  const evidence = finding.evidence.map(
    (item) => `  ${formatPlace(item)} = ${item.seen}${item.wanted === undefined ? '' : `; wanted: ${item.wanted}`}`,
  );
  return [`${formatSubject(finding.subject)}: ${finding.message}`, ...evidence];
}

// XML 1.0, production [2] Char: everything else may not stand in a document, not even escaped.
const forbidden =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function escapeXml(text: string): string {
  return text
    .replaceAll(forbidden, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;');
}

function attribute(text: string): string {
  return escapeXml(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;');
}
