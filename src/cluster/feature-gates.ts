import type { ComponentName } from './component.ts';
import type { FlagSet } from './flag-reading.ts';
import { emulatedMinor, gateSettings } from './gate-settings.ts';
import { gateSpec } from './tables/gate-table.ts';
import { newestMinor, oldestMinor } from './version.ts';

/**
 * Reports whether a feature gate is on in a component of this minor (31 for 1.31): what `--feature-gates` says, `AllAlpha` and
 * `AllBeta`, else the default of the version (of the emulated one, where `--emulated-version` is given).
 *
 * `undefined`: this version has no such gate (its behaviour is fixed), the minor is outside the tables, or the flags are a
 * distribution's, which may set gates of its own. A locked gate has its default whatever is written.
 * Source: k8s.io/component-base featuregate/feature_gate.go.
 */
export function gateEnabled(flags: FlagSet, component: ComponentName, minor: number, gate: string): boolean | undefined {
  if (component === 'etcd' || minor < oldestMinor || minor > newestMinor) return undefined;
  const spec = gateSpec(
    gate,
    emulatedMinor((name) => flags.get(name), minor),
  );
  if (spec === undefined || spec.locked) return spec?.value;
  const reading = flags.get('feature-gates');
  if (!reading.known) return undefined;
  const settings = gateSettings(reading.values);
  const all = spec.stage === 'Alpha' ? settings.get('AllAlpha') : spec.stage === 'Beta' ? settings.get('AllBeta') : undefined;
  return settings.get(gate) ?? all ?? spec.value;
}
