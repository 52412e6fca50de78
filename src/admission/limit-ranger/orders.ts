import { compareQuantities } from '../../cluster/quantity.ts';
import type { ResourceList } from '../resource-list.ts';
import type { LimitRange } from './limit-range.ts';

const exhaustive = 4;

/**
 * The orders of LimitRanges that can lead to different pods: the server's cache has none. One order where no two of them
 * default the same resource differently.
 */
export function decidingOrders(limitRanges: readonly LimitRange[]): (readonly LimitRange[])[] {
  const agree =
    allAgree(limitRanges.map((limitRange) => limitRange.defaultLimits)) &&
    allAgree(limitRanges.map((limitRange) => limitRange.defaultRequests));
  return agree ? [limitRanges] : possibleOrders(limitRanges);
}

function allAgree(lists: readonly ResourceList[]): boolean {
  const seen = new Map(lists.flatMap((list) => [...list]));
  return lists.every((list) =>
    [...list].every(([name, quantity]) => {
      const other = seen.get(name);
      return other === undefined || compareQuantities(quantity, other) === 0;
    }),
  );
}

/** All orders of up to four items; beyond, each item first with the rest forwards and backwards, so that each one's defaults win once. */
function possibleOrders<T>(items: readonly T[]): (readonly T[])[] {
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
