import { formatPlace } from '../../cluster/place.ts';
import type { Evidence, Finding } from '../../results/finding.ts';
import { formatSubject } from '../../results/finding.ts';
import type { ControlResult, Report } from '../../results/report.ts';
import { counted } from '../number-text.ts';
import { nextCommand, sortFindings, worstFirst } from '../order.ts';
import { printable, printableLines } from '../printable.ts';
import { leftAndRight, wrap } from './layout.ts';
import { severityStyle, verdictStyle } from './sheet.ts';
import type { Sheet } from './sheet.ts';

/** Every control with its findings, worst first; then gaps and waivers. Without `all`, passes and what is not applicable stay out. */
export function detailLines(report: Report, sheet: Sheet, all: boolean): string[] {
  const controls = worstFirst(report).filter((control) => all || control.verdict === 'fail' || control.verdict === 'unknown');
  return [
    ...controls.flatMap((control) => [...controlLines(control, sheet, all), '']),
    ...gapLines(report, sheet),
    ...waiverLines(report, sheet),
  ];
}

function controlLines(control: ControlResult, sheet: Sheet, all: boolean): string[] {
  const { paint, width, measure } = sheet;
  const verdict = `${control.verdict}${control.waived ? ' (waived)' : ''}`;
  const label = `${verdict}, ${control.severity}${control.essential ? ', essential' : ''}`;
  const joined = leftAndRight(control.id, label, width, measure);
  const head =
    joined === undefined
      ? [paint('bold', control.id), paint(verdictStyle[control.verdict], label)]
      : [
          `${paint('bold', joined.slice(0, -label.length))}${paint(control.verdict === 'fail' ? severityStyle[control.severity] : verdictStyle[control.verdict], label)}`,
        ];
  const findings = sortFindings(control.findings).filter(
    (finding) => all || finding.verdict === 'fail' || finding.verdict === 'unknown',
  );
  const parameters = Object.entries(control.parameters).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  return [
    ...head,
    ...indented(control.title, 1, sheet),
    ...indented(
      `why: ${control.reason}${control.verdict === 'pass' && control.proof === 'proved' ? ' (proved by a probe)' : ''}`,
      1,
      sheet,
    ),
    ...(parameters.length === 0 ? [] : indented(`parameters: ${parameters.join(', ')}`, 1, sheet)),
    ...findings.flatMap((finding) => findingLines(finding, sheet)),
    ...(control.verdict === 'fail' || control.verdict === 'unknown' ? remedyLines(control, sheet) : []),
  ];
}

function remedyLines(control: ControlResult, sheet: Sheet): string[] {
  return [
    ...block('fix: ', control.remedy, 1, sheet),
    ...control.tradeOffs.flatMap((text) => indented(`may break: ${text}`, 1, sheet)),
    ...indented(`next: ${nextCommand(control)}`, 1, sheet),
  ];
}

function findingLines(finding: Finding, sheet: Sheet): string[] {
  const state = [
    finding.verdict,
    ...(finding.waiver === undefined ? [] : ['waived']),
    ...(finding.isNew === undefined ? [] : [finding.isNew ? 'new' : 'in the baseline']),
  ].join(', ');
  const number = finding.assertion === undefined ? '' : ` /${finding.assertion}`;
  const [first = '', ...rest] = indented(`${state}${number} ${formatSubject(finding.subject)}: ${finding.message}`, 2, sheet);
  return [
    first.replace(state, () => sheet.paint(verdictStyle[finding.verdict], state)),
    ...rest,
    ...finding.evidence.flatMap((evidence) => indented(evidenceText(evidence), 5, sheet)),
    ...(finding.notes ?? []).flatMap((note) => indented(`note: ${note}`, 5, sheet)),
    ...(finding.waiver === undefined
      ? []
      : indented(`waived by ${finding.waiver.owner} until ${finding.waiver.expires}: ${finding.waiver.reason}`, 5, sheet)),
    ...(finding.remedy === undefined ? [] : block('fix: ', finding.remedy, 5, sheet)),
  ];
}

/** `file:line:column path = seen; wanted: value`. */
export function evidenceText(evidence: Evidence): string {
  const wanted = evidence.wanted === undefined ? '' : `; wanted: ${evidence.wanted}`;
  return `${formatPlace(evidence)} = ${evidence.seen}${wanted}`;
}

/** Wraps a text, the first line at `indent` columns, further ones two more. */
function indented(text: string, indent: number, { width, measure }: Sheet): string[] {
  const lines = wrap(printable(text), width - indent - 2, measure);
  return lines.map((line, index) => ' '.repeat(index === 0 ? indent : indent + 2) + line);
}

/** A text whose line ends and indentation count (YAML): wrapped line by line, its own indentation kept. */
function block(label: string, text: string, indent: number, sheet: Sheet): string[] {
  const lines = printableLines(text.trimEnd());
  if (lines.length === 1) return indented(label + text, indent, sheet);
  const own = (line: string): number => Math.min(line.length - line.trimStart().length, Math.floor(sheet.width / 3));
  return [' '.repeat(indent) + label.trimEnd(), ...lines.flatMap((line) => indented(line, indent + 2 + own(line), sheet))];
}

function gapLines(report: Report, sheet: Sheet): string[] {
  if (report.gaps.length === 0) return [];
  const lines = report.gaps.flatMap((gap) =>
    indented(`${formatPlace(gap)}: ${gap.reason}${gap.hint === undefined ? '' : `; ${gap.hint}`}`, 1, sheet),
  );
  return [sheet.paint('bold', `GAPS: ${counted(report.gaps.length, 'thing')} that could not be read`), ...lines, ''];
}

function waiverLines(report: Report, sheet: Sheet): string[] {
  if (report.waivers.length === 0) return [];
  const lines = report.waivers.flatMap((waiver) =>
    indented(
      `${waiver.state} ${waiver.control} ${waiver.subject}: ${waiver.message} (${formatPlace({ source: waiver.source, ...(waiver.line === undefined ? {} : { line: waiver.line }) })})`,
      1,
      sheet,
    ),
  );
  return [sheet.paint('bold', 'WAIVERS'), ...lines, ''];
}
