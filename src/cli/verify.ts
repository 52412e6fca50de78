import type { Command } from 'commander';
import type { VerifyCommandOptions } from './run-verify.ts';
import { addSourceOptions } from './source-options.ts';
import { append } from './append.ts';

const appendList = (value: string, former: readonly string[]): readonly string[] => [
  ...former,
  ...value.split(',').map((item) => item.trim()),
];

/** Adds `bulwark verify` to the program. */
export function registerVerify(program: Command): void {
  const command = program
    .command('verify')
    .summary('probe the effect of every control on the live cluster')
    .description(
      'Proves by safe probes that the settings work: server dry-runs, and canaries in a\nnamespace made for the run and removed. The live cluster is always asked; a plan\nfolder tells who held rights before, --host-root and sources show the files.',
    );
  addSourceOptions(command)
    .option('-o, --output <format[=file]>', 'text, json, sarif, junit, markdown, html, csv; repeatable', append, [])
    .option('--details', 'text: the evidence of every probe', false)
    .option('--settings <file>', 'parameters of the catalogue (docs/settings.md)')
    .option('--waivers <file>', 'waivers (default: bulwark-waivers.yaml, where it exists)')
    .option('--only <controls>', 'verify these controls alone (comma-separated)', appendList, [])
    .option('--skip <controls>', 'leave these controls out', appendList, [])
    .option('--now <time>', 'judge ages as at this time (RFC 3339)')
    .addHelpText(
      'after',
      '\nExit code: 0 all that was asked holds, 1 it does not, 2 nothing could be asked.\n\nExamples:\n  bulwark verify --host-root /                   on a control-plane host\n  bulwark verify plan --host-root /              after `bulwark apply plan`\n  bulwark verify --only audit-enabled --audit-log /var/log/kubernetes/audit.log',
    )
    .action(async (sources: readonly string[], options: VerifyCommandOptions) => {
      const { runVerify } = await import('./run-verify.ts');
      process.exitCode = await runVerify(sources, options);
    });
}
