import { escapeHtml } from './escape.ts';

// A finding as a card. Used on both sides: for the list that works without JavaScript, and in the page's script.

export type CardVerdict = 'fail' | 'unknown' | 'pass' | 'not-applicable';

/** What a card needs of its control. */
export interface CardControl {
  readonly id: string;
  readonly title: string;
  readonly area: string;
  readonly severity: string;
  readonly remedy: string;
  readonly tradeOffs: readonly string[];
  readonly next: string;
}

/** A finding in the embedded data; short names, because there can be ten thousand. */
export interface CardFinding {
  /** Index of the control. */
  readonly c: number;
  readonly v: CardVerdict;
  /** Subject, printed. */
  readonly s: string;
  /** Namespace; absent for what lies in none. */
  readonly n?: string;
  readonly m: string;
  /** Evidence: place, seen, wanted. */
  readonly e: readonly (readonly [string, string, string?])[];
  readonly notes?: readonly string[];
  readonly r?: string;
  readonly w?: { readonly reason: string; readonly owner: string; readonly expires: string };
  /** New against the baseline. */
  readonly b?: boolean;
}

/** The data that the page carries. */
export interface CardData {
  readonly controls: readonly CardControl[];
  readonly findings: readonly CardFinding[];
}

/** A verdict as an icon and its word: never colour alone. */
export function verdictBadge(verdict: CardVerdict, waived = false): string {
  const look = waived ? 'not-applicable' : verdict;
  return `<span class="badge v-${look}">${icon(look)}${verdict === 'not-applicable' ? 'not applicable' : verdict}${waived ? ', waived' : ''}</span>`;
}

/** One of the icons that the page defines once. */
export function icon(name: CardVerdict): string {
  return `<svg class="icon" aria-hidden="true" focusable="false"><use href="#icon-${name}"></use></svg>`;
}

/** A severity as a chip. */
export function severityChip(severity: string): string {
  return `<span class="chip s-${escapeHtml(severity)}">${escapeHtml(severity)}</span>`;
}

/** A finding: what, on whom, why; folded: evidence, remedy, trade-offs and the control's page. */
export function cardHtml(finding: CardFinding, control: CardControl): string {
  const waived = finding.w !== undefined;
  const fresh = finding.b === undefined ? '' : `<span class="chip">${finding.b ? 'new' : 'in the baseline'}</span>`;
  const [first] = finding.e;
  return (
    `<li class="card v-${waived ? 'not-applicable' : finding.v}">` +
    `<p class="card-head">${verdictBadge(finding.v, waived)}${severityChip(control.severity)}${fresh}<code>${escapeHtml(control.id)}</code></p>` +
    `<p class="card-title"><strong>${escapeHtml(finding.s)}</strong> <span>${escapeHtml(finding.m)}</span></p>` +
    (first === undefined ? '' : `<p class="place"><code>${escapeHtml(first[0])}</code></p>`) +
    `<details><summary>Evidence and remedy<span class="hidden"> for ${escapeHtml(finding.s)}, ${escapeHtml(control.id)}</span></summary>` +
    evidenceHtml(finding) +
    (finding.notes ?? []).map((note) => `<p class="note">Note: ${escapeHtml(note)}</p>`).join('') +
    waiverHtml(finding) +
    remedyHtml(finding, control) +
    `</details></li>`
  );
}

function evidenceHtml(finding: CardFinding): string {
  if (finding.e.length === 0) return '<p class="note">Nothing was seen that could decide it.</p>';
  const rows = finding.e.map(
    ([place, seen, wanted]) =>
      `<div><dt><code>${escapeHtml(place)}</code></dt><dd>seen <code>${escapeHtml(seen)}</code>${wanted === undefined ? '' : `<br>wanted <code>${escapeHtml(wanted)}</code>`}</dd></div>`,
  );
  return `<dl class="evidence">${rows.join('')}</dl>`;
}

function waiverHtml({ w }: CardFinding): string {
  return w === undefined
    ? ''
    : `<p class="note">Waived by ${escapeHtml(w.owner)} until ${escapeHtml(w.expires)}: ${escapeHtml(w.reason)}</p>`;
}

function remedyHtml(finding: CardFinding, control: CardControl): string {
  const page = `<a href="#control-${escapeHtml(control.id)}">What ${escapeHtml(control.id)} means</a>`;
  if (finding.v === 'pass' || finding.v === 'not-applicable') return `<p class="more">${page}</p>`;
  const own = finding.r === undefined ? '' : `<pre tabindex="0"><code>${escapeHtml(finding.r)}</code></pre>`;
  const costs = control.tradeOffs.map((text) => `<li>${escapeHtml(text)}</li>`).join('');
  return (
    `<p><b>Remedy.</b> ${escapeHtml(control.remedy)}</p>${own}` +
    (costs === '' ? '' : `<p><b>May break.</b></p><ul>${costs}</ul>`) +
    `<p class="more"><b>Next.</b> <code>${escapeHtml(control.next)}</code> · ${page}</p>`
  );
}
