import type { FieldPath, Json } from '../../cluster/json.ts';
import { formatFieldPath, isObject } from '../../cluster/json.ts';

/** A field that differs; a side is absent where the field is. Values as JSON, long ones cut. */
export interface ChangedField {
  readonly path: string;
  readonly before?: string;
  readonly after?: string;
}

const longest = 120;

/** Lists the fields that differ between two values, in the order of the first; items of lists by their index. Pure. */
export function changedFields(before: Json | undefined, after: Json | undefined, path: FieldPath = []): readonly ChangedField[] {
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name) => changedFields(before[name], after[name], [...path, name]));
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, index) => index).flatMap((index) =>
      changedFields((before as readonly Json[])[index], (after as readonly Json[])[index], [...path, index]),
    );
  }
  const [one, other] = [text(before), text(after)];
  if (one === other) return [];
  return [
    {
      path: formatFieldPath(path),
      ...(one === undefined ? {} : { before: shortened(one) }),
      ...(other === undefined ? {} : { after: shortened(other) }),
    },
  ];
}

function text(value: Json | undefined): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}

function shortened(value: string): string {
  return value.length <= longest ? value : `${value.slice(0, longest)}…`;
}
