import { formatPlace } from '../cluster/place.ts';
import type { Finding } from '../results/finding.ts';
import { formatSubject } from '../results/finding.ts';
import { fingerprintOf } from '../results/fingerprint.ts';
import type { ControlResult, Report } from '../results/report.ts';
import type { Severity } from '../results/verdict.ts';
import { compareText, findingsWorstFirst } from './order.ts';
import type { FindingOf } from './order.ts';
import { apiServerBase, artifactLocation, locationsOf, relatedLocations, seenText } from './sarif-location.ts';

/** How the log is to be written. */
export interface SarifOptions {
  /** Folder that absolute paths are made relative to: the root of the repository. */
  readonly root?: string;
}

const levels: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
};

/**
 * SARIF 2.1.0. Rules: every control of the scan. Results: the failing findings, waived ones with a suppression. Unknown
 * controls and gaps are notifications of the invocation, not results: the best-known reader counts every result as an alert,
 * whatever its kind and level. docs/report.md has the mapping.
 */
export function renderSarif(report: Report, options: SarifOptions = {}): string {
  const controls = [...report.controls].sort((left, right) => compareText(left.id, right.id));
  const ruleIndex = new Map(controls.map((control, index) => [control.id, index]));
  const results = findingsWorstFirst(report).filter(({ finding }) => finding.verdict === 'fail');
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'bulwark',
            semanticVersion: report.tool.version,
            version: report.tool.version,
            rules: controls.map((control) => ruleOf(control)),
          },
        },
        automationDetails: { id: 'bulwark/scan/' },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { [apiServerBase]: { description: { text: 'The API server of the scanned cluster.' } } },
        invocations: [
          {
            executionSuccessful: true,
            ...endTime(report),
            toolExecutionNotifications: notifications(report, ruleIndex, options),
          },
        ],
        results: results.map((found) => resultOf(found, report, ruleIndex, options)),
        properties: { summary: report.summary, score: scoreOf(report) },
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function endTime({ now }: Report): object {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(now) ? { endTimeUtc: now } : {};
}

function scoreOf(report: Report): object {
  const { coverage, compliance, lower, upper, score } = report.score;
  return { coverage, compliance, lower, upper, score };
}

function ruleOf(control: ControlResult): object {
  const { id, title, area, severity, base, essential, remedy, tradeOffs, references } = control;
  const page = references['doc'];
  const help = [
    `${title}.`,
    `How to fix: ${remedy}`,
    ...tradeOffs.map((text) => `May break: ${text}`),
    `More: bulwark explain ${id}`,
  ].join('\n');
  const tags = ['security', 'kubernetes', area, ...(essential ? ['essential'] : [])];
  const { doc: _doc, ...standards } = references;
  return {
    id,
    name: id,
    shortDescription: { text: title },
    fullDescription: { text: title },
    help: { text: help, markdown: control.page ?? help },
    ...(page !== undefined && page.startsWith('/') ? { helpUri: `https://kubernetes.io${page}` } : {}),
    defaultConfiguration: { level: levels[severity] },
    properties: {
      'security-severity': base.toFixed(1),
      precision: 'very-high',
      severity,
      tags,
      references: Object.fromEntries(Object.entries(standards).filter(([, text]) => text !== '')),
    },
  };
}

function resultOf(
  { control, finding }: FindingOf,
  report: Report,
  ruleIndex: ReadonlyMap<string, number>,
  { root }: SarifOptions,
): object {
  const related = relatedLocations(finding, root);
  return {
    ruleId: control.id,
    ruleIndex: ruleIndex.get(control.id) ?? -1,
    kind: 'fail',
    level: levels[control.severity],
    message: { text: messageOf(finding) },
    locations: locationsOf(finding, report.cluster.sources[0] ?? 'cluster', root),
    ...(related.length === 0 ? {} : { relatedLocations: related }),
    partialFingerprints: { 'bulwark/v1': finding.fingerprint ?? fingerprintOf(control.id, finding) },
    ...(finding.isNew === undefined ? {} : { baselineState: finding.isNew ? 'new' : 'unchanged' }),
    ...suppressionsOf(finding),
    properties: {
      area: control.area,
      ...(finding.assertion === undefined ? {} : { assertion: `${control.id}/${finding.assertion}` }),
      subject: finding.subject,
      remedy: finding.remedy ?? control.remedy,
      ...(finding.notes === undefined ? {} : { notes: finding.notes }),
    },
  };
}

function messageOf(finding: Finding): string {
  const [first] = finding.evidence;
  const seen = first === undefined ? '' : ` (${seenText(first)})`;
  return `${formatSubject(finding.subject)}: ${finding.message}${seen}`;
}

function suppressionsOf(finding: Finding): object {
  if (finding.waiver === undefined) return {};
  const { owner, expires, reason } = finding.waiver;
  return {
    suppressions: [
      {
        kind: 'external',
        status: 'accepted',
        justification: `${reason} (${owner}, until ${expires})`,
        properties: { owner, expires },
      },
    ],
  };
}

function notifications(report: Report, ruleIndex: ReadonlyMap<string, number>, { root }: SarifOptions): object[] {
  const unknown = report.controls
    .filter((control) => control.verdict === 'unknown')
    .map((control) => ({
      descriptor: { id: 'unknown' },
      associatedRule: { id: control.id, index: ruleIndex.get(control.id) ?? -1 },
      level: 'note',
      message: { text: `unknown: ${control.reason}` },
    }));
  const gaps = report.gaps.map(({ source, reason, hint, line, column }) => {
    const region =
      line === undefined ? {} : { region: { startLine: line, ...(column === undefined ? {} : { startColumn: column }) } };
    return {
      descriptor: { id: 'gap' },
      level: 'warning',
      message: { text: `${formatPlace({ source })}: ${reason}${hint === undefined ? '' : `; ${hint}`}` },
      locations: [{ physicalLocation: { artifactLocation: artifactLocation(source, root), ...region } }],
    };
  });
  const waivers = report.waivers
    .filter((waiver) => waiver.state !== 'applied')
    .map((waiver) => ({
      descriptor: { id: 'waiver' },
      level: 'warning',
      message: { text: `waiver ${waiver.state}: ${waiver.control} ${waiver.subject}: ${waiver.message}` },
    }));
  return [...unknown, ...gaps, ...waivers];
}
