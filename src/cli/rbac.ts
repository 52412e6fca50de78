import type { Command } from 'commander';
import { Option } from 'commander';
import type { CanIOptions, ListOptions, RbacOptions, WhoCanOptions } from './run-rbac.ts';
import { append } from './append.ts';

/** Where the cluster is read from: an option, as the arguments are the question's. */
function addFrom(command: Command): Command {
  return command
    .option('--from <source>', 'files, folder or archive of the cluster; none: the live one; repeatable', append, [])
    .option('--host-root <dir>', 'a copied host tree, for its authorizers; repeatable', append, [])
    .option('--kubeconfig <file>', 'kubeconfig of the live cluster')
    .option('--context <name>', 'context of the kubeconfig')
    .addOption(new Option('-o, --output <format>', 'how to print it').choices(['text', 'json']).default('text'));
}

/** Adds `bulwark rbac` and its subcommands to the program. */
export function registerRbac(program: Command): void {
  const rbac = program
    .command('rbac')
    .summary('who may do what, and by which binding')
    .description(
      'Answers questions about rights as the API server decides them: by its authorizers in\ntheir order, and by the stored rules of the roles.',
    );
  addFrom(
    rbac
      .command('who-can')
      .summary('everybody who may do something')
      .description('Lists who may do something, each with the binding, the role and the rule that give it.')
      .argument('<verb>', 'get, list, create, impersonate, …')
      .argument('<resource>', 'secrets, secrets/NAME, deployments.apps, or a path as /metrics'),
  )
    .option('-n, --namespace <name>', 'in this namespace; none: in the whole cluster')
    .option('-A, --all-namespaces', 'in any namespace', false)
    .option('--subresource <name>', 'of the resource: log, exec, status, …')
    .addHelpText(
      'after',
      '\nExamples:\n  bulwark rbac who-can get secrets/db -n web --from cluster.bulwark\n  bulwark rbac who-can create pods --subresource exec -A',
    )
    .action(async (verb: string, target: string, options: WhoCanOptions) => {
      const { whoCanCommand } = await import('./run-rbac.ts');
      process.exitCode = await whoCanCommand(verb, target, options);
    });
  addFrom(
    rbac
      .command('can-i')
      .summary('whether somebody may do something, and why')
      .description('Answers yes, no or unknown with what decides it. Ends with 0 for yes, else with 1.')
      .argument('<verb>', 'get, list, create, impersonate, …')
      .argument('<resource>', 'pods, pods/log, deployments.apps, or a path as /metrics')
      .argument('[name]', 'of the object'),
  )
    .requiredOption('--as <user>', 'alice, or system:serviceaccount:NAMESPACE:NAME')
    .option('--as-group <group>', 'a group of the user; repeatable', append, [])
    .option('-n, --namespace <name>', 'in this namespace; none: in the whole cluster')
    .addHelpText('after', '\nExample:\n  bulwark rbac can-i list secrets --as system:serviceaccount:web:app -n web --from .')
    .action(async (verb: string, target: string, name: string | undefined, options: CanIOptions) => {
      const { canICommand } = await import('./run-rbac.ts');
      process.exitCode = await canICommand(verb, target, name ?? '', options);
    });
  addFrom(
    rbac
      .command('list')
      .summary('everything that somebody may do')
      .description('Lists the rights of a user: each rule with the binding and the role that give it.'),
  )
    .requiredOption('--as <user>', 'alice, or system:serviceaccount:NAMESPACE:NAME')
    .option('--as-group <group>', 'a group of the user; repeatable', append, [])
    .addHelpText('after', '\nExample:\n  bulwark rbac list --as jane --as-group ops --from cluster.bulwark')
    .action(async (options: ListOptions) => {
      const { listCommand } = await import('./run-rbac.ts');
      process.exitCode = await listCommand(options);
    });
  rbac
    .command('diff')
    .summary('rights gained and lost between two clusters')
    .description(
      'Compares what each subject may do in two files, folders or archives. A right that is\ngiven another way, or by a wider rule, is not lost. Ends with 1 where they differ.',
    )
    .argument('<a>', 'before')
    .argument('<b>', 'after')
    .addOption(new Option('-o, --output <format>', 'how to print it').choices(['text', 'json']).default('text'))
    .addHelpText('after', '\nExample:\n  bulwark rbac diff last-week.bulwark today.bulwark')
    .action(async (a: string, b: string, options: Pick<RbacOptions, 'output'>) => {
      const { diffCommand } = await import('./run-rbac.ts');
      process.exitCode = await diffCommand(a, b, options);
    });
  for (const command of rbac.commands) command.copyInheritedSettings(rbac);
}
