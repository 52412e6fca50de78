import type { Command } from 'commander';
import { Argument } from 'commander';

/** Adds `bulwark completion` to the program. */
export function registerCompletion(program: Command): void {
  program
    .command('completion')
    .summary('print a completion script for a shell')
    .description('Prints a completion script for a shell.')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      '\nExamples:\n  source <(bulwark completion bash)\n  bulwark completion fish > ~/.config/fish/completions/bulwark.fish',
    )
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { completionScript } = await import('./completion-script.ts');
      const { catalogue } = await import('../controls/catalogue.ts');
      process.stdout.write(
        completionScript(
          shell,
          program,
          catalogue.map((control) => control.id),
        ),
      );
    });
}
