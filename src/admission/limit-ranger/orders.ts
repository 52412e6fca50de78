const exhaustive = 4;

/**
 * The orders in which the server may take several LimitRanges or quotas: its cache has none. All of them for up to four
 * items; beyond, each item first with the rest forwards and backwards, which is enough to let each item's defaults win.
 */
export function possibleOrders<T>(items: readonly T[]): (readonly T[])[] {
  if (items.length <= exhaustive) return permutations(items);
  return items.flatMap((first) => {
    const rest = items.filter((item) => item !== first);
    return [
      [first, ...rest],
      [first, ...rest.toReversed()],
    ];
  });
}

function permutations<T>(items: readonly T[]): (readonly T[])[] {
  if (items.length <= 1) return [items];
  return items.flatMap((first, index) => permutations(items.toSpliced(index, 1)).map((rest) => [first, ...rest]));
}
