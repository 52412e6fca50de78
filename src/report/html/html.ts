import { createHash } from 'node:crypto';
import type { Report } from '../../results/report.ts';
import { areas, severities } from '../../results/verdict.ts';
import { counted, grouped } from '../number-text.ts';
import { countByArea } from '../order.ts';
import { cardHtml } from './card.ts';
import type { CardControl, CardData } from './card.ts';
import { clientScript } from './client.generated.ts';
import { cardData } from './data.ts';
import { embedJson, escapeHtml } from './escape.ts';
import { areaName, pictureHtml } from './picture.ts';
import { scorePanelHtml } from './score-panel.ts';
import { areaTableHtml, controlsHtml, firstHtml, gapsHtml } from './sections.ts';
import { styleSheet } from './style.ts';

/** How many findings stand in the page without JavaScript; the script shows all. */
const shownWithoutScript = 100;

/**
 * The report as one HTML file that needs no network: a policy forbids all but its own style and script, named by their
 * hashes. Without JavaScript it is a readable list of the worst findings and all controls.
 */
export function renderHtml(report: Report): string {
  const data = cardData(report);
  const policy = `default-src 'none'; style-src '${hashOf(styleSheet)}'; script-src '${hashOf(clientScript)}'; img-src data:; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(titleOf(report))}</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E%3Cpath fill='%232456d6' d='M12 1 3 4.5v7C3 17 7 21.4 12 23c5-1.6 9-6 9-11.5v-7z'/%3E%3C/svg%3E">
<style>${styleSheet}</style>
</head>
<body>
<a class="skip" href="#findings">Skip to the findings</a>
${icons}
${headerHtml(report)}
<main>
<div class="top">${scorePanelHtml(report)}${firstHtml(report)}</div>
<section class="panel" aria-labelledby="path-title"><h2 id="path-title">The way of a request</h2>${pictureHtml(report)}${areaTableHtml(report)}</section>
${findingsHtml(report, data)}
${controlsHtml(report)}
${gapsHtml(report)}
</main>
<footer><p>Made by bulwark ${escapeHtml(report.tool.version)}. This file loads nothing and sends nothing.</p></footer>
<script type="application/json" id="data">${embedJson(data)}</script>
<script>${clientScript}</script>
</body>
</html>
`;
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function titleOf(report: Report): string {
  const { controls } = report.summary;
  return `Bulwark: ${controls.fail} fail, ${controls.unknown} unknown, ${controls.pass} pass`;
}

const symbols: Readonly<Record<string, string>> = {
  fail: '<circle cx="12" cy="12" r="11"/><path d="m8 8 8 8m0-8-8 8"/>',
  unknown:
    '<path class="shape" d="M7 2h10l5.5 10L17 22H7L1.5 12z"/><path d="M9.6 9.7a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.2.9-1.2 1.7m0 3v.1"/>',
  pass: '<rect x="1" y="1" width="22" height="22" rx="6"/><path d="m7 12.5 3.4 3.5L17 8.5"/>',
  'not-applicable': '<circle cx="12" cy="12" r="10"/><path d="M8 12h8"/>',
};

const icons = `<svg class="defs" aria-hidden="true" focusable="false"><defs><marker id="arrow" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path class="arrow-head" d="M0 0 10 5 0 10z"/></marker></defs>${Object.entries(
  symbols,
)
  .map(([name, body]) => `<symbol id="icon-${name}" viewBox="0 0 24 24" class="glyph g-${name}">${body}</symbol>`)
  .join('')}</svg>`;

function headerHtml(report: Report): string {
  const { cluster, summary } = report;
  const facts = [
    cluster.version === null ? 'Kubernetes version unknown' : `Kubernetes ${cluster.version}`,
    ...(cluster.distribution === null ? [] : [cluster.distribution]),
    counted(cluster.controlPlaneHosts, 'control-plane host'),
    counted(cluster.nodes, 'node'),
    counted(cluster.objects, 'object'),
  ];
  const tile = (verdict: 'fail' | 'unknown' | 'pass' | 'not-applicable', word: string): string =>
    `<li class="tile v-${verdict}"><svg class="icon" aria-hidden="true" focusable="false"><use href="#icon-${verdict}"></use></svg><b>${grouped(summary.controls[verdict])}</b> ${word}</li>`;
  const notes = [
    counted(summary.findings.fail, 'failing finding'),
    ...(summary.waived > 0 ? [`${summary.waived} waived`] : []),
    ...(report.baseline === undefined ? [] : [`${report.baseline.newFindings} new since ${report.baseline.source}`]),
  ];
  return `<header><div class="brand"><svg class="shield" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="M12 1 3 4.5v7C3 17 7 21.4 12 23c5-1.6 9-6 9-11.5v-7z"/><path class="wall" d="M7 9h10M7 13h10M12 9v4M9.5 13v4m5-4v4M9.5 5.5V9m5-3.5V9"/></svg><div><h1>Bulwark report</h1><p>${facts.map((fact) => escapeHtml(fact)).join(' · ')}</p><p class="muted">${escapeHtml([cluster.sources.join(', '), report.now].filter((text) => text !== '').join(' · '))}</p></div></div><ul class="tiles" aria-label="Controls by verdict">${tile('fail', 'fail')}${tile('unknown', 'unknown')}${tile('pass', 'pass')}${tile('not-applicable', 'not applicable')}</ul><p class="muted">${escapeHtml(notes.join(', '))}</p></header>`;
}

function findingsHtml(report: Report, data: CardData): string {
  const total = data.findings.length;
  const shown = data.findings.slice(0, shownWithoutScript);
  const cards = shown.map((finding) => cardHtml(finding, data.controls[finding.c] ?? noControl)).join('');
  const note =
    total <= shownWithoutScript
      ? ''
      : `<noscript><p class="note">The worst ${shownWithoutScript} of ${counted(total, 'finding')} are listed. With JavaScript all of them can be seen and filtered; the JSON and CSV reports hold them too.</p></noscript>`;
  return `<section class="panel" aria-labelledby="findings"><h2 id="findings" tabindex="-1">Findings</h2>${filtersHtml(report)}${note}<p id="count" class="muted" role="status">${counted(total, 'finding')}</p><ol id="list" class="cards">${cards}</ol><p><button type="button" id="more" hidden>Show more</button></p></section>`;
}

const noControl: CardControl = { id: '', title: '', area: '', severity: 'low', remedy: '', tradeOffs: [], next: '' };

function filtersHtml(report: Report): string {
  const present = new Set(countByArea(report).map((counts) => counts.area));
  const option = (value: string, text: string): string => `<option value="${escapeHtml(value)}">${escapeHtml(text)}</option>`;
  const select = (name: string, label: string, options: readonly string[]): string =>
    `<div><label for="filter-${name}">${label}</label><select id="filter-${name}">${options.join('')}</select></div>`;
  return `<form id="filters" role="search" aria-label="Filter the findings" hidden><div class="grow"><label for="filter-text">Text</label><input id="filter-text" type="search" autocomplete="off" placeholder="name, file, message …"></div>${select(
    'verdict',
    'Verdict',
    [
      option('attention', 'fail and unknown'),
      option('fail', 'fail'),
      option('unknown', 'unknown'),
      option('waived', 'waived'),
      option('pass', 'pass'),
      option('not-applicable', 'not applicable'),
      option('', 'all'),
    ],
  )}${select('severity', 'Severity', [option('', 'all'), ...severities.map((severity) => option(severity, severity))])}${select('area', 'Area', [option('', 'all'), ...areas.filter((area) => present.has(area)).map((area) => option(area, areaName(area)))])}${select('namespace', 'Namespace', [option('', 'all')])}<div><button type="button" id="clear">Clear</button></div></form>`;
}
