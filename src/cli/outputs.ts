import { writeFileSync } from 'node:fs';
import { renderReport, reportFormats } from '../report/formats.ts';
import type { ReportFormat } from '../report/formats.ts';
import type { Report } from '../results/report.ts';
import { UsageError } from './errors.ts';

/** One `-o FORMAT[=FILE]`; without a file the text goes to standard output. */
export interface Output {
  readonly format: ReportFormat | 'text';
  readonly file: string | undefined;
}

/**
 * Reads the values of `-o`; none is the terminal's text.
 *
 * Errors: UsageError for an unknown format, an empty file name, or two formats for standard output, or two outputs for one file.
 */
export function parseOutputs(values: readonly string[]): readonly Output[] {
  const outputs = values.map((value): Output => {
    const equals = value.indexOf('=');
    const format = equals < 0 ? value : value.slice(0, equals);
    const file = equals < 0 ? undefined : value.slice(equals + 1);
    if (!isFormat(format))
      throw new UsageError(`-o ${value}: unknown format \`${format}\``, `expected one of text, ${reportFormats.join(', ')}`);
    if (file === '') throw new UsageError(`-o ${value}: the file has no name`);
    return { format, file: file === '-' ? undefined : file };
  });
  if (outputs.filter((output) => output.file === undefined).length > 1)
    throw new UsageError('two formats for standard output', 'give all but one a file: -o json=report.json');
  const files = outputs.flatMap((output) => output.file ?? []);
  const twice = files.find((file, index) => files.indexOf(file) < index);
  if (twice !== undefined) throw new UsageError(`two outputs for ${twice}`, 'give each -o a file of its own');
  return outputs.length === 0 ? [{ format: 'text', file: undefined }] : outputs;
}

function isFormat(text: string): text is Output['format'] {
  return text === 'text' || (reportFormats as readonly string[]).includes(text);
}

export interface TextOptions {
  readonly details: boolean;
  readonly explainScore: boolean;
  readonly exitCode: number;
  /** The command to type next. */
  readonly next?: string;
}

/**
 * Renders and writes every output; a terminal that sees none of the text gets one line that says what was written.
 *
 * Errors: UsageError for the first file that cannot be written, once all the others are.
 */
export async function writeOutputs(outputs: readonly Output[], report: Report, options: TextOptions): Promise<void> {
  const faults: UsageError[] = [];
  const written: string[] = [];
  for (const output of outputs) {
    const text =
      output.format === 'text'
        ? await renderText(report, options, output.file === undefined)
        : await renderReport(output.format, report, { root: process.cwd() });
    const fault = output.file === undefined ? void process.stdout.write(text) : writeFile(output.file, text);
    if (fault !== undefined) faults.push(fault);
    else if (output.file !== undefined) written.push(output.file);
  }
  if (options.explainScore && !outputs.some((output) => output.format === 'text')) {
    const { renderScore } = await import('../report/score.ts');
    process.stderr.write(renderScore(report));
  }
  if (written.length > 0) process.stderr.write(`wrote ${written.join(', ')}\n`);
  const [fault] = faults;
  if (fault !== undefined) throw fault;
}

/** @returns what went wrong */
function writeFile(path: string, text: string): UsageError | undefined {
  try {
    writeFileSync(path, text);
    return undefined;
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'cannot be written';
    return new UsageError(`${path}: ${reason}`, 'choose another file for -o');
  }
}

async function renderText(report: Report, options: TextOptions, toTerminal: boolean): Promise<string> {
  const { renderTerminal } = await import('../report/terminal/terminal.ts');
  const { cautiousWidth, measureFor } = await import('../report/terminal/width.ts');
  const { wantsColor } = await import('../report/terminal/color.ts');
  const color = toTerminal && wantsColor({ environment: process.env, isTTY: process.stdout.isTTY });
  const width = toTerminal && process.stdout.isTTY ? Math.max(60, Math.min(process.stdout.columns ?? 80, 120)) : 80;
  const measure = process.stdout.isTTY ? await measureFor(JSON.stringify(report)) : cautiousWidth;
  const text = renderTerminal(report, {
    color,
    width,
    measure,
    details: options.details,
    exitCode: options.exitCode,
    ...(options.next === undefined ? {} : { next: options.next }),
  });
  if (!options.explainScore) return text;
  const { renderScore } = await import('../report/score.ts');
  return `${text}\n${renderScore(report)}`;
}
