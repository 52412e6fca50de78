import type { Report } from '../results/report.ts';
import { compareText } from './order.ts';
import { reportSchema } from './schema.ts';

/** As much of a valibot schema as says in which order members stand. */
interface Shape {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Shape>>;
  readonly item?: Shape;
  readonly wrapped?: Shape;
}

/**
 * The JSON report: two spaces, members in the schema's order (DESIGN's list of the report), free maps sorted by code unit, a
 * line end at the end. Pages of controls are left out: `bulwark explain` shows them.
 */
export function renderJson(report: Report): string {
  return `${JSON.stringify(arrange(report, reportSchema), undefined, 2)}\n`;
}

function arrange(value: unknown, shape: Shape | undefined): unknown {
  const inner = shape?.wrapped === undefined ? shape : shape.wrapped;
  if (Array.isArray(value)) return value.map((item) => arrange(item, inner?.item));
  if (typeof value !== 'object' || value === null) return value;
  const given = value as Readonly<Record<string, unknown>>;
  const names = inner?.entries === undefined ? Object.keys(given).sort(compareText) : Object.keys(inner.entries);
  // Built from pairs: a member named `__proto__` stays a member.
  return Object.fromEntries(
    names.filter((name) => given[name] !== undefined).map((name) => [name, arrange(given[name], inner?.entries?.[name])]),
  );
}
