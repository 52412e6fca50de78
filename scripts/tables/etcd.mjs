// The flags of etcd, by etcd's own minor (5 for 3.5): types from the sources, defaults from `etcd --help`.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { byCodeUnit, toSpans } from './spans.mjs';

const kinds = {
  Bool: 'bool',
  String: 'string',
  Int: 'int',
  Int64: 'int',
  Uint: 'uint',
  Uint64: 'uint',
  Float64: 'float',
  Duration: 'duration',
};
const zero = { bool: 'false', int: '0', uint: '0', float: '0', duration: '0s' };

/** Builds flag → rows [type, default or null, from, to] out of a Go module cache and Map<etcd minor, help text>. */
export function etcdTable(modules, helps) {
  const at = new Map();
  for (const folder of readdirSync(join(modules, 'go.etcd.io/etcd/server')).sort()) {
    const match = /^v3@v3\.(\d+)\.\d+$/.exec(folder);
    if (match === null) continue;
    const root = join(modules, 'go.etcd.io/etcd/server', folder);
    const text = ['etcdmain/config.go', 'embed/config.go'].map((file) => readFileSync(join(root, file), 'utf8')).join('\n');
    const minor = Number(match[1]);
    at.set(minor, flagsOf(text, defaultsOf(helps.get(minor))));
  }
  const table = {};
  for (const name of byCodeUnit(new Set([...at.values()].flatMap((flags) => [...flags.keys()]))))
    table[name] = toSpans(new Map([...at].map(([minor, flags]) => [minor, flags.get(name)])), 5, 7, (left, right) => [
      (left ?? right)[0],
      null,
    ]);
  return table;
}

function flagsOf(text, defaults) {
  const flags = new Map();
  const add = (name, type) => {
    if (!flags.has(name)) flags.set(name, [type, defaults?.get(name) ?? zero[type] ?? (type === 'string' ? '' : null)]);
  };
  for (const [, kind, name] of text.matchAll(/fs\.(\w+)Var\(\s*&?[\w.]+(?:\([^)]*\))?,\s*"([\w-]+)"/g))
    if (kinds[kind] !== undefined) add(name, kinds[kind]);
  for (const [, name] of text.matchAll(/fs\.Var\(\s*(?:[^;]*?),\s*"([\w-]+)",/g)) add(name, 'value');
  add('config-file', 'string');
  return flags;
}

function defaultsOf(help) {
  if (help === undefined) return undefined;
  const defaults = new Map();
  for (const [, name, value] of help.matchAll(/^ {2}--([\w-]+)(?: '([^']*)'| ([\w.]+))?/gm)) defaults.set(name, value);
  return defaults;
}
