// Turns the catalogue's table (controls.csv) into src/controls/catalogue.data.json.
// Call: node scripts/make-catalogue-data.mjs path/to/controls.csv
import { readFileSync, writeFileSync } from 'node:fs';

/** Splits RFC 4180 text into rows of fields. */
export function parseCsv(text) {
  const rows = [];
  let row = [];
  let field = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c === '"' && text[i + 1] === '"') {
        field += '"';
        i++;
      } else if (c === '"') quoted = false;
      else field += c;
    } else if (c === '"') quoted = true;
    else if (c === ',') {
      row.push(field);
      field = '';
    } else if (c === '\n') {
      row.push(field);
      rows.push(row);
      row = [];
      field = '';
    } else if (c !== '\r') field += c;
  }
  if (field !== '' || row.length > 0) rows.push([...row, field]);
  return rows;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const [header, ...rows] = parseCsv(readFileSync(process.argv[2], 'utf8'));
  const catalogue = {};
  for (const row of rows) {
    const at = Object.fromEntries(header.map((name, index) => [name, row[index] ?? '']));
    catalogue[at.id] = {
      title: at.title,
      area: at.area,
      severity: at.severity,
      essential: at.essential === 'yes',
      base: Number(at.base),
      references: { cis: at.cis, nsa: at.nsa_cisa, owasp: at.owasp, mitre: at.mitre, pss: at.pss, doc: at.doc_path },
    };
  }
  const target = new URL('../src/controls/catalogue.data.json', import.meta.url);
  writeFileSync(target, `${JSON.stringify(catalogue, null, 1)}\n`);
  console.log(`${Object.keys(catalogue).length} controls`);
}
