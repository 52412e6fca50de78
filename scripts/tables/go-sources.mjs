// Reads flags and feature gates out of Go sources in a module cache: what help texts leave out (GA gates, hidden flags, kubelet).

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const kinds = {
  Bool: 'bool',
  String: 'string',
  Int: 'int',
  Int32: 'int32',
  Int64: 'int',
  Uint: 'uint',
  Float32: 'float32',
  Float64: 'float',
  Duration: 'duration',
  StringSlice: 'strings',
  StringArray: 'stringArray',
  StringToString: 'stringToString',
  IP: 'ip',
};

/** All non-test Go files below `folder`, sorted. */
export function goFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.go') && !name.endsWith('_test.go') && !/(^|\/)testdata\//.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/**
 * Finds `fs.BoolVar(&x, "name", default, …)` and `fs.Var(x, "name", …)` in Go text: Map<flag, { type, value }>; `value` is null where
 * the default is not a literal, and the type of a `Var` is `value`.
 */
export function flagsInGo(text) {
  const flags = new Map();
  // `fs.BoolVar(&x, "name", default,` and `fs.BoolVarP(&x, "name", "n", default,`.
  const typed = /\.(\w+?)Var(?:\(\s*[^,"]*?,\s*"([\w-]+)",|P\(\s*[^,"]*?,\s*"([\w-]+)",\s*"\w?",)\s*([^,\n]+),/g;
  for (const [, kind, plain, lettered, value] of text.matchAll(typed)) {
    const type = kinds[kind];
    const name = plain ?? lettered;
    if (type !== undefined && !flags.has(name)) flags.set(name, { type, value: literal(value) });
  }
  for (const [, name] of text.matchAll(/\.Var\(\s*(?:[^"\n]|\n)*?,\s*"([\w-]+)",/g))
    if (!flags.has(name)) flags.set(name, { type: 'value', value: null });
  return flags;
}

function literal(text) {
  const value = text.trim();
  if (/^"[^"\\]*"$/.test(value)) return value.slice(1, -1);
  return /^(true|false|-?\d+(\.\d+)?)$/.test(value) ? value : null;
}

/**
 * Feature gates of one minor out of the files of that minor: Map<gate, [stage, default, locked]>. A versioned gate has the last
 * entry that is not newer than the minor; a gate whose first entry is newer does not exist.
 */
export function gatesInGo(texts, minor) {
  const gates = new Map();
  const names = new Map();
  for (const text of texts)
    for (const [, ident, name] of text.matchAll(/(\w+)\s+(?:featuregate\.)?Feature\s*=\s*"(\w+)"/g)) names.set(ident, name);
  for (const text of texts) {
    const lines = text
      .replace(/\/\/.*$/gm, '')
      .replace(/\n\s*\n/g, '\n')
      .replace(/Default:\s*([a-z]\w*)\b/g, (whole, name) =>
        new RegExp(`\\b${name}\\s*=\\s*true\\b`).test(text) ? 'Default: true' : whole,
      );
    for (const [, ident, body] of lines.matchAll(/^\t+(?:\w+\.)?(\w+):\s*\{((?:[^{}]|\{[^{}]*\})*)\}/gm)) {
      const specs = /Version:/.test(body) ? [...body.matchAll(/\{([^{}]*)\}/g)].map((m) => m[1]) : [body];
      if (!specs.some((spec) => /PreRelease:/.test(spec))) continue;
      const spec = specs.findLast((text) => versionOf(text) <= minor && compatibilityOf(text) < minor);
      const name = names.get(ident) ?? ident;
      if (spec === undefined) continue;
      const stage = /PreRelease:\s*(?:\w+\.)?(\w+)/.exec(spec)?.[1] ?? '';
      gates.set(name, [stage === '""' ? 'GA' : stage, /\bDefault:\s*true/.test(spec), /LockToDefault:\s*true/.test(spec)]);
    }
  }
  return gates;
}

function versionOf(spec) {
  const match = /(?:MustParse\("1\.(\d+)|MajorMinor\(1,\s*(\d+))/.exec(spec);
  return match === null ? 0 : Number(match[1] ?? match[2]);
}

/** The minor that `--min-compatibility-version` must reach for an entry; unless it is given, that is the minor before the binary's. */
function compatibilityOf(spec) {
  return Number(/MinCompatibilityVersion:\s*version\.MustParse\("1\.(\d+)/.exec(spec)?.[1] ?? 0);
}

/** Reads files, skipping what is not there. */
export function readAll(paths) {
  return paths.filter((path) => existsSync(path)).map((path) => readFileSync(path, 'utf8'));
}
