import type { Habits } from './write-value.ts';
import type { YamlNode } from './nodes.ts';
import { column } from './nodes.ts';
import { resolvePlain } from '../../cluster/yaml/scalar.ts';

/** Finds the habits of a document: how far it indents, and whether it is JSON. Ties go to two spaces and lists without indentation, as kubeadm writes. */
export function habitsOf(text: string, root: YamlNode | undefined): Habits {
  const indents = new Map<number, number>();
  const listIndents = new Map<number, number>();
  const visit = (node: YamlNode): void => {
    if (node.kind === 'sequence') for (const item of node.items) visit(item.value);
    if (node.kind !== 'mapping') return;
    for (const member of node.members) {
      const { value } = member;
      const isBlock = (value.kind === 'mapping' || value.kind === 'sequence') && !value.flow;
      if (!node.flow && isBlock) {
        const deeper = column(text, value.start) - column(text, member.start);
        const counts = value.kind === 'mapping' ? indents : listIndents;
        counts.set(deeper, (counts.get(deeper) ?? 0) + 1);
      }
      visit(value);
    }
  };
  if (root !== undefined) visit(root);
  const isJson = root !== undefined && (root.kind === 'mapping' || root.kind === 'sequence') && root.flow;
  return {
    indent: Math.max(1, mostOften(indents, 2)),
    listIndent: Math.max(0, mostOften(listIndents, 0)),
    strings: isJson ? 'double-quoted' : 'plain',
    quotedKeys: isJson,
  };
}

function mostOften(counts: ReadonlyMap<number, number>, fallback: number): number {
  let best = fallback;
  for (const [value, count] of counts) if (count > (counts.get(best) ?? 0)) best = value;
  return best;
}

/** The habits beside some values: strings are quoted where every string there is. */
export function habitsBeside(text: string, values: readonly YamlNode[], habits: Habits): Habits {
  const styles = values.flatMap((node) => {
    if (node.kind !== 'scalar' || node.style === 'block') return [];
    return node.style === 'plain' && typeof resolvePlain(text.slice(node.start, node.end)) !== 'string' ? [] : [node.style];
  });
  const [first] = styles;
  if (first === undefined || !styles.every((style) => style !== 'plain')) return habits;
  return { ...habits, strings: first };
}
