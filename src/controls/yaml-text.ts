import { dump } from 'js-yaml';
import type { Json } from '../cluster/json.ts';

/** Writes a value as YAML in block style: members in their order, lists indented, no anchors, no folded lines. */
export function yamlText(value: Json): string {
  return dump(value, { lineWidth: -1, noRefs: true });
}
