import type { Command } from 'commander';
import { UsageError } from './errors.ts';
import type { SourceOptions } from './source-options.ts';
import { addSourceOptions, collectCluster } from './source-options.ts';

interface CollectCommandOptions extends SourceOptions {
  readonly out?: string;
  readonly printRbac: boolean;
}

/** Adds `bulwark collect` to the program. */
export function registerCollect(program: Command): void {
  const command = program
    .command('collect')
    .summary('write an archive to read elsewhere')
    .description(
      'Collects a cluster into an archive that `bulwark scan` reads on another machine.\nValues of Secrets, tokens and keys are never collected.',
    );
  addSourceOptions(command)
    .option('--out <file>', 'the archive to write')
    .option('--print-rbac', 'print the least ClusterRole that collecting needs, and end', false)
    .addHelpText(
      'after',
      '\nExamples:\n  bulwark collect --out cluster.bulwark\n  bulwark collect --print-rbac | kubectl apply -f -',
    )
    .action(async (sources: readonly string[], options: CollectCommandOptions) => {
      if (options.printRbac) {
        const { collectorRole } = await import('../collect/live/collector-role.ts');
        process.stdout.write(collectorRole());
        return;
      }
      if (options.out === undefined) throw new UsageError('--out FILE is missing', 'bulwark collect --out cluster.bulwark');
      const cluster = await collectCluster(sources, options);
      const { writeArchive } = await import('../collect/archive.ts');
      try {
        await writeArchive(cluster, options.out);
      } catch (error) {
        const reason = error instanceof Error && 'code' in error ? String(error.code) : 'cannot be written';
        throw new UsageError(`${options.out}: ${reason}`, 'choose another file for --out');
      }
      const { gaps, objects, components } = cluster;
      process.stderr.write(
        `wrote ${options.out}: ${objects.all.length} objects, ${components.length} components, ${gaps.length} gap${gaps.length === 1 ? '' : 's'}\n`,
      );
      for (const gap of gaps.slice(0, 20))
        process.stderr.write(`gap ${gap.source}: ${gap.reason}${gap.hint === undefined ? '' : ` (${gap.hint})`}\n`);
      if (gaps.length > 20) process.stderr.write(`and ${gaps.length - 20} more; bulwark scan ${options.out} lists all\n`);
    });
}
