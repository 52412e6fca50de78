import { addsUp, itemsOf } from './flag-values.ts';
import type { GivenFlag } from './flag-syntax.ts';
import { parseGoBool } from './go-numbers.ts';
import type { Place } from './place.ts';
import type { StartError } from './start-error.ts';
import type { FlagSpec } from './tables/flag-table.ts';

/** What a component's command line says of one flag. */
export interface FlagReading {
  /** Without dashes: `anonymous-auth`. */
  readonly name: string;
  readonly given: boolean;
  /** The effective text: what was given last (list flags: all items, joined by commas), else this version's default; '' where there is none. */
  readonly value: string;
  /** Items of a list flag after adding up; of other flags every value that was given, else the default. */
  readonly values: readonly string[];
  /** False where the flag is absent and its default is not known: a distribution adds flags of its own, or the version decides. */
  readonly known: boolean;
  /** True where the flag is absent or says what the default says. */
  readonly isDefault: boolean;
  /** False where this version has no such flag. */
  readonly exists: boolean;
  /** Where it is given, the last time. */
  readonly place?: Place;
}

/** A command line as its component understands it. */
export interface FlagSet {
  /** Reads one flag by its name without dashes. */
  get(name: string): FlagReading;
  /** What stops the component, the first one first; empty where the flags parse. */
  readonly errors: readonly StartError[];
}

/** Collects the occurrences of each flag, in their order. */
export function groupByName(given: readonly GivenFlag[]): ReadonlyMap<string, readonly GivenFlag[]> {
  const byName = new Map<string, GivenFlag[]>();
  for (const flag of given) {
    const list = byName.get(flag.name);
    if (list === undefined) byName.set(flag.name, [flag]);
    else list.push(flag);
  }
  return byName;
}

/** Makes one reading from the occurrences of a flag and what its version says of it. */
export function readingOf(
  name: string,
  given: readonly GivenFlag[],
  spec: FlagSpec | undefined,
  hidesDefaults: boolean,
): FlagReading {
  const type = spec?.type ?? 'string';
  const fallback = spec?.value;
  const exists = spec !== undefined;
  const last = given.at(-1);
  if (last === undefined) {
    const known = !hidesDefaults && (!exists || fallback !== undefined);
    const values = fallback === undefined || fallback === '' ? [] : itemsOf(type, name, fallback);
    return { name, given: false, value: fallback ?? '', values, known, isDefault: true, exists };
  }
  const items = given.flatMap((flag) => itemsOf(type, name, flag.text));
  const value = addsUp(type, name) ? items.join(',') : last.text;
  const isDefault = fallback !== undefined && sameValue(type, value, fallback);
  return { name, given: true, value, values: items, known: true, isDefault, exists, place: last.place };
}

function sameValue(type: string, value: string, fallback: string): boolean {
  return type === 'bool' ? parseGoBool(value) === parseGoBool(fallback) : value === fallback;
}

/** Reads a boolean flag: its value, or `undefined` where it is not known or not a boolean. */
export function booleanOf(reading: FlagReading): boolean | undefined {
  return reading.known ? parseGoBool(reading.value) : undefined;
}
