import type { ComponentName } from './component.ts';
import type { FlagReading } from './flag-reading.ts';
import { boolRefusal, parseGoBool } from './go-numbers.ts';
import type { StartError } from './start-error.ts';
import { gateSpec } from './tables/gate-table.ts';
import { newestMinor, oldestMinor } from './version.ts';

type Get = (name: string) => FlagReading;

/** Gates as `--feature-gates` sets them: the last one of a name counts. Entries without a boolean are left out. */
export function gateSettings(items: readonly string[]): ReadonlyMap<string, boolean> {
  const settings = new Map<string, boolean>();
  for (const item of items) {
    const entry = entryOf(item);
    const value = entry.text === undefined ? undefined : parseGoBool(entry.text);
    if (value !== undefined && (entry.component === '' || entry.component === 'kube')) settings.set(entry.gate, value);
  }
  return settings;
}

interface GateEntry {
  readonly component: string;
  readonly gate: string;
  readonly text: string | undefined;
}

/** `kube:Gate=true` (the component from 1.31), `Gate=true`. */
function entryOf(item: string): GateEntry {
  const colon = /^([^=:]*):(.*)$/s.exec(item);
  const body = (colon?.[2] ?? item).trim();
  const equals = body.indexOf('=');
  return {
    component: colon?.[1]?.trim() ?? '',
    gate: (equals < 0 ? body : body.slice(0, equals)).trim(),
    text: equals < 0 ? undefined : body.slice(equals + 1).trim(),
  };
}

/**
 * The minor whose gates and defaults hold: `--emulated-version` where it is given (1.31 on), else the binary's.
 * `kube=1.33` and `1.33` are the same; anything else is ignored here.
 */
export function emulatedMinor(get: Get, minor: number): number {
  for (const item of get('emulated-version').values.toReversed()) {
    const match = /^(?:kube=)?1\.(\d{1,3})$/.exec(item.trim());
    if (match !== null) return Math.min(Number(match[1]), minor);
  }
  return minor;
}

/**
 * Finds what `--feature-gates` holds that stops the component: a name this version does not know, a locked gate, no boolean.
 * Source: k8s.io/component-base featuregate/feature_gate.go, compatibility/registry.go (1.31 on).
 */
export function gateErrors(component: ComponentName, minor: number | undefined, get: Get): StartError[] {
  const { place, values } = get('feature-gates');
  if (minor === undefined || minor < oldestMinor || minor > newestMinor || place === undefined) return [];
  if (checksWhileParsing(component, minor)) return [];
  const message = firstGateError(values, minor, emulatedMinor(get, minor));
  if (message === undefined) return [];
  const words = component === 'kubelet' ? `failed to set feature gates from initial flags-based config: ${message}` : message;
  return [{ flag: 'feature-gates', message: words, place }];
}

/** Up to 1.30 the servers set their gates as they parse the flag, one occurrence after the other. */
export function checksWhileParsing(component: ComponentName, minor: number | undefined): minor is number {
  return minor !== undefined && minor >= oldestMinor && minor <= 30 && parsingComponents.has(component);
}

const parsingComponents: ReadonlySet<ComponentName> = new Set(['kube-apiserver', 'kube-controller-manager', 'kube-scheduler']);

/** Finds the first fault in items of `--feature-gates`, in the words of the featuregate package; `undefined`: they can be set. */
export function firstGateError(items: readonly string[], minor: number, emulated: number): string | undefined {
  const entries = items.map(entryOf);
  if (minor >= 31) {
    const prefixes = new Set(entries.map((entry) => entry.component));
    if (prefixes.has('') && prefixes.has('kube'))
      return 'set kube feature gates with default empty prefix or kube: prefix consistently, do not mix use';
    const foreign = [...prefixes].find((name) => name !== '' && name !== 'kube');
    if (foreign !== undefined) return `component not registered: ${foreign}`;
  }
  for (const { gate, text } of entries) {
    if (gate === '' && text === undefined) continue;
    if (text === undefined) return `missing bool value for ${gate}`;
    const refusal = boolRefusal(text);
    if (refusal !== undefined) return `invalid value of ${gate}=${text}, err: ${refusal}`;
  }
  for (const [gate, value] of gateSettings(items)) {
    if (gateSpec(gate, minor) === undefined) return `unrecognized feature gate: ${gate}`;
    const spec = gateSpec(gate, emulated);
    if (spec?.locked === true && spec.value !== value)
      return `cannot set feature gate ${gate} to ${value}, feature is locked to ${spec.value}`;
  }
  return undefined;
}
