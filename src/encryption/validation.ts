import type { FieldError } from '../cluster/decode/field-errors.ts';
import {
  goJsonString,
  invalid,
  printDuration,
  printPath,
  printStrings,
  printsJson,
  required,
} from '../cluster/decode/field-errors.ts';
import { formatDuration } from '../cluster/decode/duration.ts';
import { goQuote } from '../cluster/go-quote.ts';
import { parseGoUrl } from '../cluster/go-url.ts';
import type { FieldPath } from '../cluster/json.ts';
import type { EncryptionConfiguration, EncryptionKey, KmsConfiguration, ProviderConfiguration } from './provider.ts';
import { groupResourceKey, parseGroupResource } from './provider.ts';

/** What the checks depend on beside the file. */
export interface ValidationOptions {
  readonly minor: number;
  /** `--encryption-provider-config-automatic-reload`. */
  readonly automaticReload: boolean;
}

/**
 * Checks an EncryptionConfiguration; the errors are the server's, in its order.
 *
 * Source: apiserver pkg/apis/apiserver/validation/validation_encryption.go, the same rules from 1.28 to 1.37.
 */
export function validateEncryptionConfiguration(
  configuration: EncryptionConfiguration,
  options: ValidationOptions,
): readonly FieldError[] {
  if (configuration.resources.length === 0) return [required(['resources'], 'at least one resources is required')];
  const kmsNames = new Set<string>();
  return configuration.resources.flatMap((entry, index) => {
    const resourcesPath = ['resources', index, 'resources'];
    const providersPath = ['resources', index, 'providers'];
    const missing = (path: FieldPath): FieldError => required(path, `at least one ${printPath(path)} is required`);
    return [
      ...(entry.resources.length === 0 ? [missing(resourcesPath)] : []),
      ...validateOverlap(entry.resources, resourcesPath, options.minor),
      ...entry.resources.flatMap((resource, position) => validateResourceName(resource, [...resourcesPath, position])),
      ...(entry.providers.length === 0 ? [missing(providersPath)] : []),
      ...entry.providers.flatMap((provider, position) =>
        validateProvider(provider, [...providersPath, position], kmsNames, options),
      ),
    ];
  });
}

function validateOverlap(resources: readonly string[], path: FieldPath, minor: number): FieldError[] {
  const parsed = resources.map((text) => parseGroupResource(text));
  let repeats = false;
  let overlaps = false;
  for (const [i, one] of parsed.entries()) {
    for (const [j, other] of parsed.entries()) {
      if (i === j) continue;
      // The first repetition that is met is not an overlap as well.
      if (groupResourceKey(one) === groupResourceKey(other) && !repeats) repeats = true;
      else if (one.group === '*' && one.resource === '*') overlaps = true;
      else if (one.group === other.group && (one.resource === '*' || other.resource === '*')) overlaps = true;
    }
  }
  const printed = printStrings(resources, minor);
  return [
    ...(repeats ? [invalid(path, printed, 'the same resource cannot be specified multiple times')] : []),
    ...(overlaps
      ? [
          invalid(
            path,
            printed,
            "using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked",
          ),
        ]
      : []),
  ];
}

const withoutApi = new Set(['apiserveripinfo', 'serviceipallocations', 'servicenodeportallocations']);

function resourceNameProblem(resource: string): string | undefined {
  const { group, resource: name } = parseGroupResource(resource);
  if (resource.toLowerCase() !== resource) return 'resource name should not contain capital letters';
  if (resource === '*') return "use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources";
  if (withoutApi.has(resource)) return 'resources which do not have REST API/s cannot be encrypted';
  if (group === 'events.k8s.io') {
    return "'*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file";
  }
  if (group === 'extensions') return "'extensions' group has been removed and cannot be used for encryption";
  return group === '*' && name !== '*' ? 'encrypting the same resource across groups is not supported' : undefined;
}

function validateResourceName(resource: string, path: FieldPath): FieldError[] {
  const problem = resourceNameProblem(resource);
  return problem === undefined ? [] : [invalid(path, goQuote(resource), problem)];
}

const aesKeySizes = [16, 24, 32];
const secretboxKeySizes = [32];

function validateProvider(
  provider: ProviderConfiguration,
  path: FieldPath,
  kmsNames: Set<string>,
  options: ValidationOptions,
): FieldError[] {
  const errors = validateSingle(provider, path, options.minor);
  if (provider.kms !== null) {
    errors.push(...validateKms(provider.kms, [...path, 'kms'], kmsNames, options));
    kmsNames.add(provider.kms.name);
  } else if (provider.aesgcm !== null)
    errors.push(...validateKeys(provider.aesgcm.keys, [...path, 'aesgcm', 'keys'], aesKeySizes));
  else if (provider.aescbc !== null) errors.push(...validateKeys(provider.aescbc.keys, [...path, 'aescbc', 'keys'], aesKeySizes));
  else if (provider.secretbox !== null)
    errors.push(...validateKeys(provider.secretbox.keys, [...path, 'secretbox', 'keys'], secretboxKeySizes));
  return errors;
}

function validateSingle(provider: ProviderConfiguration, path: FieldPath, minor: number): FieldError[] {
  const found = Object.values(provider).filter((value) => value !== null).length;
  if (found === 1) return [];
  const detail =
    found === 0
      ? 'provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity'
      : 'more than one provider specified in a single element, should split into different list elements';
  const error = invalid(path, printProvider(provider, minor, false), detail);
  return [{ ...error, redactedBody: invalid(path, printProvider(provider, minor, true), detail).body }];
}

/**
 * The whole provider as the server prints it: from 1.34 as JSON with the key material, before as a Go struct with the addresses
 * of its parts in memory, which nobody can know (they stand as 0xc000000000).
 */
function printProvider(provider: ProviderConfiguration, minor: number, redacted: boolean): string {
  if (!printsJson(minor)) {
    // The package moved in 1.30.
    const from = minor >= 30 ? 'apiserver' : 'config';
    const pointer = (type: string, value: object | null): string =>
      `(*${from}.${type})(${value === null ? 'nil' : '0xc000000000'})`;
    const members = [
      `AESGCM:${pointer('AESConfiguration', provider.aesgcm)}`,
      `AESCBC:${pointer('AESConfiguration', provider.aescbc)}`,
      `Secretbox:${pointer('SecretboxConfiguration', provider.secretbox)}`,
      `Identity:${pointer('IdentityConfiguration', provider.identity)}`,
      `KMS:${pointer('KMSConfiguration', provider.kms)}`,
    ];
    return `${from}.ProviderConfiguration{${members.join(', ')}}`;
  }
  const text = (value: string): string => goJsonString(value);
  const key = ({ name, secret }: EncryptionKey): string =>
    `{"Name":${text(name)},"Secret":${text(redacted ? 'REDACTED' : secret)}}`;
  const local = (value: ProviderConfiguration['aescbc']): string => {
    if (value === null) return 'null';
    return `{"Keys":${value.keys.length === 0 ? 'null' : `[${value.keys.map((item) => key(item)).join(',')}]`}}`;
  };
  const { kms } = provider;
  const kmsText =
    kms === null
      ? 'null'
      : `{"APIVersion":${text(kms.apiVersion)},"Name":${text(kms.name)},"CacheSize":${kms.cachesize ?? 'null'},"Endpoint":${text(kms.endpoint)},"Timeout":"${formatDuration(kms.timeout)}"}`;
  return `{"AESGCM":${local(provider.aesgcm)},"AESCBC":${local(provider.aescbc)},"Secretbox":${local(provider.secretbox)},"Identity":${provider.identity === null ? 'null' : '{}'},"KMS":${kmsText}}`;
}

function validateKeys(keys: readonly EncryptionKey[], path: FieldPath, sizes: readonly number[]): FieldError[] {
  if (keys.length === 0) return [required(path, 'at least one keys is required')];
  return keys.flatMap((key, index) => validateKey(key, [...path, index], sizes));
}

function validateKey(key: EncryptionKey, path: FieldPath, sizes: readonly number[]): FieldError[] {
  const errors = key.name === '' ? [required([...path, 'name'], 'name is a mandatory field for a key')] : [];
  const secretPath = [...path, 'secret'];
  if (key.secret === '') return [...errors, required(secretPath, 'secret is a mandatory field for a key')];
  const size = base64Size(key.secret);
  if (size === undefined) return [...errors, invalid(secretPath, '"REDACTED"', 'secrets must be base64 encoded')];
  if (sizes.includes(size)) return errors;
  return [
    ...errors,
    invalid(secretPath, '"REDACTED"', `secret is not of the expected length, got ${size}, expected one of [${sizes.join(' ')}]`),
  ];
}

/** Number of bytes of a Base64 text by Go's base64.StdEncoding: padding is required, line breaks are skipped, spare bits are not looked at. */
function base64Size(text: string): number | undefined {
  const body = text.replaceAll(/[\r\n]/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(body)) return undefined;
  const padding = body.endsWith('==') ? 2 : body.endsWith('=') ? 1 : 0;
  return (body.length / 4) * 3 - padding;
}

function validateKms(
  kms: KmsConfiguration,
  path: FieldPath,
  names: ReadonlySet<string>,
  { minor, automaticReload }: ValidationOptions,
): FieldError[] {
  const errors: FieldError[] = [];
  const at = (name: string): FieldPath => [...path, name];
  if (kms.name === '') errors.push(required(at('name'), 'name is a mandatory field for a provider'));
  if (kms.apiVersion !== 'v1' && kms.name.includes(':')) {
    errors.push(invalid(at('name'), goQuote(kms.name), `invalid KMS provider name ${kms.name}, must not contain ':'`));
  }
  if ((automaticReload || kms.apiVersion !== 'v1') && names.has(kms.name)) {
    errors.push(invalid(at('name'), goQuote(kms.name), `duplicate KMS provider name ${kms.name}, names must be unique`));
  }
  if (kms.timeout <= 0n)
    errors.push(invalid(at('timeout'), printDuration(kms.timeout, minor), 'timeout should be a positive value'));
  errors.push(...validateEndpoint(kms.endpoint, at('endpoint')));
  if (kms.apiVersion !== 'v1' && kms.cachesize !== null)
    errors.push(invalid(at('cachesize'), String(kms.cachesize), 'cachesize is not supported in v2'));
  if (kms.apiVersion === 'v1' && kms.cachesize === 0) {
    errors.push(invalid(at('cachesize'), '0', 'cachesize should be a positive value, or negative to disable'));
  }
  if (kms.apiVersion !== 'v1' && kms.apiVersion !== 'v2') {
    errors.push(
      invalid(
        at('apiVersion'),
        goQuote(kms.apiVersion),
        'unsupported apiVersion apiVersion for KMS provider, only v1 and v2 are supported',
      ),
    );
  }
  return errors;
}

function validateEndpoint(endpoint: string, path: FieldPath): FieldError[] {
  if (endpoint === '') return [invalid(path, '""', 'endpoint is a mandatory field for a kms')];
  const url = parseGoUrl(endpoint);
  if ('error' in url) return [invalid(path, goQuote(endpoint), `invalid endpoint for kms provider, error: ${url.error}`)];
  if (url.scheme === 'unix') return [];
  return [invalid(path, goQuote(endpoint), `unsupported scheme ${goQuote(url.scheme)} for KMS provider, only unix is supported`)];
}
