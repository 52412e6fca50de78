import { encryptionKinds } from '../cluster/decode/api-server-kinds.ts';
import { decodeConfiguration } from '../cluster/decode/configuration.ts';
import type { Fault } from '../cluster/decode/fault.ts';
import { wrapFault } from '../cluster/decode/fault.ts';
import { fieldFault } from '../cluster/decode/field-errors.ts';
import type { Loaded } from '../cluster/decode/loaded.ts';
import type { GoObject } from '../cluster/decode/unmarshal.ts';
import type { Document } from '../cluster/document.ts';
import { placeOf } from '../cluster/document.ts';
import { goQuote } from '../cluster/go-quote.ts';
import type { FieldPath } from '../cluster/json.ts';
import type { EncryptionConfiguration, KmsConfiguration } from './provider.ts';
import { groupResourceKey, parseGroupResource } from './provider.ts';
import { validateEncryptionConfiguration } from './validation.ts';

export type {
  EncryptionConfiguration,
  EncryptionKey,
  KmsConfiguration,
  Provider,
  ProviderConfiguration,
  ProviderName,
  ResourceConfiguration,
} from './provider.ts';
export { parseGroupResource, providersOf, storedPrefix, writeProvider } from './provider.ts';

export interface EncryptionLoadOptions {
  /** The path as the flag gives it: it stands in messages. */
  readonly path: string;
  readonly minor: number;
  /** Whether a feature gate is on: `KMSv1` (on by default in 1.28, off from 1.29), `KMSv2`. */
  readonly gates: (name: string) => boolean;
  /** `--encryption-provider-config-automatic-reload`. */
  readonly automaticReload?: boolean;
  /** Where a person opens the file; `path` when absent. */
  readonly source?: string;
}

/** Unknown and repeated fields are refused from this minor on. */
const strictSince = 31;

/** The line of the server's source in `no kind … is registered … in scheme`. */
function schemeName(minor: number): string {
  const lines: Readonly<Record<number, number>> = { 28: 485, 29: 131, 30: 130, 31: 130 };
  return `k8s.io/apiserver/pkg/server/options/encryptionconfig/config.go:${lines[minor] ?? 142}`;
}

/**
 * Loads an EncryptionConfiguration as kube-apiserver does at start: the same files are accepted, the messages are the same.
 *
 * The text may have its keys blanked as long as they keep their length and alphabet. Where the server prints a key in its
 * message (`two providers in one element`, from 1.34), `reportMessage` holds the message without it. Never throws.
 * Source: apiserver pkg/server/options/encryptionconfig/config.go and its validation.
 */
export function loadEncryptionConfiguration(text: string, options: EncryptionLoadOptions): Loaded<EncryptionConfiguration> {
  const { minor, path } = options;
  const refuse = (prefix: string, fault: Fault): Loaded<EncryptionConfiguration> => ({
    kind: 'refused',
    ...wrapFault(prefix, fault),
  });
  const parsing = 'error while parsing file: ';
  if (text === '') {
    const loading = minor >= 29 ? 'error while loading file: ' : '';
    return refuse(parsing + loading, { message: `encryption provider configuration file ${goQuote(path)} is empty` });
  }
  const decoded = decodeConfiguration(text, {
    source: options.source ?? path,
    scheme: { name: schemeName(minor), kinds: encryptionKinds(minor) },
    strict: minor >= strictSince,
  });
  if (decoded.kind === 'fault') {
    return refuse(`${parsing}error decoding encryption provider configuration file ${goQuote(path)}: `, decoded);
  }
  if (!decoded.kindName.startsWith('EncryptionConfig')) {
    const { line, column } = placeOf(decoded.document, ['kind']);
    return refuse(
      parsing,
      place({ message: `got unexpected config type: ${decoded.apiVersion}, Kind=${decoded.kindName}` }, line, column),
    );
  }
  const configuration = withDefaults(decoded.value);
  const invalidFields = fieldFault(
    validateEncryptionConfiguration(configuration, { minor, automaticReload: options.automaticReload ?? false }),
    decoded.document,
  );
  if (invalidFields !== undefined) return refuse(parsing, invalidFields);
  const unbuildable = buildFault(configuration, options, decoded.document);
  if (unbuildable !== undefined) return refuse('error while building transformers: ', unbuildable);
  return { kind: 'accepted', configuration, document: decoded.document, warnings: [] };
}

/** The message of a file that cannot be read; `problem` is the system's text, as `no such file or directory`. */
export function unreadableConfiguration(path: string, problem: string, minor: number, isDirectory: boolean): string {
  const operation = isDirectory ? 'read' : 'open';
  if (minor >= 29) {
    return `error while parsing file: error while loading file: error reading encryption provider configuration file ${goQuote(path)}: ${operation} ${path}: ${problem}`;
  }
  return isDirectory
    ? `error while parsing file: could not read contents: ${operation} ${path}: ${problem}`
    : `error while parsing file: error opening encryption provider configuration file ${goQuote(path)}: ${operation} ${path}: ${problem}`;
}

function place(fault: Fault, line: number | undefined, column: number | undefined): Fault {
  return { ...fault, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
}

const defaultTimeout = 3_000_000_000n;
const defaultCacheSize = 1000;

interface RawKms {
  readonly apiVersion: string;
  readonly name: string;
  readonly cachesize: number | null;
  readonly endpoint: string;
  readonly timeout: bigint | null;
}

/** Fills in the defaults of KMS providers (apis/apiserver/v1/defaults.go). */
function withDefaults(value: GoObject): EncryptionConfiguration {
  const configuration = value as unknown as EncryptionConfiguration;
  return {
    resources: configuration.resources.map((entry) => ({
      ...entry,
      providers: entry.providers.map((provider) => ({
        ...provider,
        kms: provider.kms === null ? null : kmsWithDefaults(provider.kms as RawKms),
      })),
    })),
  };
}

function kmsWithDefaults(kms: RawKms): KmsConfiguration {
  const apiVersion = kms.apiVersion === '' ? 'v1' : kms.apiVersion;
  const cachesize = kms.cachesize ?? (apiVersion === 'v1' ? defaultCacheSize : null);
  return { apiVersion, name: kms.name, cachesize, endpoint: kms.endpoint, timeout: kms.timeout ?? defaultTimeout };
}

/** What only shows when the server builds its transformers: gates of KMS, and entries that an earlier wildcard hides. */
function buildFault(
  configuration: EncryptionConfiguration,
  { minor, gates }: EncryptionLoadOptions,
  document: Document,
): Fault | undefined {
  const at = (message: string, path: FieldPath): Fault => {
    const { line, column } = placeOf(document, path);
    return place({ message }, line, column);
  };
  const seen = new Set<string>();
  for (const [index, entry] of configuration.resources.entries()) {
    for (const [position, { kms }] of entry.providers.entries()) {
      const problem = kms === null ? undefined : gateProblem(kms, minor, gates);
      if (problem !== undefined) return at(problem, ['resources', index, 'providers', position, 'kms', 'apiVersion']);
    }
    for (const [position, text] of entry.resources.entries()) {
      const resource = parseGroupResource(text);
      for (const mask of [
        { group: resource.group, resource: '*' },
        { group: '*', resource: '*' },
      ]) {
        if (!seen.has(groupResourceKey(mask))) continue;
        return at(`resource ${goQuote(printResource(resource))} is masked by earlier rule ${goQuote(printResource(mask))}`, [
          'resources',
          index,
          'resources',
          position,
        ]);
      }
      seen.add(groupResourceKey(resource));
    }
  }
  return undefined;
}

function gateProblem(kms: KmsConfiguration, minor: number, gates: (name: string) => boolean): string | undefined {
  if (kms.apiVersion === 'v1' && !gates('KMSv1')) {
    return 'KMSv1 is deprecated and will only receive security updates going forward. Use KMSv2 instead.  Set --feature-gates=KMSv1=true to use the deprecated KMSv1 feature.';
  }
  // From 1.29 the gate of v2 cannot be turned off.
  if (kms.apiVersion === 'v2' && minor < 29 && !gates('KMSv2'))
    return `could not configure KMSv2 plugin ${goQuote(kms.name)}, KMSv2 feature is not enabled`;
  return undefined;
}

function printResource({ group, resource }: { readonly group: string; readonly resource: string }): string {
  if (group === '') return resource === '*' ? '*.' : resource;
  return `${resource}.${group}`;
}
