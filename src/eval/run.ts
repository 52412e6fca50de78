import { dirname, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { answerLine } from './answer-line.ts';
import { engineNames, loadEngine } from './engines.ts';
import { InputFiles, reasonOf } from './input-files.ts';
import type { Output } from './output.ts';
import { FileOutput, OutputError, StreamOutput } from './output.ts';
import { openInput, readLines } from './read-lines.ts';

export interface EvalOptions {
  readonly engine: string;
  /** A file, or `-` for standard input. */
  readonly input: string;
  /** A file; standard output when absent. */
  readonly out?: string;
  readonly strict: boolean;
}

/** The process' streams and working directory. */
export interface EvalStreams {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly cwd: string;
}

/**
 * Runs `bulwark eval`: one JSON object a line in, one a line out, in order; a bad line becomes an `error` line. Streams: memory
 * does not grow with the number of lines.
 *
 * Returns the exit code: 0; 1 with `strict` when a line was not settled; 2 when the engine is not known, the input cannot be
 * read or the output not written (the reason goes to standard error). A file appears under its name when it is complete.
 */
export async function runEval(options: EvalOptions, streams: EvalStreams): Promise<0 | 1 | 2> {
  const complain = (message: string): 2 => {
    streams.stderr.write(`bulwark eval: ${message}\n`);
    return 2;
  };
  const engine = await loadEngine(options.engine);
  if (engine === undefined) return complain(`no engine ${JSON.stringify(options.engine)}; there are: ${engineNames.join(', ')}`);
  const input = options.input === '-' ? '-' : resolve(streams.cwd, options.input);
  const files = new InputFiles(input === '-' ? streams.cwd : dirname(input));
  let output: Output | undefined;
  let settled = true;
  try {
    output = openOutput(options, streams);
    for await (const lines of readLines(openInput(input, streams.stdin))) {
      const answered = lines.map((line) => answerLine(line, engine, files));
      settled &&= answered.every((line) => line.settled);
      await output.write(answered.map((line) => `${line.text}\n`).join(''));
      if (output.closed) break;
    }
    await output.finish();
  } catch (error) {
    output?.discard();
    if (error instanceof OutputError)
      return complain(`cannot write ${options.out ?? 'to standard output'}: ${reasonOf(error.cause)}`);
    return complain(`cannot read ${options.input === '-' ? 'standard input' : options.input}: ${reasonOf(error)}`);
  }
  return options.strict && !settled ? 1 : 0;
}

function openOutput(options: EvalOptions, streams: EvalStreams): Output {
  if (options.out === undefined) return new StreamOutput(streams.stdout);
  try {
    return new FileOutput(resolve(streams.cwd, options.out));
  } catch (error) {
    throw new OutputError('cannot open', { cause: error });
  }
}
