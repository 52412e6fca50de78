// Made by scripts/make-report-client.ts from client/main.ts. Do not edit.

/** The script of the HTML report. */
export const clientScript = `"use strict";
(() => {
  function wellFormed(text2) {
    return text2.replaceAll(/[\\ud800-\\udbff](?![\\udc00-\\udfff])|(?<![\\ud800-\\udbff])[\\udc00-\\udfff]/g, "�");
  }

  function escapeHtml(text2) {
    return wellFormed(text2).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;");
  }

  function verdictBadge(verdict, waived = false) {
    const look = waived ? "not-applicable" : verdict;
    return \`<span class="badge v-\${look}">\${icon(look)}\${verdict === "not-applicable" ? "not applicable" : verdict}\${waived ? ", waived" : ""}</span>\`;
  }
  function icon(name) {
    return \`<svg class="icon" aria-hidden="true" focusable="false"><use href="#icon-\${name}"></use></svg>\`;
  }
  function severityChip(severity) {
    return \`<span class="chip s-\${escapeHtml(severity)}">\${escapeHtml(severity)}</span>\`;
  }
  function cardHtml(finding, control) {
    const waived = finding.w !== void 0;
    const fresh = finding.b === void 0 ? "" : \`<span class="chip">\${finding.b ? "new" : "in the baseline"}</span>\`;
    const [first] = finding.e;
    return \`<li class="card v-\${waived ? "not-applicable" : finding.v}"><p class="card-head">\${verdictBadge(finding.v, waived)}\${severityChip(control.severity)}\${fresh}<code>\${escapeHtml(control.id)}</code></p><p class="card-title"><strong>\${escapeHtml(finding.s)}</strong> <span>\${escapeHtml(finding.m)}</span></p>\` + (first === void 0 ? "" : \`<p class="place"><code>\${escapeHtml(first[0])}</code></p>\`) + \`<details><summary>Evidence and remedy<span class="hidden"> for \${escapeHtml(finding.s)}, \${escapeHtml(control.id)}</span></summary>\` + evidenceHtml(finding) + (finding.notes ?? []).map((note) => \`<p class="note">Note: \${escapeHtml(note)}</p>\`).join("") + waiverHtml(finding) + remedyHtml(finding, control) + \`</details></li>\`;
  }
  function evidenceHtml(finding) {
    if (finding.e.length === 0) return '<p class="note">Nothing was seen that could decide it.</p>';
    const rows = finding.e.map(
      ([place, seen, wanted]) => \`<div><dt><code>\${escapeHtml(place)}</code></dt><dd>seen <code>\${escapeHtml(seen)}</code>\${wanted === void 0 ? "" : \`<br>wanted <code>\${escapeHtml(wanted)}</code>\`}</dd></div>\`
    );
    return \`<dl class="evidence">\${rows.join("")}</dl>\`;
  }
  function waiverHtml({ w }) {
    return w === void 0 ? "" : \`<p class="note">Waived by \${escapeHtml(w.owner)} until \${escapeHtml(w.expires)}: \${escapeHtml(w.reason)}</p>\`;
  }
  function remedyHtml(finding, control) {
    const page = \`<a href="#control-\${escapeHtml(control.id)}">What \${escapeHtml(control.id)} means</a>\`;
    if (finding.v === "pass" || finding.v === "not-applicable") return \`<p class="more">\${page}</p>\`;
    const own = finding.r === void 0 ? "" : \`<pre tabindex="0"><code>\${escapeHtml(finding.r)}</code></pre>\`;
    const costs = control.tradeOffs.map((text2) => \`<li>\${escapeHtml(text2)}</li>\`).join("");
    return \`<p><b>Remedy.</b> \${escapeHtml(control.remedy)}</p>\${own}\` + (costs === "" ? "" : \`<p><b>May break.</b></p><ul>\${costs}</ul>\`) + \`<p class="more"><b>Next.</b> <code>\${escapeHtml(control.next)}</code> · \${page}</p>\`;
  }

  function makeFilter(data2) {
    const haystacks = [];
    return (values2) => {
      const words = values2.text.toLowerCase().split(/\\s+/).filter((word) => word !== "");
      if (words.length > 0 && haystacks.length === 0)
        for (const finding of data2.findings) haystacks.push(haystackOf(finding, data2));
      return data2.findings.filter((finding, index) => {
        const control = data2.controls[finding.c];
        return hasVerdict(finding, values2.verdict) && (values2.severity === "" || control?.severity === values2.severity) && (values2.area === "" || control?.area === values2.area) && (values2.namespace === void 0 || (finding.n ?? "") === values2.namespace) && words.every((word) => haystacks[index]?.includes(word) === true);
      });
    };
  }
  function hasVerdict(finding, wanted) {
    const waived = finding.w !== void 0;
    if (wanted === "") return true;
    if (wanted === "waived") return waived;
    if (wanted === "attention") return finding.v === "unknown" || finding.v === "fail" && !waived;
    return finding.v === wanted;
  }
  function haystackOf(finding, data2) {
    const control = data2.controls[finding.c];
    return [control?.id, control?.title, finding.s, finding.m, finding.r, ...finding.e.flat(), ...finding.notes ?? []].join("\\n").toLowerCase();
  }

  var portion = 50;
  var printedAtMost = 1e3;
  function element(id, type) {
    const found = document.querySelector(\`#\${id}\`);
    if (!(found instanceof type)) throw new Error(\`no element \${id}\`);
    return found;
  }
  var data = JSON.parse(element("data", HTMLScriptElement).text);
  var list = element("list", HTMLOListElement);
  var count = element("count", HTMLParagraphElement);
  var more = element("more", HTMLButtonElement);
  var filters = element("filters", HTMLFormElement);
  var text = element("filter-text", HTMLInputElement);
  var selects = {
    verdict: element("filter-verdict", HTMLSelectElement),
    severity: element("filter-severity", HTMLSelectElement),
    area: element("filter-area", HTMLSelectElement),
    namespace: element("filter-namespace", HTMLSelectElement)
  };
  var filter = makeFilter(data);
  var matching = [];
  var shown = 0;
  function values() {
    return {
      text: text.value,
      verdict: selects.verdict.value,
      severity: selects.severity.value,
      area: selects.area.value,
      namespace: selects.namespace.value === "" ? void 0 : selects.namespace.value.slice(1)
    };
  }
  function show(until) {
    const next = matching.slice(shown, until);
    const html = next.map((finding) => {
      const control = data.controls[finding.c];
      return control === void 0 ? "" : cardHtml(finding, control);
    });
    list.insertAdjacentHTML("beforeend", html.join(""));
    shown = Math.min(until, matching.length);
    more.hidden = shown >= matching.length;
    more.textContent = \`Show more (\${matching.length - shown} left)\`;
  }
  function apply() {
    matching = filter(values());
    list.replaceChildren();
    shown = 0;
    show(portion);
    const all = data.findings.length;
    count.textContent = matching.length === all ? \`\${all} findings\` : \`\${matching.length} of \${all} findings\`;
  }
  function fillNamespaces() {
    const names = [...new Set(data.findings.map((finding) => finding.n ?? ""))].sort((left, right) => left < right ? -1 : 1);
    for (const name of names) selects.namespace.append(new Option(name === "" ? "(none)" : name, \`=\${name}\`));
  }
  function openTarget() {
    const id = decodeURIComponent(location.hash.slice(1));
    const target = id === "" ? null : document.getElementById(id);
    if (target instanceof HTMLDetailsElement) {
      target.open = true;
      target.scrollIntoView();
      target.querySelector("summary")?.focus();
    }
  }
  function filterByArea(event) {
    if (!(event.target instanceof Element) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const area = event.target.closest("a[data-area]")?.getAttribute("data-area");
    if (area === null || area === void 0) return;
    event.preventDefault();
    text.value = "";
    selects.severity.value = "";
    selects.namespace.value = "";
    selects.area.value = area;
    selects.verdict.value = "attention";
    apply();
    if (matching.length === 0) {
      selects.verdict.value = "";
      apply();
    }
    element("findings", HTMLHeadingElement).focus();
  }
  var waiting;
  text.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 120);
  });
  for (const select of Object.values(selects)) select.addEventListener("change", apply);
  filters.addEventListener("submit", (event) => {
    event.preventDefault();
    apply();
  });
  element("clear", HTMLButtonElement).addEventListener("click", () => {
    filters.reset();
    apply();
    text.focus();
  });
  more.addEventListener("click", () => {
    const from = shown;
    show(shown + portion);
    list.children[from]?.querySelector("summary")?.focus();
  });
  document.addEventListener("click", filterByArea);
  globalThis.addEventListener("hashchange", openTarget);
  var opened = [];
  globalThis.addEventListener("beforeprint", () => {
    show(printedAtMost);
    opened = [...document.querySelectorAll(".cards details:not([open])")];
    for (const details of opened) details.open = true;
  });
  globalThis.addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
  });
  fillNamespaces();
  filters.hidden = false;
  apply();
  if (matching.length === 0) {
    selects.verdict.value = "";
    apply();
  }
  openTarget();
})();
`;
