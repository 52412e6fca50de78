import type { Command } from 'commander';
import { Option } from 'commander';
import type { RehearseCommandOptions } from './run-rehearse.ts';
import { addSourceOptions } from './source-options.ts';
import { append } from './append.ts';

const appendList = (value: string, former: readonly string[]): readonly string[] => [
  ...former,
  ...value.split(',').map((item) => item.trim()),
];

/** Adds `bulwark rehearse` to the program. */
export function registerRehearse(program: Command): void {
  const command = program
    .command('rehearse')
    .summary('what the plan would break')
    .description(
      "Sends what an audit log shows that the cluster did, and the cluster's workloads, through\ntoday's configuration and the planned one: who would be refused, how often, by which\nchange, and the narrowest exception. Nothing is changed.",
    )
    .argument('<dir>', 'the folder of a plan');
  addSourceOptions(command, "today's cluster; none: the one that the plan was made from")
    .option('--store <file>', 'keep the events in this store, or ask one that has them')
    .option('--keep <ids>', 'go on with this difference as it is today; needs --out; repeatable', appendList, [])
    .option('--out <dir>', 'write the plan that --keep revised, and rehearse that')
    .option('--final-state', "hold the whole log against today's RBAC, whatever it was before", false)
    .addOption(new Option('-o, --output <format[=file]>', 'text, json, html; repeatable').argParser(append).default([]))
    .addHelpText(
      'after',
      '\nExamples:\n  bulwark rehearse hardened/ --audit-log /var/log/kubernetes/audit\n  bulwark rehearse hardened/ --audit-log audit.log.gz -o html=rehearsal.html\n  bulwark rehearse hardened/ --audit-log audit.log --keep 4f1c09aa --out kept/',
    )
    .action(async (folder: string, sources: readonly string[], options: RehearseCommandOptions) => {
      const { rehearsePlan } = await import('./run-rehearse.ts');
      process.exitCode = await rehearsePlan(folder, sources, options);
    });
}
