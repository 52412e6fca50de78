import type { FieldPath, Json } from './json.ts';
import { isObject } from './json.ts';
import type { Position } from './place.ts';

/**
 * Positions of all nodes of a document, two numbers a node (line, column), in this order: the document's own node, then its
 * children depth first, a mapping's members in the order of `Object.keys`. A member's position is that of its key, a list
 * item's that of the item. `countNodes(value) * 2 === positions.length` holds (INVARIANT position-table).
 */
export type Positions = Int32Array;

function childrenOf(value: Json): readonly Json[] {
  if (Array.isArray(value)) return value as readonly Json[];
  return isObject(value) ? (Object.values(value) as readonly Json[]) : [];
}

/** Counts a value and everything below it. */
export function countNodes(value: Json): number {
  let count = 1;
  for (const child of childrenOf(value)) count += countNodes(child);
  return count;
}

// Values are never changed once they are built, so the counts of a long list hold as long as the list does.
const longLists = new WeakMap<readonly Json[], Uint32Array>();

/** Counts the nodes of the items before `index`. */
function nodesBefore(items: readonly Json[], index: number): number {
  let count = 0;
  if (items.length < 64) {
    for (let i = 0; i < index; i++) count += countNodes(items[i] as Json);
    return count;
  }
  let sums = longLists.get(items);
  if (sums === undefined) {
    sums = new Uint32Array(items.length);
    for (let i = 1; i < items.length; i++) sums[i] = count += countNodes(items[i - 1] as Json);
    longLists.set(items, sums);
  }
  return sums[index] ?? 0;
}

/**
 * Finds the position of the field at `path`; where a step does not exist, that of the deepest parent that does.
 *
 * Total: a table of the wrong length gives `undefined` rather than a wrong line. Complexity: linear in the nodes before the field; in a long list (a List of 10,000 objects) only the first look-up is.
 */
export function locate(value: Json, positions: Positions, path: FieldPath): Position | undefined {
  let index = 0;
  let here: Json = value;
  for (const step of path) {
    let offset = index + 1;
    let found: Json | undefined;
    if (Array.isArray(here)) {
      const items = here as readonly Json[];
      if (typeof step !== 'number' || step >= items.length) break;
      offset += nodesBefore(items, step);
      found = items[step];
    } else if (isObject(here)) {
      for (const [key, child] of Object.entries(here)) {
        if (key === step) {
          found = child;
          break;
        }
        offset += countNodes(child as Json);
      }
    }
    if (found === undefined) break;
    index = offset;
    here = found;
  }
  const line = positions[index * 2];
  const column = positions[index * 2 + 1];
  return line === undefined || column === undefined ? undefined : { line, column };
}
