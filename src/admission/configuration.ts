import { apiServerKinds } from '../cluster/decode/api-server-kinds.ts';
import type { DecodedConfiguration } from '../cluster/decode/configuration.ts';
import { decodeConfiguration, parseConfigurationText } from '../cluster/decode/configuration.ts';
import type { Fault } from '../cluster/decode/fault.ts';
import { wrapFault } from '../cluster/decode/fault.ts';
import type { Loaded } from '../cluster/decode/loaded.ts';
import { plainValue } from '../cluster/decode/node.ts';
import type { Document } from '../cluster/document.ts';
import { placeOf } from '../cluster/document.ts';
import { goQuote } from '../cluster/go-quote.ts';
import type { FieldPath, Json } from '../cluster/json.ts';
import { objectAt, stringAt, valueAt } from '../cluster/json.ts';
import type { PodSecurityConfiguration } from './pod-security/configuration.ts';
import { unconfigured } from './pod-security/configuration.ts';
import type { PodSecurityFile } from './pod-security/load-configuration.ts';
import { loadPodSecurityEntry } from './pod-security/load-configuration.ts';

/** One entry of `plugins`. Where `configuration` is not null, `path` is not read. */
export interface AdmissionPlugin {
  readonly name: string;
  /** As an absolute path where the path of the whole file is one. */
  readonly path: string;
  readonly configuration: Json;
}

export interface AdmissionConfiguration {
  /** All entries in the order of the file; of several with one name the first counts. */
  readonly plugins: readonly AdmissionPlugin[];
  /** Folders whose manifests the server admits by beside the API's (`staticManifestsDir` of the webhook and policy plug-ins, from 1.36). */
  readonly staticManifestsDirs: readonly string[];
  /** The PodSecurity plug-in's configuration and where it stands; absent where no entry names the plug-in or its file was not at hand. */
  readonly podSecurity?: {
    readonly configuration: PodSecurityConfiguration;
    readonly document: Document;
    readonly base: FieldPath;
  };
}

export interface AdmissionLoadOptions {
  /** The path as `--admission-control-config-file` gives it. */
  readonly path: string;
  readonly minor: number;
  readonly source?: string;
  /** Reads a file that an entry names by `path`; `undefined` where it is not at hand. */
  readonly readFile?: (path: string) => PodSecurityFile | undefined;
  /** Whether a plug-in runs: the configuration of one that does not run is not looked at. All run where this is absent. */
  readonly runs?: (plugin: string) => boolean;
}

/** Unknown and repeated fields of the outer file are refused from this minor on; those of PodSecurity always. */
const strictSince = 32;

function schemeName(minor: number): string {
  const line = minor <= 29 ? 45 : minor <= 31 ? 49 : minor <= 34 ? 50 : 51;
  return `k8s.io/apiserver/pkg/server/options/admission.go:${line}`;
}

/**
 * Loads an AdmissionConfiguration as kube-apiserver does at start, with the configuration of PodSecurity inside it or in the file
 * that its entry names. Entries of other plug-ins are kept as they are; `warnings` names them.
 *
 * Never throws. Source: apiserver pkg/admission/config.go, pkg/server/options/admission.go; pod-security-admission admission/api.
 */
export function loadAdmissionConfiguration(text: string, options: AdmissionLoadOptions): Loaded<AdmissionConfiguration> {
  const { minor, path } = options;
  const source = options.source ?? path;
  const decoded = decodeConfiguration(text, {
    source,
    scheme: { name: schemeName(minor), kinds: apiServerKinds(minor, ['v1alpha1', 'v1']) },
    strict: minor >= strictSince,
  });
  if (decoded.kind === 'fault') {
    const legacy = legacyDocument(text, decoded, source);
    if (legacy !== undefined) return legacy;
    return refuse('failed to read plugin config: ', decoded);
  }
  if (decoded.kindName !== 'AdmissionConfiguration') {
    const { line, column } = placeOf(decoded.document, ['kind']);
    const message = `unexpected type: *apiserver.${decoded.kindName.replace(/^EncryptionConfig$/, 'EncryptionConfiguration')}`;
    return refuse('failed to read plugin config: ', {
      message,
      ...(line === undefined ? {} : { line }),
      ...(column === undefined ? {} : { column }),
    });
  }
  return loadEntries(decoded, options);
}

function refuse(prefix: string, fault: Fault): Loaded<AdmissionConfiguration> {
  return { kind: 'refused', ...wrapFault(`failed to apply admission: ${prefix}`, fault) };
}

/** A file without apiVersion that is the configuration of ImagePolicyWebhook or PodNodeSelector itself is accepted, as ever. */
function legacyDocument(text: string, fault: Fault, source: string): Loaded<AdmissionConfiguration> | undefined {
  if (!/^Object '(?:Kind|apiVersion)' is missing|^no kind /.test(fault.message)) return undefined;
  const parsed = parseConfigurationText(text);
  if ('message' in parsed || parsed.node.kind !== 'object') return undefined;
  const names = ['imagePolicy', 'podNodeSelectorPluginConfig'];
  const found = parsed.node.members.find(({ key }) => names.includes(key));
  if (found === undefined) return undefined;
  const warnings = [
    `the file is no AdmissionConfiguration: it is taken as the configuration of ${found.key === 'imagePolicy' ? 'ImagePolicyWebhook' : 'PodNodeSelector'}`,
  ];
  return {
    kind: 'accepted',
    configuration: { plugins: [], staticManifestsDirs: [] },
    document: { value: null, source },
    warnings,
  };
}

function loadEntries(
  decoded: DecodedConfiguration & { kind: 'decoded' },
  options: AdmissionLoadOptions,
): Loaded<AdmissionConfiguration> {
  const { document } = decoded;
  const entries = decoded.value['plugins'] as unknown as readonly AdmissionPlugin[];
  const plugins = entries.map((entry) => ({ ...entry, path: entry.path === '' ? '' : absolute(entry.path, options.path) }));
  const staticManifestsDirs = staticDirs(plugins, options);
  const runs = options.runs ?? (() => true);
  const warnings = plugins
    .filter(({ name, path, configuration }) => name !== 'PodSecurity' && runs(name) && (path !== '' || configuration !== null))
    .map(({ name }) => `the configuration of the plug-in ${name} is not checked`);
  const index = plugins.findIndex(({ name }) => name === 'PodSecurity');
  const entry = plugins[index];
  if (entry === undefined || !runs('PodSecurity'))
    return { kind: 'accepted', configuration: { plugins, staticManifestsDirs }, document, warnings };
  const base: FieldPath = ['plugins', index, 'configuration'];
  const inline = valueAt(document.value, base) ?? null;
  if (inline === null && entry.path === '') {
    return {
      kind: 'accepted',
      configuration: {
        plugins,
        staticManifestsDirs,
        podSecurity: { configuration: unconfigured, document, base: ['plugins', index] },
      },
      document,
      warnings,
    };
  }
  const file = inline === null ? options.readFile?.(entry.path) : undefined;
  if (inline === null && file === undefined) {
    const missing = `the configuration of PodSecurity stands in ${goQuote(entry.path)}, which was not at hand`;
    return { kind: 'accepted', configuration: { plugins, staticManifestsDirs }, document, warnings: [...warnings, missing] };
  }
  const loaded = loadPodSecurityEntry(file ?? { outer: decoded, base });
  if (loaded.kind === 'refused') return refuse('', loaded.fault);
  const podSecurity = {
    configuration: loaded.configuration,
    document: loaded.document ?? document,
    base: file === undefined ? base : [],
  };
  return { kind: 'accepted', configuration: { plugins, staticManifestsDirs, podSecurity }, document, warnings };
}

const staticManifestsSince = 36;
const readsManifests = new Set([
  'MutatingAdmissionPolicy',
  'MutatingAdmissionWebhook',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionWebhook',
]);

function staticDirs(plugins: readonly AdmissionPlugin[], { minor, readFile, runs }: AdmissionLoadOptions): readonly string[] {
  if (minor < staticManifestsSince) return [];
  const seen = new Set<string>();
  return plugins.flatMap(({ name, path, configuration }) => {
    if (!readsManifests.has(name) || seen.has(name) || runs?.(name) === false) return [];
    seen.add(name);
    const text = configuration === null && path !== '' ? readFile?.(path)?.text : undefined;
    const parsed = text === undefined ? undefined : parseConfigurationText(text);
    const value = parsed === undefined || 'message' in parsed ? configuration : plainValue(parsed.node);
    const dir = stringAt(objectAt(value)['staticManifestsDir']) ?? '';
    return dir === '' ? [] : [dir];
  });
}

/** A relative path is meant from the folder of the whole file (a relative one of that is meant from the server's working directory, which is not known). */
function absolute(path: string, filePath: string): string {
  const slash = filePath.lastIndexOf('/');
  if (path.startsWith('/') || slash < 0) return path;
  const steps: string[] = [];
  for (const step of `${filePath.slice(0, slash)}/${path}`.split('/')) {
    if (step === '' || step === '.') continue;
    if (step === '..' && steps.length > 0 && steps.at(-1) !== '..') steps.pop();
    else steps.push(step);
  }
  return `${filePath.startsWith('/') ? '/' : ''}${steps.join('/')}`;
}
