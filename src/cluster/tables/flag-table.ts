import type { ComponentName } from '../component.ts';
import flags from './flags.data.json' with { type: 'json' };

/** What is known of a flag in one version; `value` is its default, `undefined` where it is not certain. */
export interface FlagSpec {
  readonly type: string;
  readonly value: string | undefined;
}

/** [type, default or null, first minor, last minor]; etcd's rows count etcd's own minors (5 for 3.5). */
type Row = readonly [string, string | null, number, number];
type FlagRows = Readonly<Record<string, readonly Row[] | undefined>>;

const table = flags as unknown as Readonly<Record<ComponentName, FlagRows>>;

/** Lists the names of all flags that a component has in any version of the tables. */
export function flagNames(component: ComponentName): readonly string[] {
  return Object.keys(table[component]);
}

/**
 * Looks up a flag of a component in one minor (etcd: of etcd). A minor that is not known, or outside the tables, takes a flag that
 * any version has, with the default that all versions share. `undefined`: there is no such flag.
 * Source: the components' help texts and sources, see scripts/make-tables.mjs.
 */
export function flagSpec(component: ComponentName, minor: number | undefined, name: string): FlagSpec | undefined {
  const rows = Object.hasOwn(table[component], name) ? table[component][name] : undefined;
  if (rows === undefined) return undefined;
  const [oldest, newest] = rangeOf(component);
  if (minor !== undefined && minor >= oldest && minor <= newest) {
    const row = rows.find(([, , from, to]) => from <= minor && minor <= to);
    return row === undefined ? undefined : { type: row[0], value: row[1] ?? undefined };
  }
  const last = rows.at(-1);
  if (last === undefined) return undefined;
  const always = rows.every(([, value]) => value === last[1]) && rows[0]?.[2] === oldest && last[3] === newest;
  return { type: last[0], value: always ? (last[1] ?? undefined) : undefined };
}

function rangeOf(component: ComponentName): readonly [number, number] {
  return component === 'etcd' ? [5, 7] : [28, 37];
}
