import { newestMinor } from '../cluster/version.ts';
import type { EncryptionConfiguration } from '../encryption/configuration.ts';
import { loadEncryptionConfiguration } from '../encryption/configuration.ts';
import { UsageError } from './errors.ts';
import { readUserFile } from './user-file.ts';

/** A configuration with the text it was read from, which holds keys: never print it. */
export interface ReadConfiguration {
  readonly text: string;
  readonly configuration: EncryptionConfiguration;
}

/**
 * Reads an EncryptionConfiguration as a server of this minor would; KMS v1 is taken whatever the gate says.
 *
 * Errors: UsageError where it cannot be read, or no server loads it, in the server's words without a key.
 */
export function readEncryptionConfiguration(path: string, minor: number = newestMinor): ReadConfiguration {
  const text = readUserFile(path, 'EncryptionConfiguration');
  const loaded = loadEncryptionConfiguration(text, { path, minor, gates: () => true });
  if (loaded.kind === 'refused')
    throw new UsageError(`${path}: no API server loads it: ${loaded.reportMessage ?? loaded.message}`);
  return { text, configuration: loaded.configuration };
}
