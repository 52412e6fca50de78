import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { parseDuration } from './apply.ts';
import { wholeNumber } from './audit-options.ts';
import { addEtcdOptions } from './etcd-options.ts';
import type { RotateOptions, ServerOption } from './run-encryption-rotate.ts';

function serverOf(value: string, former: readonly ServerOption[]): readonly ServerOption[] {
  const match = /^(https:\/\/[^/=\s]+)\/?(?:=(.+))?$/.exec(value);
  if (match === null) throw new InvalidArgumentError('expected https://HOST:PORT or https://HOST:PORT=FILE.');
  const [, url = '', file] = match;
  return [...former, { url, ...(file === undefined ? {} : { file }) }];
}

/** Adds `rotate` to `bulwark encryption`. */
export function registerRotate(encryption: Command): void {
  addEtcdOptions(
    encryption
      .command('rotate')
      .summary('change the key without losing a value')
      .description(
        'Changes the key: it reads on all API servers, then writes, everything is\nrewritten through the API, etcd shows that nothing is left under another key,\nand only then the old one goes. Each step is verified before the next; what\nstops goes on with --resume.',
      ),
    { snapshot: false },
  )
    .option(
      '--server <url[=file]>',
      'an API server, asked directly, and its configuration on this machine; repeatable, name all of them',
      serverOf,
      [],
    )
    .addOption(
      new Option('--provider <name>', 'what the new key is').choices(['secretbox', 'aesgcm', 'kms']).default('secretbox'),
    )
    .option('--kms-name <name>', 'name of the KMS v2 plug-in')
    .option('--kms-endpoint <url>', 'its socket: unix:///PATH')
    .option('--backup <snapshot>', 'a snapshot of etcd, not older than an hour')
    .option('--kubeconfig <file>', 'credentials for the API servers')
    .option('--context <name>', 'context of the kubeconfig')
    .option('--state <dir>', 'journal and lock (default: /var/lib/bulwark, or the user’s state folder)')
    .option('--wait <duration>', 'how long servers are waited for (default: 10m)', parseDuration)
    .option('--rate <n>', 'objects that are rewritten in a second', wholeNumber, 100)
    .option('--resume', 'go on with the rotation that stopped', false)
    .option('--dry-run', 'print every step, change nothing', false)
    .addHelpText(
      'after',
      '\nExample:\n  bulwark encryption rotate --backup backup.db \\\n    --server https://10.0.0.1:6443=/etc/kubernetes/enc.yaml \\\n    --server https://10.0.0.2:6443\n\nA server without FILE: the file is copied by hand where the output says so.',
    )
    .action(async (options: RotateOptions) => {
      const { rotateCommand } = await import('./run-encryption-rotate.ts');
      process.exitCode = await rotateCommand(options);
    });
}
