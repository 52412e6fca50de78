import { formatPlace } from '../../cluster/place.ts';
import { formatSubject } from '../../results/finding.ts';
import type { Finding } from '../../results/finding.ts';
import type { ControlResult, Report } from '../../results/report.ts';
import { counted, grouped, percent, scoreText } from '../number-text.ts';
import { compareText, countByArea, failing, nextCommand, worstFirst } from '../order.ts';
import type { AreaCounts } from '../order.ts';
import { printable } from '../printable.ts';
import { leftAndRight, padEnd, padStart, shorten, shortenPath, wrap } from './layout.ts';
import { severityStyle } from './sheet.ts';
import type { Sheet } from './sheet.ts';

/** What the caller knows and the report does not. */
export interface SummaryOptions {
  readonly next?: string;
  readonly exitCode?: number;
}

/** The first screen: head, gaps, areas, score, the worst three, the counts, what to do next. At most 23 lines: a terminal's 24 without the prompt. */
export function summaryLines(report: Report, sheet: Sheet, options: SummaryOptions): string[] {
  return [
    ...headLines(report, sheet),
    ...areaLines(report, sheet),
    scoreLine(report, sheet),
    ...firstLines(report, sheet),
    sheet.paint('bold', shorten(countsText(report, sheet.width), sheet.width, sheet.measure)),
    lastLine(report, sheet, options),
  ];
}

function headLines(report: Report, sheet: Sheet): string[] {
  const { paint, width, measure } = sheet;
  const { cluster } = report;
  const name = `bulwark ${report.tool.version}`;
  const version = cluster.version === null ? 'Kubernetes version unknown' : `Kubernetes ${cluster.version}`;
  const facts = [version, ...(cluster.distribution === null ? [] : [cluster.distribution])]
    .map((fact) => printable(fact))
    .join(', ');
  const room = width - measure(name) - 3;
  const hosts = `${counted(cluster.controlPlaneHosts, 'control-plane host')}, ${counted(cluster.nodes, 'node')}`;
  const cut = shorten(`${facts}   ${hosts}`, room, measure);
  const objects = `${counted(cluster.objects, 'object')} from `;
  const sources = printable(cluster.sources.join(', '));
  return [
    `${paint('bold', name)}   ${cut}`,
    `read   ${objects}${shorten(sources === '' ? 'no source' : sources, width - 7 - measure(objects), measure)}`,
    gapLine(report, sheet),
  ];
}

function gapLine(report: Report, { width, measure, paint }: Sheet): string {
  const label = `gaps ${report.gaps.length}`;
  if (report.gaps.length === 0) return shorten(`${label} everything that was asked for could be read`, width, measure);
  const texts = report.gaps.map((gap) => `${shortenPath(printable(gap.source), 34, measure)}: ${printable(gap.reason)}`);
  return `${paint('yellow', label)} ${shorten(texts.join('; '), width - label.length - 1, measure)}`;
}

/** Rows of the area table: all when there are six or fewer, else the worst five and the others in one. */
function areaLines(report: Report, sheet: Sheet): string[] {
  const all = [...countByArea(report)].sort((left, right) => compareAreas(left, right));
  const shown = all.length <= 6 ? all : all.slice(0, 5);
  const others = all.slice(shown.length);
  const sum = (pick: (counts: AreaCounts) => number): number => others.reduce((total, counts) => total + pick(counts), 0);
  const rows = shown.map((counts) => {
    const hint = counts.worst === undefined || counts.worst.verdict === 'pass' ? '' : printable(counts.worst.reason);
    return areaRow(
      sheet,
      [counts.area, String(counts.total), hint],
      [counts.verdicts.fail, counts.verdicts.unknown, counts.verdicts.pass],
    );
  });
  if (others.length > 0) {
    const cells = [`${others.length} other areas`, String(sum((counts) => counts.total)), ''] as const;
    rows.push(areaRow(sheet, cells, [sum((c) => c.verdicts.fail), sum((c) => c.verdicts.unknown), sum((c) => c.verdicts.pass)]));
  }
  const title = `CONTROLS (${report.controls.length})`;
  const head = leftAndRight(title, 'fail  unknown   pass', sheet.width, sheet.measure) ?? title;
  return [sheet.paint('bold', head), ...rows];
}

function compareAreas(left: AreaCounts, right: AreaCounts): number {
  const rank = ({ worst, verdicts }: AreaCounts): string => {
    const severity =
      worst === undefined || worst.verdict !== 'fail' || worst.waived
        ? 9
        : ['critical', 'high', 'medium', 'low'].indexOf(worst.severity);
    return [severity, 9999 - verdicts.fail, 9999 - verdicts.unknown].map((value) => String(value).padStart(4, '0')).join(' ');
  };
  return compareText(rank(left), rank(right)) || compareText(left.area, right.area);
}

function areaRow(
  sheet: Sheet,
  [area, total, hint]: readonly [string, string, string],
  [fail, unknown, pass]: readonly [number, number, number],
): string {
  const { paint, width, measure } = sheet;
  const head = ` ${padEnd(area, 18, measure)} ${padStart(total, 3, measure)}  `;
  const room = width - measure(head) - 21;
  const middle = room < 8 ? '' : padEnd(shorten(hint, room, measure), room, measure);
  const number = (value: number, columns: number, style: 'red' | 'yellow' | 'green'): string => {
    const text = padStart(grouped(value), columns, measure);
    return value === 0 ? paint('dim', text) : paint(style, text);
  };
  const padding = room < 8 ? ' '.repeat(Math.max(0, room)) : '';
  return `${head}${middle}${padding} ${number(fail, 4, 'red')}  ${number(unknown, 7, 'yellow')}  ${number(pass, 5, 'green')}`;
}

function scoreLine(report: Report, { paint, width, measure }: Sheet): string {
  const { score } = report;
  const main = `SCORE  ${scoreText(score)}`;
  const rest = `coverage ${percent(score.coverage)}, compliance ${percent(score.compliance)}`;
  const line = leftAndRight(main, rest, width, measure) ?? shorten(`${main}, ${rest}`, width, measure);
  return line.startsWith(main) ? paint('bold', main) + line.slice(main.length) : line;
}

/** The worst three that fail; where fewer fail, unknown ones follow. */
function firstLines(report: Report, sheet: Sheet): string[] {
  const candidates = worstFirst(report).filter(
    (control) => (control.verdict === 'fail' && !control.waived) || control.verdict === 'unknown',
  );
  const first = candidates.slice(0, 3);
  if (first.length === 0) return ['', 'Nothing fails and nothing is unknown.', ''];
  const title = first.length === 3 ? 'FIRST THREE' : first.length === 2 ? 'FIRST TWO' : 'FIRST';
  const head = leftAndRight(title, 'next, for each: bulwark explain CONTROL', sheet.width, sheet.measure) ?? title;
  const lines = [
    sheet.paint('bold', title) + head.slice(title.length),
    ...first.flatMap((control, index) => firstEntry(control, index + 1, sheet)),
  ];
  return first.length === 3 ? lines : ['', ...lines, ''];
}

/** Two or three lines: the control; the place with what was seen and wanted; the next command where it is not `explain`. */
function firstEntry(control: ControlResult, number: number, sheet: Sheet): string[] {
  const { paint, width, measure } = sheet;
  const verdict = control.verdict === 'unknown' ? 'unknown, ' : '';
  const count = failing(control).length;
  const label = `${count > 1 ? `${counted(count, 'finding')}, ` : ''}${verdict}${control.severity}`;
  const left = ` ${number} ${control.id}`;
  const head = leftAndRight(left, label, width, measure) ?? shorten(`${left} ${label}`, width, measure);
  const title = head.endsWith(label)
    ? `${paint('bold', head.slice(0, -label.length))}${paint(control.verdict === 'unknown' ? 'yellow' : severityStyle[control.severity], label)}`
    : head;
  const next = control.next === undefined ? '' : `next: ${printable(control.next)}`;
  const [line, more] = entryText(control, width - 3, next, sheet);
  if (next === '') return [title, `   ${line}`, ...(more === '' ? [] : [`   ${more}`])];
  const last = leftAndRight(`   ${more}`, next, width, measure) ?? shorten(padStart(next, width, measure), width, measure);
  return [title, `   ${line}`, last.endsWith(next) ? last.slice(0, -next.length) + paint('cyan', next) : last];
}

/** Place, seen and wanted in at most two lines; where it does not fit, the path gives way first, at its front. */
function entryText(control: ControlResult, room: number, next: string, { measure }: Sheet): readonly [string, string] {
  const finding = failing(control)[0] ?? control.findings.find((candidate) => candidate.verdict === control.verdict);
  const rest = next === '' ? room : Math.max(0, room - measure(next) - 2);
  const textWith = (pathRoom: number): string =>
    finding === undefined ? printable(control.reason) : placeText(finding, control, pathRoom, measure);
  for (const pathRoom of [200, 60, 44, 30]) {
    const [line = '', ...others] = wrap(textWith(pathRoom), room, measure);
    const more = others.join(' ');
    if (others.length === 0 || measure(more) <= rest) return [line, more];
  }
  const [line = '', ...others] = wrap(textWith(30), room, measure);
  return rest < 12 ? [shorten(textWith(30), room, measure), ''] : [line, shorten(others.join(' '), rest, measure)];
}

function placeText(finding: Finding, control: ControlResult, pathRoom: number, measure: Sheet['measure']): string {
  const evidence = finding.evidence[0];
  if (evidence === undefined)
    return printable(finding.subject.name === '' ? control.reason : `${formatSubject(finding.subject)}: ${finding.message}`);
  const { source, path, ...place } = evidence;
  const short = shortenPath(printable(source), pathRoom, measure);
  const field = path === undefined ? {} : { path: pathRoom > 44 ? path : shortenPath(path, pathRoom, measure, '.') };
  const wanted = evidence.wanted === undefined ? '' : `; wanted: ${printable(evidence.wanted)}`;
  return `${printable(formatPlace({ ...place, ...field, source: short }))} = ${printable(evidence.seen)}${wanted}`;
}

/** One line for a ticket: counts of controls, then of failing findings, new ones, waived ones and the next expiry as far as they fit. */
export function countsText(report: Report, width = Number.POSITIVE_INFINITY): string {
  const { controls, findings, waived } = report.summary;
  const head = [
    `${grouped(controls.fail)} fail`,
    `${grouped(controls.unknown)} unknown`,
    `${grouped(controls.pass)} pass`,
    `${grouped(controls['not-applicable'])} not-applicable`,
  ].join('  ');
  const notes = [counted(findings.fail, 'failing finding')];
  if (waived > 0) notes.push(`${grouped(waived)} waived`);
  if (report.baseline !== undefined) notes.push(`${grouped(report.baseline.newFindings)} new`);
  const expiry = nextExpiry(report);
  if (expiry !== undefined) notes.push(expiry);
  let text = head;
  for (const [index, note] of notes.entries()) {
    const longer = `${text}${index === 0 ? '   ' : ', '}${note}`;
    if (longer.length > width) break;
    text = longer;
  }
  return text;
}

/** Days until the next applied waiver ends, counted from the report's own time; only within 30 days. */
function nextExpiry(report: Report): string | undefined {
  const now = Date.parse(report.now);
  const ends = report.waivers.flatMap((waiver) =>
    waiver.state === 'applied' && waiver.expires !== undefined ? [Date.parse(`${waiver.expires}T23:59:59Z`)] : [],
  );
  const days = ends.map((end) => Math.floor((end - now) / 86_400_000)).filter((value) => value >= 0 && value <= 30);
  return days.length === 0 ? undefined : `next expiry in ${Math.min(...days)} d`;
}

function lastLine(report: Report, { paint, width, measure }: Sheet, options: SummaryOptions): string {
  const first = worstFirst(report).find(
    (control) => (control.verdict === 'fail' && !control.waived) || control.verdict === 'unknown',
  );
  const fallback = first === undefined ? 'bulwark controls' : nextCommand(first);
  const next = `next: ${printable(options.next ?? fallback)}`;
  const exit = options.exitCode === undefined ? '' : `exit ${options.exitCode}`;
  const line =
    exit === ''
      ? shorten(next, width, measure)
      : (leftAndRight(next, exit, width, measure) ?? `${shorten(next, width - exit.length - 2, measure)}  ${exit}`);
  return line.startsWith(next) ? paint('cyan', next) + line.slice(next.length) : line;
}
