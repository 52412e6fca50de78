import type { Command } from 'commander';
import { engineNames } from '../eval/engines.ts';
import { runEval } from '../eval/run.ts';

/** Adds `bulwark eval` to the program. */
export function registerEval(program: Command): void {
  program
    .command('eval')
    .summary('answer questions to one engine, one JSON object a line')
    .description(
      `Answers many questions to one engine: one JSON object a line in, one a line out,\nin the order of the input. A line is {"id", "version"?, "input"}.\n\nEngines: ${engineNames.join(', ')}`,
    )
    .argument('<engine>', 'the engine to ask')
    .requiredOption('--input <file>', 'the questions; .gz is unpacked, - is standard input')
    .option('--out <file>', 'write the answers here (default: standard output)')
    .option('--strict', 'exit 1 when a line could not be answered', false)
    .addHelpText('after', '\nExample:\n  bulwark eval pod-security --input cases.jsonl --out answers.jsonl')
    .action(async (engine: string, options: { readonly input: string; readonly out?: string; readonly strict: boolean }) => {
      process.exitCode = await runEval(
        { engine, ...options },
        { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, cwd: process.cwd() },
      );
    });
}
