import { createHash } from 'node:crypto';
import type { Json } from '../cluster/json.ts';

/** Eight hexadecimal digits of what makes a difference this one: the same in every run. */
export function differenceId(parts: Json): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 8);
}
