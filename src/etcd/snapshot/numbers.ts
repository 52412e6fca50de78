import type { Layout } from './layout.ts';
import { pageUse } from './layout.ts';

/** Pages of a database: all up to the high-water mark, those that are in use, and those that are not. */
export function pageCounts({ use, meta, filePages }: Layout): {
  readonly pages: number;
  readonly pagesReachable: number;
  readonly pagesFree: number;
} {
  const pages = meta.highWater;
  let reachable = 0;
  for (let page = 0; page < Math.min(pages, filePages); page++) if (use[page] !== pageUse.free) reachable++;
  return { pages, pagesReachable: reachable, pagesFree: pages - reachable };
}

/** The revision up to which a database was compacted, from its bucket `meta`; `undefined`: never. */
export function compactRevisionOf(meta: ReadonlyMap<string, Buffer>): number | undefined {
  const value = meta.get('finishedCompactRev');
  if (value === undefined || value.byteLength < 8) return undefined;
  return value.readUInt32BE(0) * 0x1_0000_0000 + value.readUInt32BE(4);
}
