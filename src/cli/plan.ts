import type { Command } from 'commander';
import { Option } from 'commander';
import { severities } from '../results/verdict.ts';
import type { PlanCommandOptions } from './run-plan.ts';
import { addSourceOptions } from './source-options.ts';

const appendList = (value: string, former: readonly string[]): readonly string[] => [
  ...former,
  ...value.split(',').map((item) => item.trim()),
];

/** Adds `bulwark plan` to the program. */
export function registerPlan(program: Command): void {
  const command = program
    .command('plan')
    .summary('the hardened configuration, ordered, with the way back')
    .description(
      'Turns what fails into an ordered set of changes: a folder to review, rehearse and\napply. Nothing is changed by planning.',
    );
  addSourceOptions(command)
    .option('--out <dir>', 'the folder to write; a former plan in it is replaced')
    .option('--only <controls>', 'plan for these controls alone, also what an owner decides', appendList, [])
    .option('--skip <controls>', 'leave these controls out', appendList, [])
    .addOption(new Option('--severity <severity>', 'plan for this severity and worse').choices([...severities]).default('low'))
    .option('--settings <file>', 'parameters of the catalogue (docs/settings.md)')
    .option('--waivers <file>', 'waivers (default: bulwark-waivers.yaml, where it exists)')
    .option('--now <time>', 'judge ages as at this time (RFC 3339)')
    .addHelpText(
      'after',
      '\nExamples:\n  bulwark plan --host-root / --out plan               this control-plane host\n  bulwark plan cluster.bulwark --out plan             an archive\n  bulwark plan . --only authn-no-system-masters --out plan',
    )
    .action(async (sources: readonly string[], options: PlanCommandOptions) => {
      const { plan } = await import('./run-plan.ts');
      process.exitCode = await plan(sources, options);
    });
}
