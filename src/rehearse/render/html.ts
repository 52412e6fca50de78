import { escapeHtml } from '../../report/html/escape.ts';
import { styleSheet } from '../../report/html/style.ts';
import type { Cause, Difference, Rehearsal } from '../rehearsal.ts';
import { limitsOf, outcomeWords, percent, plural, span, whoText } from './words.ts';

const style = `${styleSheet}
details{border:1px solid var(--line);border-radius:10px;margin:.6rem 0;background:var(--panel)}
summary{cursor:pointer;padding:.6rem .9rem;overflow-wrap:anywhere}
details>*:not(summary){margin:0 .9rem .6rem}
details details{background:var(--soft)}
dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin-bottom:.8rem}
dl.facts dt{color:var(--muted)}
dl.facts dd{overflow-wrap:anywhere}
.count{font-variant-numeric:tabular-nums;color:var(--muted)}
.panel ul{padding-left:1.2rem}
`;

const icons: Readonly<Record<Difference['kind'], string>> = {
  refused: 'v-fail',
  'turned away': 'v-fail',
  object: 'v-unknown',
  opened: 'v-unknown',
};

/** The rehearsal as one page without scripts: from each change to what it would break, and from there to the requests. Pure. */
export function renderHtml(rehearsal: Rehearsal): string {
  const { coverage, differences, plan, tool } = rehearsal;
  const parts = [
    tiles(rehearsal),
    panel('calibration', 'Does today’s world answer as the server did?', calibration(rehearsal)),
    panel(
      'changes',
      'From the change to the requests',
      differences.length === 0
        ? '<p>Nothing that the log or the workloads show would come out otherwise.</p>'
        : byChange(differences),
    ),
    ...(rehearsal.unsettled.length === 0 ? [] : [panel('unknown', 'Not known', unsettled(rehearsal))]),
    ...(rehearsal.sideEffects.length === 0
      ? []
      : [panel('effects', 'Side effects that a log cannot prove', sideEffects(rehearsal))]),
    panel('coverage', 'What this cannot see', limits(rehearsal)),
  ];
  const log = `${plural(coverage.requests, 'request')} ${span(coverage.first, coverage.last)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Bulwark rehearsal</title>
<style>${style}</style>
</head>
<body>
<a class="skip" href="#changes">To the differences</a>
<header>
<h1>Rehearsal: what the plan would break</h1>
<p class="muted">Kubernetes ${escapeHtml(plan.version ?? 'of unknown version')} · ${plural(plan.groups, 'group')}, ${plural(plan.changes, 'change')} · ${escapeHtml(log)}</p>
</header>
<main>
${parts.join('\n')}
</main>
<footer>bulwark ${escapeHtml(tool.version)}</footer>
</body>
</html>
`;
}

function panel(id: string, title: string, body: string): string {
  return `<section class="panel" id="${id}"><h2>${escapeHtml(title)}</h2>\n${body}\n</section>`;
}

function tiles({ differences, unsettled: open, accesses }: Rehearsal): string {
  const count = (...kinds: readonly Difference['kind'][]): number =>
    differences.filter(({ kind }) => kinds.includes(kind)).length;
  const unknown = open.reduce((sum, one) => sum + one.accesses, 0);
  const same = Math.max(0, accesses - unknown);
  const tile = (kind: string, number: number, text: string): string =>
    `<li class="tile ${kind}"><b>${number}</b> <span>${escapeHtml(text)}</span></li>`;
  return `<ul class="tiles">${[
    tile(
      count('refused', 'turned away') > 0 ? 'v-fail' : 'v-pass',
      count('refused', 'turned away'),
      'kinds of requests stop working',
    ),
    tile(count('object') > 0 ? 'v-unknown' : 'v-pass', count('object'), 'workloads do not start again'),
    tile(count('opened') > 0 ? 'v-unknown' : 'v-pass', count('opened'), 'opened'),
    tile(unknown > 0 ? 'v-unknown' : 'v-pass', unknown, 'accesses not known'),
    tile('v-not-applicable', same, 'accesses rehearsed'),
  ].join('')}</ul>`;
}

function calibration({ calibration: { requests, reproduced, undecidable, followed, disagreements } }: Rehearsal): string {
  if (requests === 0) return '<p>The log shows no decision that could be compared.</p>';
  const rows = disagreements.map(
    ({ cause, requests: many, samples }) =>
      `<li>${plural(many, 'request')} otherwise: <b>${escapeHtml(cause)}</b><ul>${samples
        .map(
          ({ who, what, recorded, today, auditID }) =>
            `<li>${escapeHtml(whoText(who))}: ${escapeHtml(what)}; ${recorded} in the log, ${escapeHtml(today)} today <code>${escapeHtml(auditID)}</code></li>`,
        )
        .join('')}</ul></li>`,
  );
  return `<p>It gives <b>${percent(reproduced, requests)}</b> of ${plural(requests, 'recorded decision')}${
    followed === 0 ? '' : `, with ${plural(followed, 'write')} of RBAC followed in time`
  }.</p>${undecidable === 0 ? '' : `<p>${plural(undecidable, 'request')} that only a webhook, or what was not collected, decides.</p>`}${
    rows.length === 0 ? '' : `<ul>${rows.join('')}</ul>`
  }`;
}

/** Differences under each change that brings them about. */
function byChange(differences: readonly Difference[]): string {
  const changes = new Map<string, { cause: Cause; own: Difference[] }>();
  const alone: Difference[] = [];
  for (const difference of differences) {
    if (difference.causes.length === 0) alone.push(difference);
    for (const cause of difference.causes) {
      const entry = changes.get(cause.change) ?? { cause, own: [] };
      changes.set(cause.change, entry);
      entry.own.push(difference);
    }
  }
  const shown = new Set<string>();
  const sections = [...changes.values()].map(({ cause, own }) => {
    const requests = own.reduce((sum, one) => sum + one.requests, 0);
    return `<details open><summary><b>${escapeHtml(cause.change)}</b> <code>${escapeHtml(cause.text)}</code> <span class="count">${
      requests === 0 ? plural(own.length, 'workload') : plural(requests, 'request')
    }</span></summary>
<p class="muted">asked for by ${escapeHtml(cause.controls.join(', '))}</p>
${own.map((one) => differenceHtml(one, shown)).join('\n')}</details>`;
  });
  return [...sections, ...alone.map((one) => differenceHtml(one, shown))].join('\n');
}

function differenceHtml(difference: Difference, shown: Set<string>): string {
  const { id, kind, who, what, requests, first, last, userAgents, today, planned, exception, auditIDs } = difference;
  // An id stands once in a page: a difference under a second change links to the first.
  const anchor = shown.has(id) ? '' : ` id="d-${id}"`;
  shown.add(id);
  const fact = (name: string, value: string): string => (value === '' ? '' : `<dt>${name}</dt><dd>${value}</dd>`);
  return `<details${anchor}><summary><span class="badge ${icons[kind]}">${escapeHtml(outcomeWords[kind])}</span> ${escapeHtml(whoText(who))}: ${escapeHtml(what)}${
    requests === 0 ? '' : ` <span class="count">${requests} ×</span>`
  }</summary>
<dl class="facts">
${fact('id', `<code>${id}</code>`)}
${fact('groups', escapeHtml(who.groups.join(', ')))}
${fact('seen', escapeHtml(span(first, last)))}
${fact('client', escapeHtml(userAgents.join(', ')))}
${fact('today', escapeHtml(today))}
${fact('planned', escapeHtml(planned))}
${fact('to keep it', `${escapeHtml(exception)}<br><code>bulwark rehearse … --keep ${id} --out kept</code>`)}
${fact('requests', auditIDs.map((one) => `<code>${escapeHtml(one)}</code>`).join(' '))}
</dl></details>`;
}

function unsettled({ unsettled: open }: Rehearsal): string {
  return `<ul>${open
    .map(
      ({ why, requests, accesses, sample }) =>
        `<li>${escapeHtml(why)}: ${plural(requests, 'request')}, ${plural(accesses, 'access', 'accesses')}, as ${escapeHtml(sample)}</li>`,
    )
    .join('')}</ul>`;
}

function sideEffects({ sideEffects: effects }: Rehearsal): string {
  return effects
    .map(
      ({ name, text, seen }) =>
        `<h3>${escapeHtml(name)}</h3><p>${escapeHtml(text)}.</p>${
          seen.length === 0
            ? '<p class="muted">In the log: nothing.</p>'
            : `<p class="muted">In the log:</p><ul>${seen.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`
        }`,
    )
    .join('\n');
}

function limits(rehearsal: Rehearsal): string {
  const { blind, never } = rehearsal.coverage;
  const own = limitsOf(rehearsal);
  const list = (texts: readonly string[]): string => `<ul>${texts.map((text) => `<li>${escapeHtml(text)}</li>`).join('')}</ul>`;
  return `${own.length === 0 ? '' : list(own)}${
    blind.length === 0 ? '' : `<h3>The audit policy does not write</h3>${list(blind)}`
  }<h3>No audit log shows</h3>${list(never)}`;
}
