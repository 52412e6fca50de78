import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { PolicyOptions } from './run-audit-policy.ts';
import { append } from './append.ts';

/** Reads `1.34` into its minor. */
export function minorOf(text: string): number {
  const minor = /^v?1\.(\d{1,3})(?:\.|$)/.exec(text)?.[1];
  if (minor === undefined) throw new InvalidArgumentError('a version is expected: 1.34');
  return Number(minor);
}

function addPolicyOptions(command: Command): Command {
  return command
    .option('--kubernetes-version <version>', 'the server that reads the policy', minorOf, 37)
    .addOption(new Option('-o, --output <format>', 'text or json').choices(['text', 'json']).default('text'));
}

/** Adds `bulwark audit policy` and its subcommands. */
export function registerAuditPolicy(audit: Command): void {
  const policy = audit
    .command('policy')
    .summary('try, lint and suggest audit policies')
    .description('Tries, judges and proposes audit policies.');
  addPolicyOptions(
    policy
      .command('lint')
      .summary('rules that never match, bodies of Secrets, no catch-all')
      .description(
        'Judges a policy: does a server load it, can every rule match, does it keep\nsecrets out of the log, does it see what has to be seen? Exit 1 with errors.',
      )
      .argument('<policy>', 'the policy file'),
  ).action(async (file: string, options: PolicyOptions) => {
    const { lint } = await import('./run-audit-policy.ts');
    process.exitCode = lint(file, options);
  });
  addPolicyOptions(
    policy
      .command('try')
      .summary('what a policy would have written')
      .description(
        'Puts a policy to a log: events and bytes a day by rule, and what would no longer\nbe seen. What the log itself does not hold cannot be tried.',
      )
      .argument('<policy>', 'the policy file')
      .option('--audit-log <log>', 'a log, or a folder of rotated logs; repeatable', append, []),
  )
    .addHelpText('after', '\nExample:\n  bulwark audit policy try policy.yaml --audit-log audit.log')
    .action(async (file: string, options: PolicyOptions) => {
      const { tryPolicy } = await import('./run-audit-policy.ts');
      process.exitCode = await tryPolicy(file, options);
    });
  addPolicyOptions(
    policy
      .command('suggest')
      .summary('a small policy that sees what has to be seen')
      .description(
        'Writes a policy that covers what the audit controls ask. With a log, requests\nthat are made often and of which nothing is asked are left out.',
      )
      .option('--audit-log <log>', 'a log, or a folder of rotated logs; repeatable', append, [])
      .option('--out <file>', 'the file to write (default: standard output)'),
  )
    .addHelpText('after', '\nExample:\n  bulwark audit policy suggest --audit-log audit.log --out policy.yaml')
    .action(async (options: PolicyOptions) => {
      const { suggest } = await import('./run-audit-policy.ts');
      process.exitCode = await suggest(options);
    });
  for (const command of policy.commands) command.copyInheritedSettings(policy);
}
