import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { applyEdits } from '../cluster/apply-edits.ts';
import type { Json, JsonObject } from '../cluster/json.ts';
import { newestMinor } from '../cluster/version.ts';
import { parseDocuments } from '../cluster/yaml/parse.ts';
import type { EncryptionConfiguration } from '../encryption/configuration.ts';
import { providersOf } from '../encryption/configuration.ts';
import { keyEdits } from '../encryption/key-edits.ts';
import { printable } from '../report/printable.ts';
import { wrap } from '../report/terminal/layout.ts';
import { cautiousWidth } from '../report/terminal/width.ts';
import { loaded, textOf, Unloadable } from '../rotate/configurations.ts';
import { UsageError, exitCodes } from './errors.ts';
import { readEncryptionConfiguration } from './read-encryption-configuration.ts';

/** What the new key is. */
export interface NewKeyOptions {
  readonly provider: 'secretbox' | 'aesgcm' | 'kms';
  readonly kmsName?: string;
  readonly kmsEndpoint?: string;
}

export interface ConfigOptions extends NewKeyOptions {
  readonly out: string;
  readonly config?: string;
  readonly resource: readonly string[];
  readonly reader: boolean;
  readonly kubernetesVersion?: number;
}

/** `bulwark encryption config`. Returns the exit code. */
export function config(options: ConfigOptions): number {
  const minor = options.kubernetesVersion ?? newestMinor;
  const before = options.config === undefined ? undefined : readEncryptionConfiguration(options.config, minor);
  const value: Json =
    before === undefined
      ? { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration', resources: [] }
      : (parseDocuments(before.text, options.config ?? '').documents[0]?.value ?? null);
  const configuration = before?.configuration ?? { resources: [] };
  const resources = options.resource.length > 0 ? options.resource : encryptedResources(configuration);
  const key = newProvider(options, takenNames(configuration), new Date().toISOString().slice(0, 10));
  const edits = keyEdits(configuration, key.provider, resources, () => true);
  const text = textOf(applyEdits(value, options.reader ? edits.reader : edits.writer));
  refuseUnloadable(text, minor);
  writeNew(options.out, text);
  const said = options.reader
    ? `wrote ${options.out}: ${key.name} reads beside today's keys; give it to every API server, then let it write`
    : `wrote ${options.out}: ${key.name} writes ${edits.rewritten.join(', ')}; what is stored already stays as it is until it is rewritten`;
  process.stdout.write(wrap(printable(said), 80, cautiousWidth).join('\n').concat('\n'));
  return exitCodes.holds;
}

/** What the configuration encrypts today, and Secrets in any case. */
export function encryptedResources(configuration: EncryptionConfiguration): readonly string[] {
  const named = configuration.resources
    .filter(({ providers }) => providers[0]?.identity === null)
    .flatMap(({ resources }) => resources);
  // What a wildcard serves already needs no entry of its own.
  const secrets = providersOf(configuration, 'secrets')?.[0];
  return secrets !== undefined && secrets.provider !== 'identity' ? [...new Set(named)] : [...new Set([...named, 'secrets'])];
}

/** Names of keys and of KMS plug-ins that stand in a configuration. */
export function takenNames({ resources }: EncryptionConfiguration): readonly string[] {
  return resources.flatMap(({ providers }) =>
    providers.flatMap(({ aescbc, aesgcm, secretbox, kms }) => [
      ...[aescbc, aesgcm, secretbox].flatMap((local) => local?.keys.map(({ name }) => name) ?? []),
      ...(kms === null ? [] : [kms.name]),
    ]),
  );
}

/**
 * Makes a provider with a key of its own, drawn from the system's randomness.
 *
 * Errors: UsageError where a KMS plug-in lacks its name or socket, or its name is taken.
 */
export function newProvider(
  options: NewKeyOptions,
  taken: readonly string[],
  day: string,
): { readonly name: string; readonly provider: JsonObject } {
  if (options.provider === 'kms') {
    const { kmsName: name, kmsEndpoint: endpoint } = options;
    if (name === undefined || endpoint === undefined)
      throw new UsageError(
        '--provider kms needs --kms-name and --kms-endpoint',
        '--kms-name vault --kms-endpoint unix:///run/kms.sock',
      );
    if (taken.includes(name)) throw new UsageError(`the configuration has a KMS plug-in or a key called ${name} already`);
    return { name, provider: { kms: { apiVersion: 'v2', name, endpoint, timeout: '3s' } } };
  }
  if (options.kmsName !== undefined || options.kmsEndpoint !== undefined)
    throw new UsageError('--kms-name and --kms-endpoint go with --provider kms');
  let name = `bulwark-${day}`;
  for (let count = 2; taken.includes(name); count++) name = `bulwark-${day}-${count}`;
  const secret = randomBytes(32).toString('base64');
  return { name, provider: { [options.provider]: { keys: [{ name, secret }] } } };
}

/** Errors: UsageError with the server's words where no server of this minor loads the text. */
function refuseUnloadable(text: string, minor: number): void {
  try {
    loaded(text, minor);
  } catch (error) {
    if (error instanceof Unloadable) throw new UsageError(`no API server would load it: ${error.message}`);
    throw error;
  }
}

function writeNew(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new UsageError(
      code === 'EEXIST' ? `${path} exists: keys are never written over` : `${path}: cannot be written: ${code}`,
      'name another file with --out',
    );
  }
}
