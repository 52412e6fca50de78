// The script of the HTML report: filters the embedded findings and shows them in portions. Bundled into
// ../client.generated.ts by scripts/make-report-client.ts; the page is readable without it.
import { cardHtml } from '../card.ts';
import type { CardData, CardFinding } from '../card.ts';
import { makeFilter } from '../filter.ts';
import type { FilterValues } from '../filter.ts';

const portion = 50;
const printedAtMost = 1000;

function element<T extends Element>(id: string, type: new () => T): T {
  const found = document.querySelector(`#${id}`);
  if (!(found instanceof type)) throw new Error(`no element ${id}`);
  return found;
}

const data = JSON.parse(element('data', HTMLScriptElement).text) as CardData;
const list = element('list', HTMLOListElement);
const count = element('count', HTMLParagraphElement);
const more = element('more', HTMLButtonElement);
const filters = element('filters', HTMLFormElement);
const text = element('filter-text', HTMLInputElement);
const selects = {
  verdict: element('filter-verdict', HTMLSelectElement),
  severity: element('filter-severity', HTMLSelectElement),
  area: element('filter-area', HTMLSelectElement),
  namespace: element('filter-namespace', HTMLSelectElement),
};

const filter = makeFilter(data);
let matching: readonly CardFinding[] = [];
let shown = 0;

function values(): FilterValues {
  return {
    text: text.value,
    verdict: selects.verdict.value,
    severity: selects.severity.value,
    area: selects.area.value,
    namespace: selects.namespace.value === '' ? undefined : selects.namespace.value.slice(1),
  };
}

function show(until: number): void {
  const next = matching.slice(shown, until);
  const html = next.map((finding) => {
    const control = data.controls[finding.c];
    return control === undefined ? '' : cardHtml(finding, control);
  });
  list.insertAdjacentHTML('beforeend', html.join(''));
  shown = Math.min(until, matching.length);
  more.hidden = shown >= matching.length;
  more.textContent = `Show more (${matching.length - shown} left)`;
}

function apply(): void {
  matching = filter(values());
  list.replaceChildren();
  shown = 0;
  show(portion);
  const all = data.findings.length;
  count.textContent = matching.length === all ? `${all} findings` : `${matching.length} of ${all} findings`;
}

function fillNamespaces(): void {
  const names = [...new Set(data.findings.map((finding) => finding.n ?? ''))].sort((left, right) => (left < right ? -1 : 1));
  for (const name of names) selects.namespace.append(new Option(name === '' ? '(none)' : name, `=${name}`));
}

/** A link into a folded control opens it. */
function openTarget(): void {
  const id = decodeURIComponent(location.hash.slice(1));
  const target = id === '' ? null : document.getElementById(id);
  if (target instanceof HTMLDetailsElement) {
    target.open = true;
    target.scrollIntoView();
    target.querySelector('summary')?.focus();
  }
}

/** The picture and the table filter by area instead of leading to the list of controls. */
function filterByArea(event: MouseEvent): void {
  if (!(event.target instanceof Element) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const area = event.target.closest('a[data-area]')?.getAttribute('data-area');
  if (area === null || area === undefined) return;
  event.preventDefault();
  text.value = '';
  selects.severity.value = '';
  selects.namespace.value = '';
  selects.area.value = area;
  selects.verdict.value = 'attention';
  apply();
  if (matching.length === 0) {
    selects.verdict.value = '';
    apply();
  }
  element('findings', HTMLHeadingElement).focus();
}

let waiting: number | undefined;
text.addEventListener('input', () => {
  clearTimeout(waiting);
  waiting = setTimeout(apply, 120);
});
for (const select of Object.values(selects)) select.addEventListener('change', apply);
filters.addEventListener('submit', (event) => {
  event.preventDefault();
  apply();
});
element('clear', HTMLButtonElement).addEventListener('click', () => {
  filters.reset();
  apply();
  text.focus();
});
more.addEventListener('click', () => {
  const from = shown;
  show(shown + portion);
  list.children[from]?.querySelector('summary')?.focus();
});
document.addEventListener('click', filterByArea);
globalThis.addEventListener('hashchange', openTarget);

let opened: HTMLDetailsElement[] = [];
globalThis.addEventListener('beforeprint', () => {
  show(printedAtMost);
  opened = [...document.querySelectorAll<HTMLDetailsElement>('.cards details:not([open])')];
  for (const details of opened) details.open = true;
});
globalThis.addEventListener('afterprint', () => {
  for (const details of opened) details.open = false;
});

fillNamespaces();
filters.hidden = false;
apply();
if (matching.length === 0) {
  selects.verdict.value = '';
  apply();
}
openTarget();
