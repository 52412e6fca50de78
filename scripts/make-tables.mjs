// Makes src/cluster/tables/*.data.json from recorded facts: help texts, release and advisory lists, Go sources.
// node scripts/make-tables.mjs REFERENCE [--modules GO_MODULE_CACHE] [--etcd MINOR=BINARY …]
// REFERENCE holds help/, controls.md, releases.csv, advisories.csv. What needs a source that is not given is left as it is.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { parseCsv } from './tables/csv.mjs';
import { etcdTable } from './tables/etcd.mjs';
import { flagTable } from './tables/flags.mjs';
import { gateTable } from './tables/gates.mjs';
import { pluginTable } from './tables/plugins.mjs';

/** Tables that stand in `reference` alone: Map<file name, value>. */
export function referenceTables(reference) {
  const read = (name) => readFileSync(join(reference, name), 'utf8');
  const releases = parseCsv(read('releases.csv')).map(
    ({ minor, released, maintenance, endOfLife, latestPatch, latestPatchDate, read }) => ({
      minor,
      released,
      maintenance,
      endOfLife,
      latestPatch,
      latestPatchDate,
      read,
    }),
  );
  const advisories = parseCsv(read('advisories.csv')).map((advisory) =>
    Object.fromEntries(Object.entries(advisory).filter(([name]) => name !== 'source')),
  );
  return new Map([
    ['plugins.data.json', pluginTable(read('controls.md'))],
    ['releases.data.json', releases],
    ['advisories.data.json', advisories],
  ]);
}

/** One line a member: small differences stay readable in a diff. */
export function print(value) {
  if (Array.isArray(value)) return `[\n${value.map((item) => JSON.stringify(item)).join(',\n')}\n]\n`;
  const members = Object.entries(value).map(([name, item]) => {
    const nested = !Array.isArray(item) && typeof item === 'object';
    return `${JSON.stringify(name)}:${nested ? print(item).trimEnd() : JSON.stringify(item)}`;
  });
  return `{\n${members.join(',\n')}\n}\n`;
}

function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { modules: { type: 'string' }, etcd: { type: 'string', multiple: true } },
  });
  const [reference] = positionals;
  if (reference === undefined)
    throw new Error('usage: node scripts/make-tables.mjs REFERENCE [--modules DIR] [--etcd MINOR=BINARY …]');
  const tables = referenceTables(reference);
  const { modules } = values;
  if (modules !== undefined) {
    const helps = new Map(
      (values.etcd ?? []).map((text) => [
        Number(text.split('=')[0]),
        execFileSync(text.split('=')[1], ['--help'], { encoding: 'utf8' }),
      ]),
    );
    tables.set('flags.data.json', { ...flagTable({ help: join(reference, 'help'), modules }), etcd: etcdTable(modules, helps) });
    tables.set('gates.data.json', gateTable(modules));
  }
  for (const [name, value] of tables) writeFileSync(join(import.meta.dirname, '../src/cluster/tables', name), print(value));
  process.stderr.write(`wrote ${[...tables.keys()].join(', ')}\n`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) main();
