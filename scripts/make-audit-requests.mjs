// Writes src/audit/requests.data.json from a file of request shapes, one JSON object a line: what an audit policy ought to record.
//
//   node scripts/make-audit-requests.mjs audit-requests.jsonl
import { readFileSync, writeFileSync } from 'node:fs';

const [file] = process.argv.slice(2);
const lines = readFileSync(file, 'utf8')
  .split('\n')
  .filter((line) => line.trim() !== '');
const texts = lines.map((line) => JSON.stringify(JSON.parse(line)));
writeFileSync(new URL('../src/audit/requests.data.json', import.meta.url), `[\n${texts.join(',\n')}\n]\n`);
console.log(`${texts.length} request shapes`);
