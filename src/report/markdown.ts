import { formatPlace } from '../cluster/place.ts';
import type { Evidence } from '../results/finding.ts';
import { formatSubject } from '../results/finding.ts';
import type { ControlResult, Report } from '../results/report.ts';
import { counted, grouped, percent, scoreText } from './number-text.ts';
import { countByArea, failing, nextCommand, worstFirst } from './order.ts';
import { printable } from './printable.ts';
import { countsText } from './terminal/summary.ts';

/** A comment on GitHub holds 65,536 characters; the rest is for the text around ours. */
const budget = 60_000;

/**
 * Markdown for a comment on a pull request: counts, score, a table by area, then failing and unknown controls, worst first,
 * each folded. Stays under 60,000 characters: what does not fit is counted. Text from the cluster stands in code spans, so
 * that it neither formats nor mentions anybody.
 */
export function renderMarkdown(report: Report): string {
  const controls = worstFirst(report).filter((control) => control.verdict === 'fail' || control.verdict === 'unknown');
  const tail = [...gapLines(report), ...waiverLines(report)].join('\n');
  const parts = [headLines(report).join('\n')];
  let length = parts[0]?.length ?? 0;
  let shown = 0;
  for (const control of controls) {
    const part = controlLines(control).join('\n');
    if (length + part.length + tail.length > budget) break;
    parts.push(part);
    length += part.length + 1;
    shown += 1;
  }
  if (shown < controls.length)
    parts.push(
      `\n${counted(controls.length - shown, 'more control')} that ${controls.length - shown === 1 ? 'fails or is' : 'fail or are'} unknown: see \`bulwark scan -o html=report.html\`.`,
    );
  if (tail !== '') parts.push(tail.length > budget / 4 ? `${tail.slice(0, tail.lastIndexOf('\n', budget / 4))}\n- …` : tail);
  return `${parts.join('\n')}\n`;
}

function headLines(report: Report): string[] {
  const { cluster, score } = report;
  const rows = countByArea(report).map(
    ({ area, verdicts }) =>
      `| ${area} | ${verdicts.fail} | ${verdicts.unknown} | ${verdicts.pass} | ${verdicts['not-applicable']} |`,
  );
  return [
    `## Bulwark: ${countsText(report)}`,
    '',
    `**Score ${scoreText(score)}** · coverage ${percent(score.coverage)} · compliance ${percent(score.compliance)}`,
    '',
    `Kubernetes ${code(cluster.version ?? 'of unknown version')} · ${grouped(cluster.objects)} objects from ${cluster.sources.map((source) => code(source)).join(', ')}`,
    '',
    '| area | fail | unknown | pass | not applicable |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...rows,
    '',
  ];
}

const shownFindings = 20;

function controlLines(control: ControlResult): string[] {
  const bad = control.verdict === 'fail' ? failing(control) : control.findings.filter((finding) => finding.verdict === 'unknown');
  const waived = control.findings.filter((finding) => finding.waiver !== undefined);
  const rows = bad.slice(0, shownFindings).map((finding) => {
    const [first] = finding.evidence;
    const mark = finding.isNew === true ? '**new** ' : '';
    return `| ${mark}${code(formatSubject(finding.subject))} | ${text(finding.message)} | ${first === undefined ? '' : code(formatPlace(first))} | ${first === undefined ? '' : seen(first)} |`;
  });
  const verdict = `${control.verdict}${control.waived ? ' (waived)' : ''}`;
  return [
    `<details><summary><b>${verdict}, ${control.severity}</b> · <code>${control.id}</code> · ${html(control.title)}</summary>`,
    '',
    text(control.reason),
    ...(rows.length === 0 ? [] : ['', '| subject | finding | place | seen → wanted |', '| --- | --- | --- | --- |', ...rows]),
    ...(bad.length > shownFindings ? ['', `${grouped(bad.length - shownFindings)} more findings.`] : []),
    ...waived.map(
      (finding) =>
        `\n${code(formatSubject(finding.subject))} is waived by ${code(finding.waiver?.owner ?? '')} until ${finding.waiver?.expires ?? ''}: ${text(finding.waiver?.reason ?? '')}`,
    ),
    ...(control.verdict === 'fail'
      ? ['', `**Fix:** ${text(control.remedy)}`, ...control.tradeOffs.map((item) => `**May break:** ${text(item)}`)]
      : []),
    '',
    `Next: ${code(nextCommand(control))}`,
    '',
    '</details>',
  ];
}

function seen(evidence: Evidence): string {
  return evidence.wanted === undefined ? code(evidence.seen) : `${code(evidence.seen)} → ${code(evidence.wanted)}`;
}

function gapLines(report: Report): string[] {
  if (report.gaps.length === 0) return [];
  const rows = report.gaps.map(
    (gap) => `- ${code(formatPlace(gap))}: ${text(gap.reason)}${gap.hint === undefined ? '' : `; ${text(gap.hint)}`}`,
  );
  return ['', `**${counted(report.gaps.length, 'gap')}** (could not be read):`, '', ...rows];
}

function waiverLines(report: Report): string[] {
  const troubled = report.waivers.filter((waiver) => waiver.state !== 'applied');
  if (troubled.length === 0) return [];
  return [
    '',
    '**Waivers that waive nothing:**',
    '',
    ...troubled.map((waiver) => `- ${waiver.state}: ${code(`${waiver.control} ${waiver.subject}`)}: ${text(waiver.message)}`),
  ];
}

/** A code span for a table cell: a fence longer than any run of backticks inside, pipes escaped. */
function code(value: string): string {
  const inner = printable(value).trim();
  if (inner === '') return '';
  const longest = Math.max(0, ...[...inner.matchAll(/`+/g)].map((run) => run[0].length));
  const fence = '`'.repeat(longest + 1);
  const pad = inner.startsWith('`') || inner.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${inner.replaceAll('|', String.raw`\|`)}${pad}${fence}`;
}

/** Prose: what Markdown or HTML would read as markup is escaped, and `@` and `#` do not start a mention. */
function text(value: string): string {
  return html(printable(value))
    .replaceAll(/[\\`*_{}[\]|~]/g, (mark) => `\\${mark}`)
    .replaceAll(/[@#]/g, (mark) => `${mark}<!-- -->`);
}

function html(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
