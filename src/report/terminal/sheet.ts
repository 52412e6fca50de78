import type { Severity, Verdict } from '../../results/verdict.ts';
import type { Paint, Style } from './color.ts';
import type { Measure } from './width.ts';

/** What lines are written on: columns, how text is measured and painted. */
export interface Sheet {
  readonly width: number;
  readonly measure: Measure;
  readonly paint: Paint;
}

/** The style of a severity; the word always stands beside it. */
export const severityStyle: Readonly<Record<Severity, Style>> = {
  critical: 'magenta',
  high: 'red',
  medium: 'yellow',
  low: 'cyan',
};

/** The style of a verdict; the word always stands beside it. */
export const verdictStyle: Readonly<Record<Verdict, Style>> = {
  fail: 'red',
  unknown: 'yellow',
  pass: 'green',
  'not-applicable': 'dim',
};
