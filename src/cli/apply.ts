import { Command, InvalidArgumentError } from 'commander';
import type { ApplyCommandOptions } from './run-apply.ts';
import { append } from './append.ts';

/** Parses `90s`, `5m` or `1h` into milliseconds; what is given without a unit is seconds. */
export function parseDuration(text: string): number {
  const match = /^(\d+)(ms|s|m|h)?$/.exec(text);
  const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  if (match === null) throw new InvalidArgumentError('expected a duration such as 90s or 5m.');
  return Number(match[1]) * (units[match[2] ?? 's'] ?? 1000);
}

/** Adds the options that apply and rollback share: where this host's files, the run's state and the API server are. */
export function addRunOptions(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'kubeconfig of the cluster')
    .option('--context <name>', 'context of the kubeconfig')
    .option('--root <dir>', 'where the files of this host are', '/')
    .option('--state <dir>', 'journal, former files and lock (default: /var/lib/bulwark, or the user’s state folder)')
    .option('--gate-timeout <duration>', 'how long a group may take until all is well again', parseDuration, 300_000)
    .option('--yes', 'go ahead without asking; what is to be done by hand counts as done', false);
}

/** Adds `bulwark apply` to the program. */
export function registerApply(program: Command): void {
  const command = program
    .command('apply')
    .summary('carry a plan out, one group after the other, with a way back')
    .description(
      'Carries a plan out: files on this control-plane host, objects through the API server. Everything is journalled first; ' +
        'after each group a gate looks whether all is well, and the group is taken back where not.',
    )
    .argument('<plan>', 'the folder that `bulwark plan` wrote');
  addRunOptions(command)
    .option('--host <name>', 'which host of the plan this is (default: this machine’s name)')
    .option('--group <id>', 'this group alone; repeatable', append, [])
    .option('--pause-after <group>', 'stop after this group; --resume goes on')
    .option('--resume', 'go on with the run that stopped', false)
    .option('--dry-run', 'print every step, ask the server’s dry run, change nothing', false)
    .option('--print-rbac', 'print the least ClusterRole that the plan needs, and end', false)
    .addHelpText(
      'after',
      '\nExamples:\n  bulwark apply plan --dry-run\n  bulwark apply plan\n  bulwark apply plan --host cp-2 --group g5\n  bulwark apply plan --resume',
    )
    .action(async (folder: string, options: ApplyCommandOptions) => {
      const { apply } = await import('./run-apply.ts');
      process.exitCode = await apply(folder, options);
    });
}
