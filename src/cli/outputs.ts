import { writeFileSync } from 'node:fs';
import { renderReport, reportFormats } from '../report/formats.ts';
import type { ReportFormat } from '../report/formats.ts';
import type { Report } from '../results/report.ts';
import { UsageError } from './errors.ts';

/** One `-o FORMAT[=FILE]`; without a file the text goes to standard output. */
export interface Output<Format extends string = ReportFormat | 'text'> {
  readonly format: Format;
  readonly file: string | undefined;
}

const scanFormats = ['text', ...reportFormats] as const;

/** Reads the values of `-o` of a report: see `readOutputs`. */
export function parseOutputs(values: readonly string[]): readonly Output[] {
  return readOutputs(values, scanFormats);
}

/**
 * Reads the values of `-o`; none is the first of the formats, for the terminal.
 *
 * Errors: UsageError for an unknown format, an empty file name, or two formats for standard output, or two outputs for one file.
 */
export function readOutputs<Format extends string>(
  values: readonly string[],
  formats: readonly [Format, ...Format[]],
): readonly Output<Format>[] {
  const outputs = values.map((value): Output<Format> => {
    const equals = value.indexOf('=');
    const name = equals < 0 ? value : value.slice(0, equals);
    const file = equals < 0 ? undefined : value.slice(equals + 1);
    const format = formats.find((one) => one === name);
    if (format === undefined)
      throw new UsageError(`-o ${value}: unknown format \`${name}\``, `expected one of ${formats.join(', ')}`);
    if (file === '') throw new UsageError(`-o ${value}: the file has no name`);
    return { format, file: file === '-' ? undefined : file };
  });
  if (outputs.filter((output) => output.file === undefined).length > 1)
    throw new UsageError('two formats for standard output', 'give all but one a file: -o json=report.json');
  const files = outputs.flatMap((output) => output.file ?? []);
  const twice = files.find((file, index) => files.indexOf(file) < index);
  if (twice !== undefined) throw new UsageError(`two outputs for ${twice}`, 'give each -o a file of its own');
  return outputs.length === 0 ? [{ format: formats[0], file: undefined }] : outputs;
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
  await writeRendered(
    outputs,
    ({ format, file }) =>
      format === 'text' ? renderText(report, options, file === undefined) : renderReport(format, report, { root: process.cwd() }),
    async () => {
      if (!options.explainScore || outputs.some((output) => output.format === 'text')) return;
      const { renderScore } = await import('../report/score.ts');
      process.stderr.write(renderScore(report));
    },
  );
}

/** Writes every output and says which files were written; `before` that, what else is to be said. Errors: as `writeOutputs`. */
export async function writeRendered<Format extends string>(
  outputs: readonly Output<Format>[],
  render: (output: Output<Format>) => string | Promise<string>,
  before: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const faults: UsageError[] = [];
  const written: string[] = [];
  for (const output of outputs) {
    const text = await render(output);
    const fault = output.file === undefined ? void process.stdout.write(text) : writeFile(output.file, text);
    if (fault !== undefined) faults.push(fault);
    else if (output.file !== undefined) written.push(output.file);
  }
  await before();
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
