// Folds what is known for single minors into spans of minors.

/**
 * Folds `at: Map<minor, value | undefined>` (undefined: does not exist there) over `first..last` into `[…value, from, to]` rows.
 * A minor without an entry lies between recorded ones: it has its neighbours' value where they agree, does not exist where neither
 * has it, and is `between(left, right)` else.
 */
export function toSpans(at, first, last, between) {
  const known = [...at.keys()].sort((a, b) => a - b);
  const rows = [];
  for (let minor = first; minor <= last; minor++) {
    const value = at.has(minor) ? at.get(minor) : interpolate(at, known, minor, between);
    if (value === undefined) continue;
    const row = rows.at(-1);
    if (row !== undefined && row.to === minor - 1 && JSON.stringify(row.value) === JSON.stringify(value)) row.to = minor;
    else rows.push({ value, from: minor, to: minor });
  }
  return rows.map((row) => [...row.value, row.from, row.to]);
}

function interpolate(at, known, minor, between) {
  const left = at.get(known.findLast((other) => other < minor) ?? known[0]);
  const right = at.get(known.find((other) => other > minor) ?? known.at(-1));
  return JSON.stringify(left) === JSON.stringify(right) ? left : between(left, right);
}

/** Sorts texts by code unit. */
export function byCodeUnit(texts) {
  return [...texts].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
