/** The day in a key's name, in milliseconds since 1970: `k-20260101`, `key-2026-01-01`, `2026-01` (its first day); `undefined` for none. */
export function dateInKeyName(name: string): number | undefined {
  const match = /(?<!\d)(20\d\d)(-?)(0[1-9]|1[0-2])(?:\2(0[1-9]|[12]\d|3[01]))?(?!\d)/.exec(name);
  if (match === null) return undefined;
  const [, year, , month, day = '01'] = match;
  const time = Date.parse(`${year}-${month}-${day}T00:00:00Z`);
  // Some engines take February 31 for March 3.
  return Number.isNaN(time) || new Date(time).getUTCDate() !== Number(day) ? undefined : time;
}

/** Whole days from the day in a key's name to `now` (RFC 3339); `undefined` where the name has none, or one that is still to come. */
export function keyAge(name: string, now: string): number | undefined {
  const made = dateInKeyName(name);
  if (made === undefined) return undefined;
  const days = Math.floor((Date.parse(now) - made) / 86_400_000);
  return days < 0 ? undefined : days;
}
