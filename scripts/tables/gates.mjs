// gates.data.json: feature gate → rows [stage, default, locked, from, to], from the sources of every minor.

import { join } from 'node:path';
import { firstMinor, lastMinor, newestPatch } from './flags.mjs';
import { gatesInGo, goFiles, readAll } from './go-sources.mjs';
import { byCodeUnit, toSpans } from './spans.mjs';

const folders = [
  'k8s.io/kubernetes@v1.V/pkg/features',
  'k8s.io/apiserver@v0.V/pkg/features',
  'k8s.io/apiextensions-apiserver@v0.V/pkg/features',
  'k8s.io/client-go@v0.V/features',
  'k8s.io/component-base@v0.V',
  'k8s.io/controller-manager@v0.V/pkg/features',
];

/** Gates of every server, which the featuregate package itself adds. */
const special = { AllAlpha: ['Alpha', false, false], AllBeta: ['Beta', false, false] };

/** Builds the table out of a Go module cache that holds every minor's modules. */
export function gateTable(modules) {
  const at = new Map();
  for (let minor = firstMinor; minor <= lastMinor; minor++) {
    const version = newestPatch(modules, minor);
    if (version === undefined) continue;
    const files = folders.flatMap((folder) =>
      goFiles(join(modules, folder.replace('@v1.V', `@v1.${version}`).replace('@v0.V', `@v0.${version}`))),
    );
    at.set(minor, gatesInGo(readAll(files.filter((file) => /feature/.test(file))), minor));
  }
  const table = {};
  const names = new Set([...at.values()].flatMap((gates) => [...gates.keys()]));
  for (const name of byCodeUnit([...names, ...Object.keys(special)])) {
    const values = new Map([...at].map(([minor, gates]) => [minor, special[name] ?? gates.get(name)]));
    table[name] = toSpans(values, firstMinor, lastMinor, (left, right) => left ?? right);
  }
  return table;
}
