import type { Command } from 'commander';
import { addRunOptions } from './apply.ts';
import type { RollbackCommandOptions } from './run-rollback.ts';

/** Adds `bulwark rollback` to the program. */
export function registerRollback(program: Command): void {
  const command = program
    .command('rollback')
    .summary('take a run of `bulwark apply` back')
    .description(
      'Restores the files of this host byte for byte, with mode and owner, and objects to their former state, the newest group first. ' +
        'Where somebody changed one of them since, it stops and shows the difference.',
    )
    .argument('[run]', 'the run (default: the newest one that was not taken back)');
  addRunOptions(command)
    .option('--list', 'list the runs, and end', false)
    .addHelpText('after', '\nExamples:\n  bulwark rollback --list\n  bulwark rollback')
    .action(async (run: string | undefined, options: RollbackCommandOptions) => {
      const { rollback } = await import('./run-rollback.ts');
      process.exitCode = await rollback(run, options);
    });
}
