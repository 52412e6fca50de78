import type { Command } from 'commander';
import { Option } from 'commander';
import { UsageError } from './errors.ts';
import type { SandboxOptions } from './run-sandbox.ts';
import { addSourceOptions } from './source-options.ts';
import { append } from './append.ts';

/** Adds `bulwark sandbox` to the program. */
export function registerSandbox(program: Command): void {
  const command = program
    .command('sandbox')
    .summary('a real API server with these files, on loopback')
    .description(
      "Starts a real kube-apiserver and etcd on loopback with the configuration of a plan\n(today's and the planned one) or of a source, lays the objects into it, and says\nwhether it starts, what it refuses or changes, and which questions it answers otherwise.\nNo pods run there.",
    );
  addSourceOptions(command)
    .option('--assets <dir>', 'folder of kube-apiserver and etcd (else KUBEBUILDER_ASSETS, PATH)')
    .option(
      '--can-i <question>',
      '"USER[,group:G] VERB RESOURCE [NAME] [-n NS]", or a file of such lines; repeatable',
      append,
      [],
    )
    .option('--keep', 'leave it running, with a kubeconfig for kubectl', false)
    .option('--stop <dir>', 'stop one that was left running, and remove its folder')
    .option('--timeout <seconds>', 'how long a server may take to be ready', seconds, 120)
    .addOption(new Option('-o, --output <format>', 'how to print the result').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      '\nExamples:\n  bulwark sandbox hardening/ --can-i "jane create deployments -n web"\n  bulwark sandbox hardening/ --keep\n  bulwark sandbox --stop /tmp/bulwark-sandbox-Xy12ab',
    )
    .action(async (sources: readonly string[], options: SandboxOptions) => {
      const { sandbox } = await import('./run-sandbox.ts');
      process.exitCode = await sandbox(sources, options);
    });
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 3600)
    throw new UsageError(`--timeout is \`${text}\`, expected whole seconds from 1 to 3600`);
  return value;
}
