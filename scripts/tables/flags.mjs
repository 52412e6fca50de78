// flags.data.json: for each component, flag → rows [type, default or null, from, to]. Null: not certain in these minors (the flag or its default).

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { flagsInGo, goFiles, readAll } from './go-sources.mjs';
import { parseHelp } from './help-text.mjs';
import { byCodeUnit, toSpans } from './spans.mjs';

/** First and last minor of the tables. */
export const firstMinor = 28;
export const lastMinor = 37;

const below = (paths) => paths.map((path) => `k8s.io/component-base@v0.V/${path}`);
const common = below(['logs/api/v1', 'metrics/options.go', 'version/verflag', 'cli/globalflag']);
const base = [...common, ...below(['compatibility', 'utils/version', 'featuregate', 'config/options'])];
const serving = ['serving.go', 'authentication.go', 'authorization.go'].map(
  (file) => `k8s.io/apiserver@v0.V/pkg/server/options/${file}`,
);

/** Where a component's flags are defined, below the module cache; `V` is the minor and patch. */
const sources = {
  'kube-apiserver': [
    'k8s.io/kubernetes@v1.V/cmd/kube-apiserver/app',
    'k8s.io/kubernetes@v1.V/pkg/kubeapiserver',
    'k8s.io/kubernetes@v1.V/pkg/controlplane/apiserver/options',
    'k8s.io/apiserver@v0.V/pkg/server',
    'k8s.io/apiserver@v0.V/pkg/util',
    ...base,
  ],
  'kube-controller-manager': [
    'k8s.io/kubernetes@v1.V/cmd/kube-controller-manager/app/options',
    'k8s.io/cloud-provider@v0.V/options',
    'k8s.io/controller-manager@v0.V/options',
    ...serving,
    ...base,
  ],
  kubelet: ['k8s.io/kubernetes@v1.V/cmd/kubelet/app', 'k8s.io/kubernetes@v1.V/pkg/kubelet/config', ...common],
  'kube-scheduler': ['k8s.io/kubernetes@v1.V/cmd/kube-scheduler/app', ...serving, ...base],
  'kube-proxy': ['k8s.io/kubernetes@v1.V/cmd/kube-proxy/app', ...common],
};

/** Flags whose name is a constant in the source, for the components that are read from source. */
const named = {
  'log-flush-frequency': { type: 'duration', value: '5s' },
  v: { type: 'Level', value: '0' },
  help: { type: 'bool', value: 'false' },
  version: { type: 'version', value: '' },
};
const namedOf = {
  kubelet: { 'housekeeping-interval': { type: 'duration', value: '10s' } },
  'kube-scheduler': { 'feature-gates': { type: 'value', value: '' } },
};

/** Where the recorded help texts leave a default open, from the sources of these minors: [component, flag, type, default, from, to]. */
const facts = [
  ['kube-apiserver', 'audit-log-maxage', 'int', '0', 28, 35],
  ['kube-apiserver', 'audit-log-maxage', 'int', '366', 36, 37],
  ['kube-apiserver', 'audit-log-maxbackup', 'int', '0', 28, 35],
  ['kube-apiserver', 'audit-log-maxbackup', 'int', '100', 36, 37],
  ['kube-apiserver', 'audit-log-maxsize', 'int', '0', 28, 35],
  ['kube-apiserver', 'audit-log-maxsize', 'int', '100', 36, 37],
  ['kube-apiserver', 'authorization-mode', 'strings', 'AlwaysAllow', 28, 28],
  ['kube-apiserver', 'authorization-mode', 'strings', '', 29, 37],
  ['kube-apiserver', 'feature-gates', 'mapStringBool', '', 28, 30],
  ['kube-apiserver', 'feature-gates', 'colonSeparatedMultimapStringString', '', 31, 37],
  ['kube-controller-manager', 'feature-gates', 'mapStringBool', '', 28, 30],
  ['kube-controller-manager', 'feature-gates', 'colonSeparatedMultimapStringString', '', 31, 37],
  ['kube-controller-manager', 'node-monitor-grace-period', 'duration', '40s', 28, 31],
  ['kube-controller-manager', 'node-monitor-grace-period', 'duration', '50s', 32, 37],
];

/**
 * Flags that the servers take and their help does not show (MarkDeprecated hides them), asked of the servers:
 * [component, flag, type, default, from, to].
 */
const hidden = [
  ['kube-apiserver', 'default-watch-cache-size', 'int', '100', 28, 37],
  ['kube-apiserver', 'audit-webhook-batch-initial-backoff', 'duration', '10s', 28, 37],
  ['kube-apiserver', 'kubelet-port', 'uint', '10250', 28, 37],
  ['kube-apiserver', 'kubelet-read-only-port', 'uint', '10255', 28, 37],
  ['kube-apiserver', 'apiserver-count', 'int', '1', 28, 37],
  ['kube-apiserver', 'cloud-provider', 'string', '', 28, 32],
  ['kube-apiserver', 'cloud-config', 'string', '', 28, 32],
  ['kube-apiserver', 'enable-logs-handler', 'bool', 'true', 28, 30],
  ['kube-apiserver', 'enable-logs-handler', 'bool', 'false', 31, 37],
  ['kube-apiserver', 'cloud-provider-gce-lb-src-cidrs', 'cidrs', '', 28, 30],
  ['kube-controller-manager', 'allow-untagged-cloud', 'bool', 'false', 28, 37],
  ['kube-controller-manager', 'node-sync-period', 'duration', '0s', 28, 37],
];

/** Defaults that only the command line has, before any configuration file (kubelet: applyLegacyDefaults; others as documented). */
const literalDefaults = {
  kubelet: {
    'anonymous-auth': 'true',
    'authentication-token-webhook': 'false',
    'authorization-mode': 'AlwaysAllow',
    'read-only-port': '10255',
    port: '10250',
    config: '',
    'config-dir': '',
    kubeconfig: '',
    'bootstrap-kubeconfig': '',
    'client-ca-file': '',
    'tls-cert-file': '',
    'tls-private-key-file': '',
    'rotate-certificates': 'false',
    'rotate-server-certificates': 'false',
    'protect-kernel-defaults': 'false',
    'seccomp-default': 'false',
    'enable-debugging-handlers': 'true',
    'make-iptables-util-chains': 'true',
    'streaming-connection-idle-timeout': '4h0m0s',
    'event-qps': '50',
    'hostname-override': '',
    'pod-manifest-path': '',
    'pod-max-pids': '-1',
    'cloud-provider': '',
    'manifest-url': '',
  },
  'kube-scheduler': {
    profiling: 'true',
    'bind-address': '0.0.0.0',
    'secure-port': '10259',
    config: '',
    kubeconfig: '',
    'authentication-kubeconfig': '',
    'authorization-kubeconfig': '',
  },
  'kube-proxy': {
    config: '',
    kubeconfig: '',
    profiling: 'false',
    'metrics-bind-address': '127.0.0.1:10249',
    'healthz-bind-address': '0.0.0.0:10256',
    'feature-gates': '',
  },
};

/** Builds the table. `help`: folder of `COMPONENT-1.M.P.txt`; `modules`: a Go module cache or undefined. */
export function flagTable({ help, modules }) {
  const table = {};
  for (const component of Object.keys(sources)) {
    const recorded = recordedHelp(help, component);
    const at = recorded.size > 0 ? recorded : fromSources(component, modules);
    // Against 1.36, 1.37's API server has no new flag, lost none and changed no default.
    if (component === 'kube-apiserver' && at.has(37)) at.set(36, at.get(37));
    const all = byCodeUnit(new Set([...at.values()].flatMap((flags) => [...flags.keys()])));
    const flags = {};
    for (const name of all) {
      const values = new Map(
        [...at].map(([minor, known]) => [minor, known.has(name) ? rowOf(component, name, known.get(name)) : undefined]),
      );
      if (recorded.size > 0) fillFromSources(values, component, name, modules);
      flags[name] = toSpans(values, firstMinor, lastMinor, (left, right) => [(left ?? right)[0], null]);
    }
    for (const [owner, name, ...row] of hidden)
      if (owner === component) flags[name] = withoutOverlap([...(flags[name] ?? []), row]);
    for (const [owner, name] of facts)
      if (owner === component)
        flags[name] = facts.filter((fact) => fact[0] === owner && fact[1] === name).map((fact) => fact.slice(2));
    table[component] = Object.fromEntries(Object.entries(flags).sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  return table;
}

function rowOf(component, name, { type, value }) {
  return [type, literalDefaults[component]?.[name] ?? value];
}

/** A hidden flag that some help does show: the row of the help wins in its minors. */
function withoutOverlap(rows) {
  const seen = new Map();
  for (const [type, value, from, to] of rows)
    for (let minor = from; minor <= to; minor++)
      if (!seen.has(minor) || seen.get(minor)[1] === null) seen.set(minor, [type, value]);
  return toSpans(
    new Map(Array.from({ length: lastMinor - firstMinor + 1 }, (_, i) => [firstMinor + i, seen.get(firstMinor + i)])),
    firstMinor,
    lastMinor,
    () => undefined,
  );
}

function recordedHelp(folder, component) {
  const found = new Map();
  for (const file of readdirSync(folder).sort()) {
    const match = new RegExp(`^${component}-1\\.(\\d+)\\.\\d+\\.txt$`).exec(file);
    if (match !== null) found.set(Number(match[1]), parseHelp(readFileSync(join(folder, file), 'utf8')));
  }
  return found;
}

/** Where the neighbours differ, the source of the minor in between decides whether the flag exists there. */
function fillFromSources(values, component, name, modules) {
  if (modules === undefined) return;
  for (let minor = firstMinor; minor <= lastMinor; minor++) {
    if (values.has(minor)) continue;
    const left = values.get([...values.keys()].filter((other) => other < minor).sort((a, b) => b - a)[0]);
    const right = values.get([...values.keys()].filter((other) => other > minor).sort((a, b) => a - b)[0]);
    if ((left === undefined) === (right === undefined)) continue;
    const text = sourceText(component, minor, modules);
    if (text === '') continue;
    values.set(minor, text.includes(`"${name}"`) ? (left ?? right) : undefined);
  }
}

const texts = new Map();

function sourceText(component, minor, modules) {
  const key = `${component} ${minor}`;
  if (!texts.has(key)) {
    const version = newestPatch(modules, minor);
    const folders =
      version === undefined
        ? []
        : sources[component].map((path) =>
            join(modules, path.replace('@v1.V', `@v1.${version}`).replace('@v0.V', `@v0.${version}`)),
          );
    texts.set(key, readAll(folders.flatMap((path) => (path.endsWith('.go') ? [path] : goFiles(path)))).join('\n'));
  }
  return texts.get(key);
}

function fromSources(component, modules) {
  const at = new Map();
  if (modules === undefined) return at;
  for (let minor = firstMinor; minor <= lastMinor; minor++) {
    const text = sourceText(component, minor, modules);
    if (text !== '') at.set(minor, new Map([...flagsInGo(text), ...Object.entries({ ...named, ...namedOf[component] })]));
  }
  return at;
}

/** `31.14` for minor 31: the newest patch of k8s.io/kubernetes in the module cache. */
export function newestPatch(modules, minor) {
  const patches = readdirSync(join(modules, 'k8s.io'))
    .map((name) => new RegExp(`^kubernetes@v1\\.${minor}\\.(\\d+)$`).exec(name)?.[1])
    .filter((patch) => patch !== undefined)
    .map(Number);
  return patches.length === 0 ? undefined : `${minor}.${Math.max(...patches)}`;
}
