import { formatPlace } from '../../cluster/place.ts';
import type { ControlResult, Report } from '../../results/report.ts';
import { counted, grouped, percent } from '../number-text.ts';
import { countByArea, failing, nextCommand, worstFirst } from '../order.ts';
import type { AreaCounts } from '../order.ts';
import { severityChip, verdictBadge } from './card.ts';
import { escapeHtml } from './escape.ts';
import { markdownToHtml } from './markdown-html.ts';
import { areaName } from './picture.ts';

/** The worst three controls: what, where, what to do. */
export function firstHtml(report: Report): string {
  const first = worstFirst(report)
    .filter((control) => (control.verdict === 'fail' && !control.waived) || control.verdict === 'unknown')
    .slice(0, 3);
  if (first.length === 0)
    return '<section class="panel first" aria-labelledby="first-title"><h2 id="first-title">Start here</h2><p>Nothing fails and nothing is unknown.</p></section>';
  return `<section class="panel first" aria-labelledby="first-title"><h2 id="first-title">Start here</h2><ol>${first.map((control) => firstItem(control)).join('')}</ol></section>`;
}

function firstItem(control: ControlResult): string {
  const finding = failing(control)[0] ?? control.findings[0];
  const evidence = finding?.evidence[0];
  const place = evidence === undefined ? '' : `<p class="place"><code>${escapeHtml(formatPlace(evidence))}</code></p>`;
  const wanted = evidence?.wanted === undefined ? '' : ` · wanted <code>${escapeHtml(evidence.wanted)}</code>`;
  const seen = evidence === undefined ? '' : `<p>seen <code>${escapeHtml(evidence.seen)}</code>${wanted}</p>`;
  return `<li><p class="card-head">${verdictBadge(control.verdict)}${severityChip(control.severity)}<a href="#control-${escapeHtml(control.id)}">${escapeHtml(control.id)}</a></p><p><strong>${escapeHtml(control.reason)}</strong></p>${place}${seen}<p class="more">next: <code>${escapeHtml(nextCommand(control))}</code></p></li>`;
}

/** The picture's numbers as a table: verdicts, coverage and compliance of each area. */
export function areaTableHtml(report: Report): string {
  const rows = countByArea(report).map((counts) => areaRow(counts, report));
  return `<div class="scroll" tabindex="0" role="region" aria-label="Controls by area"><table class="areas"><thead><tr><th scope="col">Area</th><th scope="col">Verdicts</th><th scope="col" class="n">Fail</th><th scope="col" class="n">Unknown</th><th scope="col" class="n">Pass</th><th scope="col" class="n">Not applicable</th><th scope="col" class="n">Coverage</th><th scope="col" class="n">Compliance</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function areaRow({ area, verdicts, total }: AreaCounts, report: Report): string {
  const number = (value: number): string => `<td class="n${value === 0 ? ' zero' : ''}">${value}</td>`;
  const { coverageByArea, complianceByArea } = report.score;
  return `<tr><th scope="row"><a href="#area-${area}" data-area="${area}">${areaName(area)}</a></th><td>${barSvg(verdicts, total)}</td>${number(verdicts.fail)}${number(verdicts.unknown)}${number(verdicts.pass)}${number(verdicts['not-applicable'])}<td class="n">${percent(coverageByArea[area])}</td><td class="n">${percent(complianceByArea[area])}</td></tr>`;
}

function barSvg(verdicts: AreaCounts['verdicts'], total: number): string {
  let x = 0;
  const parts = (['fail', 'unknown', 'pass', 'not-applicable'] as const).map((verdict) => {
    const width = (verdicts[verdict] / total) * 140;
    const part =
      width === 0
        ? ''
        : `<rect class="fill-${verdict}" x="${x.toFixed(1)}" y="0" width="${Math.max(1, width - 1.5).toFixed(1)}" height="10" rx="2"/>`;
    x += width;
    return part;
  });
  return `<svg class="bar" viewBox="0 0 140 10" aria-hidden="true" focusable="false">${parts.join('')}</svg>`;
}

/** Every control by area, folded: why, parameters, remedy, trade-offs, references and its page. */
export function controlsHtml(report: Report): string {
  const groups = countByArea(report).map(({ area }) => {
    const controls = worstFirst(report).filter((control) => control.area === area);
    return `<h3 id="area-${area}">${areaName(area)}</h3>${controls.map((control) => controlHtml(control)).join('')}`;
  });
  return `<section class="panel" aria-labelledby="controls-title"><h2 id="controls-title">Controls</h2><p class="muted">${counted(report.controls.length, 'control')}, each with the reason of its verdict, its remedy and its page.</p>${groups.join('')}</section>`;
}

function controlHtml(control: ControlResult): string {
  const parameters = Object.entries(control.parameters).map(
    ([name, value]) => `<code>${escapeHtml(`${name} = ${JSON.stringify(value)}`)}</code>`,
  );
  const references = Object.entries(control.references).filter(([, text]) => text !== '');
  const rows = [
    ['Why', escapeHtml(control.reason)],
    [
      'Findings',
      (['fail', 'unknown', 'pass', 'not-applicable'] as const)
        .map((verdict) => [control.findings.filter((finding) => finding.verdict === verdict).length, verdict] as const)
        .filter(([count]) => count > 0)
        .map(([count, verdict]) => `${grouped(count)} ${verdict}`)
        .join(', '),
    ],
    ['Shown by', control.proof === 'proved' ? 'a probe' : 'reading the configuration'],
    ['Parameters', parameters.join(', ')],
    ['Remedy', escapeHtml(control.remedy)],
    ['May break', control.tradeOffs.map((text) => escapeHtml(text)).join('<br>')],
    ['References', references.map(([name, text]) => referenceHtml(name, text)).join('<br>')],
  ].filter(([, text]) => text !== '');
  const page =
    control.page === undefined || control.page.trim() === '' ? '' : `<div class="page">${markdownToHtml(control.page, 5)}</div>`;
  return `<details class="control" id="control-${escapeHtml(control.id)}"><summary>${verdictBadge(control.verdict, control.waived)}${severityChip(control.severity)}<h4>${escapeHtml(control.title)}</h4><code>${escapeHtml(control.id)}</code></summary><dl class="facts">${rows.map(([name, text]) => `<div><dt>${name}</dt><dd>${text}</dd></div>`).join('')}</dl>${page}</details>`;
}

const referenceNames: Readonly<Record<string, string>> = {
  cis: 'CIS Kubernetes Benchmark',
  nsa: 'NSA/CISA',
  owasp: 'OWASP Kubernetes Top Ten',
  mitre: 'MITRE ATT&CK and Microsoft matrix',
  pss: 'Pod Security Standards',
  doc: 'Documentation',
};

function referenceHtml(name: string, text: string): string {
  const label = escapeHtml(referenceNames[name] ?? name);
  if (name !== 'doc' || !text.startsWith('/')) return `${label}: ${escapeHtml(text)}`;
  return `${label}: <a href="https://kubernetes.io${escapeHtml(text)}" rel="noreferrer">kubernetes.io${escapeHtml(text)}</a>`;
}

/** What could not be read, and waivers with their state. */
export function gapsHtml(report: Report): string {
  const gaps = report.gaps.map(
    (gap) =>
      `<li><code>${escapeHtml(formatPlace(gap))}</code>: ${escapeHtml(gap.reason)}${gap.hint === undefined ? '' : `<br><span class="muted">${escapeHtml(gap.hint)}</span>`}</li>`,
  );
  const body = gaps.length === 0 ? '<p>Everything that was asked for could be read.</p>' : `<ul>${gaps.join('')}</ul>`;
  const waivers = report.waivers.map(
    (waiver) =>
      `<li>${severityChip(waiver.state)} <code>${escapeHtml(`${waiver.control} ${waiver.subject}`)}</code>: ${escapeHtml(waiver.message)}${waiver.owner === undefined ? '' : ` <span class="muted">(${escapeHtml(waiver.owner)}${waiver.expires === undefined ? '' : `, until ${escapeHtml(waiver.expires)}`})</span>`}</li>`,
  );
  const second =
    waivers.length === 0
      ? ''
      : `<section class="panel" aria-labelledby="waivers-title"><h2 id="waivers-title">Waivers</h2><ul>${waivers.join('')}</ul></section>`;
  return `<section class="panel" aria-labelledby="gaps-title"><h2 id="gaps-title">Gaps: what could not be read</h2>${body}</section>${second}`;
}
