import type { Command } from 'commander';
import type { AuditOptions } from './audit-options.ts';
import { addAuditOptions, wholeNumber } from './audit-options.ts';
import { registerAuditPolicy } from './audit-policy.ts';

/** Adds `bulwark audit` and its subcommands to the program. */
export function registerAudit(program: Command): void {
  const audit = program
    .command('audit')
    .summary('questions to audit logs, and to audit policies')
    .description(
      'Answers questions from audit logs: files of the API server, rotated sets, packed by\ngzip or zstd, logs of its pod, exports of EKS, GKE and AKS.',
    );
  addAuditOptions(audit.command('top').summary('what is done most').description('Lists accesses by how often they were made.'))
    .option('--limit <n>', 'lines to print', wholeNumber, 20)
    .addHelpText('after', '\nExample:\n  bulwark audit top --audit-log /var/log/kubernetes/audit')
    .action(async (options: AuditOptions & { readonly limit: number }) => {
      const { top } = await import('./run-audit.ts');
      process.exitCode = await top(options);
    });
  addAuditOptions(
    audit.command('query').summary('requests one by one').description('Prints requests, the earliest first, one a line.'),
  )
    .option('--limit <n>', 'requests to print', wholeNumber)
    .addHelpText('after', '\nExample:\n  bulwark audit query --audit-log audit.log --resource secrets --code 403')
    .action(async (options: AuditOptions & { readonly limit?: number }) => {
      const { query } = await import('./run-audit.ts');
      process.exitCode = await query(options);
    });
  addAuditOptions(
    audit.command('timeline').summary('requests over time').description('Counts requests, and refusals among them, by interval.'),
  )
    .option('--interval <length>', 'length of an interval: 30s, 10m, 1h, 1d', '1h')
    .addHelpText('after', '\nExample:\n  bulwark audit timeline --audit-log audit.log --interval 10m --code 403')
    .action(async (options: AuditOptions & { readonly interval: string }) => {
      const { timeline } = await import('./run-audit.ts');
      process.exitCode = await timeline(options);
    });
  registerAuditPolicy(audit);
  for (const command of audit.commands) command.copyInheritedSettings(audit);
}
