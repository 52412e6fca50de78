import type { Command } from 'commander';
import { Option } from 'commander';
import { minorOf } from './audit-policy.ts';
import { registerRotate } from './encryption-rotate.ts';
import type { EtcdOptions } from './etcd-options.ts';
import { addEtcdOptions } from './etcd-options.ts';
import type { ConfigOptions } from './run-encryption-config.ts';
import { append } from './append.ts';

/** Adds `bulwark encryption` and its subcommands to the program. */
export function registerEncryption(program: Command): void {
  const encryption = program
    .command('encryption')
    .summary('what etcd holds, and under which key')
    .description(
      'Encryption at rest, seen in the bytes: what is stored under which provider\nand key, who can read it, how the key changes.',
    );
  const output = () => new Option('-o, --output <format>', 'text or json').choices(['text', 'json']).default('text');

  addEtcdOptions(
    encryption
      .command('status')
      .summary('which resource is stored under which key')
      .description(
        'Counts stored values by resource, provider and key, plaintext first; in a file\nalso those that are superseded, and those that are left in free pages.',
      ),
  )
    .addOption(output())
    .addHelpText('after', '\nExample:\n  bulwark encryption status --snapshot backup.db')
    .action(async (options: EtcdOptions & { readonly output: 'text' | 'json' }) => {
      const { status } = await import('./run-encryption-status.ts');
      process.exitCode = await status(options);
    });

  addEtcdOptions(
    encryption
      .command('verify')
      .summary('does a configuration read every stored value')
      .description(
        'Opens every stored value with a configuration and says which of them a server\nwith it could not read. Asks KMS plug-ins at the sockets that it names.',
      ),
  )
    .requiredOption('--config <file>', 'the EncryptionConfiguration')
    .option('--kubernetes-version <version>', 'of the API server, for its words and what it counts as stale', minorOf)
    .addOption(output())
    .addHelpText('after', '\nExample:\n  bulwark encryption verify --snapshot backup.db --config encryption.yaml')
    .action(
      async (
        options: EtcdOptions & { readonly config: string; readonly output: 'text' | 'json'; readonly kubernetesVersion?: number },
      ) => {
        const { verify } = await import('./run-encryption-verify.ts');
        process.exitCode = await verify(options);
      },
    );

  addEtcdOptions(
    encryption
      .command('explain')
      .summary('what one stored value is, byte by byte')
      .description(
        'Says of each byte of a stored value what it is; what is secret is not shown.\nWith --config also who opens it, and which object it is.',
      )
      .argument('<value>', 'a file, - (stdin), base64, or an etcd key; also what `etcdctl get -w json` prints'),
  )
    .option('--config <file>', 'the EncryptionConfiguration that opens it')
    .option('--for-key <key>', 'the etcd key of a value that is given as bytes')
    .addOption(output())
    .addHelpText('after', '\nExample:\n  bulwark encryption explain /registry/secrets/default/db --snapshot backup.db')
    .action(
      async (
        value: string,
        options: EtcdOptions & { readonly config?: string; readonly forKey?: string; readonly output: 'text' | 'json' },
      ) => {
        const { explain } = await import('./run-encryption-explain.ts');
        process.exitCode = await explain(value, options);
      },
    );

  encryption
    .command('config')
    .summary('write a hardened configuration')
    .description(
      'Writes an EncryptionConfiguration with a new key that writes; keys of the\nformer one stay as readers. The file is readable for its owner alone.',
    )
    .requiredOption('--out <file>', 'where it is written; never over a file that exists')
    .option('--config <file>', 'the configuration of today, whose keys stay')
    .addOption(new Option('--provider <name>', 'what writes').choices(['secretbox', 'aesgcm', 'kms']).default('secretbox'))
    .option('--kms-name <name>', 'name of the KMS v2 plug-in')
    .option('--kms-endpoint <url>', 'its socket: unix:///PATH')
    .option('--resource <name>', 'what is encrypted: secrets, deployments.apps; repeatable (default: secrets)', append, [])
    .option('--reader', 'the new key only reads: for all servers before one writes with it', false)
    .option('--kubernetes-version <version>', 'of the API server', minorOf)
    .addHelpText(
      'after',
      '\nExamples:\n  bulwark encryption config --out encryption.yaml\n  bulwark encryption config --config today.yaml --reader --out step-1.yaml',
    )
    .action(async (options: ConfigOptions) => {
      const { config } = await import('./run-encryption-config.ts');
      process.exitCode = config(options);
    });

  registerRotate(encryption);

  encryption
    .command('kms-dev-plugin')
    .summary('a KMS plug-in for tests, not for production')
    .description(
      'Serves the KMS plug-in API, v2 and v1, at a unix socket. For tests and sandboxes\nalone, never for production: its keys lie in a file in the clear.',
    )
    .requiredOption('--socket <path>', 'where it listens; @NAME: an abstract socket, as 1.28 needs it')
    .requiredOption('--keys <file>', 'its keys; made where it does not exist')
    .option('--rotate', 'make a further key, which is in use from then on, and end', false)
    .addHelpText('after', '\nExample:\n  bulwark encryption kms-dev-plugin --socket /run/kms.sock --keys keys.json')
    .action(async (options: { readonly socket: string; readonly keys: string; readonly rotate: boolean }) => {
      const { kmsDevPlugin } = await import('./run-kms-dev-plugin.ts');
      process.exitCode = await kmsDevPlugin(options);
    });
  for (const command of encryption.commands) command.copyInheritedSettings(encryption);
}
