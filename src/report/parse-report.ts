import * as v from 'valibot';
import { reportFormatVersion } from '../results/report.ts';
import type { Report } from '../results/report.ts';
import { asReport, reportSchema } from './schema.ts';

/** What became of a text that should be a JSON report. */
export type ParsedReport =
  { readonly kind: 'report'; readonly report: Report } | { readonly kind: 'refused'; readonly message: string };

/**
 * Reads a JSON report (`--baseline`).
 *
 * Refused, with a message for a person: text that is not JSON, something that is no report, a newer format version, a member
 * of a wrong shape (the first three are named by their path). Never throws.
 */
export function parseReport(text: string): ParsedReport {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    // V8 quotes a piece of the text in some messages: only the position is kept.
    const where = /position \d+(?: \(line \d+ column \d+\))?/.exec(error instanceof Error ? error.message : '')?.[0];
    return refused(
      `not JSON${where === undefined ? '' : `, fault at ${where}`}; expected a report written with \`bulwark scan -o json\``,
    );
  }
  const version = v.safeParse(v.object({ formatVersion: v.number() }), value);
  if (!version.success)
    return refused('not a Bulwark report: it has no formatVersion; expected a report written with `bulwark scan -o json`');
  if (version.output.formatVersion > reportFormatVersion) {
    return refused(
      `the report has format version ${version.output.formatVersion}, this Bulwark reads up to ${reportFormatVersion}; use the Bulwark that wrote it, or a newer one`,
    );
  }
  const read = v.safeParse(reportSchema, value);
  if (read.success) return { kind: 'report', report: asReport(read.output) };
  const faults = read.issues
    .slice(0, 3)
    .map((issue) => `${v.getDotPath(issue) ?? 'report'}: expected ${issue.expected ?? 'another value'}`);
  const more = read.issues.length > 3 ? ` and ${read.issues.length - 3} more` : '';
  return refused(`not a Bulwark report of format version ${reportFormatVersion}: ${faults.join('; ')}${more}`);
}

function refused(message: string): ParsedReport {
  return { kind: 'refused', message };
}
