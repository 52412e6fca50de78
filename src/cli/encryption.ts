import type { Command } from 'commander';

/** Adds `bulwark encryption` and its subcommands to the program: one file each. */
export function registerEncryption(program: Command): void {
  const encryption = program
    .command('encryption')
    .summary('what etcd holds, by which provider and key')
    .description(
      'Proves encryption at rest in the bytes that etcd holds, from a live etcd or a\nsnapshot, and writes and rotates its configuration.',
    );
  for (const command of encryption.commands) command.copyInheritedSettings(encryption);
}
