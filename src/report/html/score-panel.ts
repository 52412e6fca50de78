import type { Report } from '../../results/report.ts';
import { severities } from '../../results/verdict.ts';
import { counted, grouped, percent, points } from '../number-text.ts';
import { severityChip } from './card.ts';
import { escapeHtml } from './escape.ts';

/** The score: grade, interval on a scale with the grades' bounds, and the measures that say how much was seen. */
export function scorePanelHtml(report: Report): string {
  const { score } = report;
  return `<section class="panel score" aria-labelledby="score-title"><h2 id="score-title">Score</h2>${gradeHtml(report)}${scaleSvg(report)}<dl class="measures">
<div><dt>Evidence coverage</dt><dd>${percent(score.coverage)}</dd></div>
<div><dt>Compliance</dt><dd>${percent(score.compliance)}</dd></div>
<div><dt>Proved by a probe</dt><dd>${percent(score.proofRate)}</dd></div>
</dl>${severityHtml(report)}${capsHtml(report)}</section>`;
}

function severityHtml({ summary }: Report): string {
  const items = severities.map(
    (severity) => `<li>${severityChip(severity)} <b>${grouped(summary.failBySeverity[severity])}</b></li>`,
  );
  return `<h3>Failing controls by severity</h3><ul class="severities">${items.join('')}</ul>`;
}

function gradeHtml({ score }: Report): string {
  const { lower, upper } = score;
  if (lower === null || upper === null) return '<p class="grade">No score: nothing applicable was judged.</p>';
  const single = score.score;
  const grade = single?.grade ?? (lower.grade === upper.grade ? lower.grade : `${lower.grade}–${upper.grade}`);
  const value = single === null ? `${points(lower)} to ${points(upper)}` : points(single);
  const why =
    single === null
      ? 'between every unknown failing and every unknown passing'
      : `of 100, between ${points(lower)} and ${points(upper)} with the unknown ones`;
  return `<p class="grade"><span class="letter" aria-label="Grade ${grade}">${grade}</span><span><b>${value}</b><br><span class="muted">${why}</span></span></p>`;
}

const bands = [
  ['E', 0, 45],
  ['D', 45, 65],
  ['C', 65, 80],
  ['B', 80, 90],
  ['A', 90, 100],
] as const;

function scaleSvg({ score }: Report): string {
  const { lower, upper } = score;
  if (lower === null || upper === null) return '';
  const at = (value: number): string => (10 + value * 4).toFixed(1);
  const width = Math.max(4, (upper.value - lower.value) * 4).toFixed(1);
  const parts = bands.map(
    ([grade, from, to]) =>
      `<rect class="band" x="${at(from)}" y="20" width="${((to - from) * 4 - 2).toFixed(1)}" height="12" rx="2"/><text x="${at((from + to) / 2)}" y="50" text-anchor="middle">${grade}</text>`,
  );
  const interval = `<rect class="interval" x="${at(Math.min(lower.value, 99))}" y="14" width="${width}" height="24" rx="5"/>`;
  return `<svg class="scale" viewBox="0 0 420 56" role="img" aria-label="The score lies between ${points(lower)} and ${points(upper)} on a scale from 0 to 100">${parts.join('')}${interval}</svg>`;
}

function capsHtml({ score }: Report): string {
  const always = score.caps.filter((cap) => cap.applies === 'always');
  if (always.length === 0) return '';
  const worst = always.some((cap) => cap.grade === 'D') ? 'D' : 'B';
  const ids = always
    .filter((cap) => cap.grade === worst)
    .map((cap) => `<a href="#control-${escapeHtml(cap.id)}">${escapeHtml(cap.id)}</a>`);
  return `<p class="muted caps">Capped at ${worst} by ${counted(ids.length, 'failed essential control')}: ${ids.join(', ')}.</p>`;
}
