import type { Report } from '../../results/report.ts';
import { painter } from './color.ts';
import { detailLines } from './details.ts';
import type { Sheet } from './sheet.ts';
import { summaryLines } from './summary.ts';
import { cautiousWidth } from './width.ts';
import type { Measure } from './width.ts';

/** How the terminal report is to look. */
export interface TerminalOptions {
  /** Whether to write colour; `wantsColor` decides for a stream. */
  readonly color: boolean;
  /** Columns; 80 unless given, at least 48. */
  readonly width?: number;
  /** After the summary, every finding that is not a pass; `all` adds passes and what is not applicable. */
  readonly details?: boolean | 'all';
  /** Columns of a text; `measureFor` gives an exact one, without it wide characters are counted with caution. */
  readonly measure?: Measure;
  /** The command to type next, at the end of the summary. */
  readonly next?: string;
  /** Printed at the end of the summary. */
  readonly exitCode?: number;
}

/**
 * The report for a terminal: a summary of at most 23 lines, worst first, then the details where they are asked for. No line
 * is wider than `width`. Colour repeats what words say.
 */
export function renderTerminal(report: Report, options: TerminalOptions): string {
  const sheet: Sheet = {
    width: Math.max(48, Math.floor(options.width ?? 80)),
    measure: options.measure ?? cautiousWidth,
    paint: painter(options.color),
  };
  const lines = summaryLines(report, sheet, options);
  const details = options.details ?? false;
  if (details !== false) lines.push('', ...detailLines(report, sheet, details === 'all'));
  return `${lines.join('\n')}\n`;
}
