import type { FlagReading, FlagSet, StartError } from '../cluster/flags.ts';
import { goQuote } from '../cluster/go-quote.ts';
import plugins from '../cluster/tables/plugins.data.json' with { type: 'json' };
import { newestMinor, oldestMinor } from '../cluster/version.ts';

/** [name, compiled in from–to, on by default from–to or never], in the order of execution. */
type Row = readonly [string, readonly [number, number], readonly [number, number] | null];

const table = plugins as unknown as readonly Row[];

/** Versions outside the tables are read as the nearest one inside. */
function clamp(minor: number): number {
  return Math.min(Math.max(minor, oldestMinor), newestMinor);
}

function within(range: readonly [number, number] | null, minor: number): boolean {
  return range !== null && range[0] <= minor && minor <= range[1];
}

/** Admission plug-ins that this minor's kube-apiserver knows, in the order in which they run. */
export function compiledPlugins(minor: number): readonly string[] {
  return table.filter(([, compiled]) => within(compiled, clamp(minor))).map(([name]) => name);
}

/** Admission plug-ins that are on without any flag, in the order in which they run. */
export function defaultPlugins(minor: number): readonly string[] {
  return table.filter(([, , on]) => within(on, clamp(minor))).map(([name]) => name);
}

/**
 * Computes the admission plug-ins that run, in their order: the defaults with `--enable-admission-plugins` and without
 * `--disable-admission-plugins`, or exactly those of the deprecated `--admission-control`.
 *
 * Names this version does not know, a name both enabled and disabled, and the old flag beside the new ones stop the server: errors
 * in its own words, in its order. Plug-ins that do nothing while their feature gate is off are in the set all the same.
 * Source: k8s.io/kubernetes pkg/kubeapiserver/options/admission.go, k8s.io/apiserver pkg/server/options/admission.go.
 */
export function effectivePlugins(
  flags: FlagSet,
  minor: number,
): { readonly plugins: readonly string[]; readonly errors: readonly StartError[] } {
  const enable = flags.get('enable-admission-plugins');
  const disable = flags.get('disable-admission-plugins');
  const exact = flags.get('admission-control');
  const compiled = compiledPlugins(minor);
  const errors = [
    ...exclusion(exact, enable, disable),
    ...[exact, enable, disable].flatMap((flag) => unknownNames(flag, compiled)),
    ...overlap(enable, disable),
  ];
  const on = new Set(exact.given ? exact.values : defaultPlugins(minor));
  if (!exact.given) {
    for (const name of disable.values) on.delete(name);
    for (const name of enable.values) on.add(name);
  }
  return { plugins: compiled.filter((name) => on.has(name)), errors };
}

function exclusion(exact: FlagReading, enable: FlagReading, disable: FlagReading): StartError[] {
  if (exact.place === undefined || (!enable.given && !disable.given)) return [];
  const message = 'admission-control and enable-admission-plugins/disable-admission-plugins flags are mutually exclusive';
  return [{ flag: exact.name, message, place: exact.place }];
}

function unknownNames(flag: FlagReading, compiled: readonly string[]): StartError[] {
  const { name, place } = flag;
  if (place === undefined) return [];
  return flag.values
    .filter((plugin) => !compiled.includes(plugin))
    .map((plugin) => ({ flag: name, message: `${name} plugin ${goQuote(plugin)} is unknown`, place }));
}

function overlap(enable: FlagReading, disable: FlagReading): StartError[] {
  const both = [...new Set(enable.values.filter((name) => disable.values.includes(name)))].sort();
  if (both.length === 0 || enable.place === undefined) return [];
  const message = `[${both.join(' ')}] in enable-admission-plugins and disable-admission-plugins overlapped`;
  return [{ flag: enable.name, message, place: enable.place }];
}
