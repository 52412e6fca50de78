import { wrap } from '../report/terminal/layout.ts';
import { printable } from '../report/printable.ts';
import type { Paint, Style } from '../report/terminal/color.ts';
import type { Measure } from '../report/terminal/width.ts';
import { formatPlace } from '../cluster/place.ts';
import type { Verified } from './run-probes.ts';

/** How a control stands after verification. */
export type Standing = 'failed' | 'proved' | 'read' | 'unknown' | 'not applicable';

const order: readonly Standing[] = ['failed', 'unknown', 'read', 'proved', 'not applicable'];
const styles: Readonly<Record<Standing, Style>> = {
  failed: 'red',
  unknown: 'yellow',
  read: 'cyan',
  proved: 'green',
  'not applicable': 'dim',
};

/** Failed, or passed and proved by a probe, or passed by what was read. */
export function standingOf({ result }: Verified): Standing {
  if (result.verdict === 'fail') return 'failed';
  if (result.verdict === 'not-applicable') return 'not applicable';
  if (result.verdict === 'unknown') return 'unknown';
  return result.proof === 'proved' ? 'proved' : 'read';
}

export interface RenderOptions {
  readonly width: number;
  readonly measure: Measure;
  readonly paint: Paint;
  /** Shows the evidence of each probe. */
  readonly details: boolean;
}

/** The result for a terminal: one control after another, what needs attention first, and numbers at the end. */
export function renderVerification(verified: readonly Verified[], options: RenderOptions): string {
  const lines: string[] = [];
  for (const standing of order) {
    if (standing === 'not applicable' && !options.details) continue;
    for (const one of verified.filter((candidate) => standingOf(candidate) === standing))
      lines.push(...linesOf(one, standing, options));
  }
  const counts = order.map((standing) => [standing, verified.filter((one) => standingOf(one) === standing).length] as const);
  const numbers = counts.filter(([, count]) => count > 0).map(([standing, count]) => `${count} ${standing}`);
  return `${[...lines, '', numbers.join(', ')].join('\n')}\n`;
}

function linesOf(one: Verified, standing: Standing, { width, measure, paint, details }: RenderOptions): readonly string[] {
  const head = `${paint(styles[standing], standing.padEnd(8))} ${paint('bold', one.result.id)}`;
  const indent = ' '.repeat(9);
  const text = wrap(printable(whyOf(one, standing)), width - indent.length, measure).map((line) => indent + line);
  const evidence = details
    ? (one.outcome?.evidence ?? []).flatMap((item) =>
        wrap(printable(`- ${formatPlace(item)}: ${item.seen}`), width - indent.length, measure).map((line) => indent + line),
      )
    : [];
  return [head, ...text, ...evidence];
}

function whyOf({ result, outcome }: Verified, standing: Standing): string {
  if (standing === 'proved' && outcome !== undefined) return outcome.reason;
  if (standing !== 'read') return result.reason;
  return outcome === undefined ? `no probe can show it: ${result.reason}` : `not probed: ${outcome.reason}`;
}
