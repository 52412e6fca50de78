import { shownMessage } from '../../cluster/decode/loaded.ts';
import type { Document } from '../../cluster/document.ts';
import type { Component, HostFile } from '../../cluster/component.ts';
import { componentsOf } from '../../cluster/components.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { gateEnabled } from '../../cluster/feature-gates.ts';
import { flagFile } from '../../cluster/flag-file.ts';
import type { FieldPath } from '../../cluster/json.ts';
import { readFlags } from '../../cluster/flags.ts';
import type { EncryptionConfiguration } from '../../encryption/configuration.ts';
import { loadEncryptionConfiguration } from '../../encryption/configuration.ts';
import type { Subject } from '../../results/finding.ts';
import type { Need } from '../control.ts';
import { hiddenFlag, judgeByVersion } from '../every-minor.ts';
import type { ComponentDraft, ComponentView, PerComponent } from '../per-component.ts';
import { startFailure } from '../per-component.ts';

/** The flag that names the EncryptionConfiguration. */
export const fileFlag = 'encryption-provider-config';

/** The flag that makes the server load a changed file without a restart. */
export const reloadFlag = 'encryption-provider-config-automatic-reload';

/** What a control that reads the EncryptionConfiguration asks of each API server. */
export const fileAsks: PerComponent = {
  component: 'kube-apiserver',
  flags: [fileFlag],
  files: [fileFlag],
  gates: ['KMSv1', 'KMSv2'],
};

/** What must be seen before such a control passes. */
export const fileNeeds: readonly Need[] = [
  { kind: 'flags', component: 'kube-apiserver' },
  { kind: 'flag-file', flag: fileFlag },
];

/** An EncryptionConfiguration as its server loads it. */
export interface LoadedFile {
  readonly file: Extract<HostFile, { kind: 'seen' }>;
  readonly configuration: EncryptionConfiguration;
  readonly document: Document;
  readonly minor: number;
}

/** What a control says where there is no flag, and of a file that the server refuses. */
export interface FileVerdicts {
  readonly unset: (view: ComponentView) => ComponentDraft;
  /** `unknown` unless given: one control alone fails for it. */
  readonly refused?: (failure: ComponentDraft) => ComponentDraft;
}

/** There is no file, so nothing can be said of one: `encryption-provider-configured` fails for that. */
export function nothingToJudge(view: ComponentView): ComponentDraft {
  return {
    verdict: 'not-applicable',
    message: 'no encryption is configured: encryption-provider-configured judges that',
    evidence: [view.flagEvidence(fileFlag, 'not judged here')],
  };
}

function elsewhere(failure: ComponentDraft): ComponentDraft {
  const message = `the server refuses its EncryptionConfiguration, which encryption-config-valid judges: ${failure.message}`;
  return { ...failure, verdict: 'unknown', message };
}

/**
 * Judges the EncryptionConfiguration of an API server by its version; what cannot be read is `unknown`, and names what would settle it.
 *
 * Source: essential.md 0.2; what the server loads, encryption.md.
 */
export function judgeFile(
  view: ComponentView,
  { unset, refused = elsewhere }: FileVerdicts,
  judge: (loaded: LoadedFile) => ComponentDraft,
): ComponentDraft {
  const hidden = hiddenFlag(view, [fileFlag]);
  if (hidden !== undefined) return hidden;
  if (view.flag(fileFlag).value === '') return unset(view);
  const file = view.file(fileFlag);
  if (file.kind === 'missing')
    return refused(startFailure('kube-apiserver', { message: `${file.path}: ${file.reason}`, place: view.place(fileFlag) }));
  if (file.kind !== 'seen' || file.text === undefined)
    return {
      verdict: 'unknown',
      message: `the file ${view.flag(fileFlag).value} of --${fileFlag} was not seen: scan the host, or give the file beside the manifest`,
      evidence: [view.flagEvidence(fileFlag, 'a file that can be read')],
    };
  const { path, source, text } = file;
  return judgeByVersion(view, (minor) => {
    const gates = (name: string): boolean => gateEnabled(view.flags, 'kube-apiserver', minor, name) ?? false;
    const automaticReload = view.flags.get(reloadFlag).value === 'true';
    const loaded = loadEncryptionConfiguration(text, { path, minor, gates, source, automaticReload });
    if (loaded.kind === 'accepted') return judge({ file, configuration: loaded.configuration, document: loaded.document, minor });
    const line = loaded.line === undefined ? {} : { line: loaded.line };
    const column = loaded.column === undefined ? {} : { column: loaded.column };
    return refused(startFailure('kube-apiserver', { message: shownMessage(loaded), place: { source, ...line, ...column } }));
  });
}

/** `resource secrets on cp-1`: one finding for each resource of an API server. */
export function resourceSubject(view: ComponentView, resource: string): Subject {
  return { kind: 'resource', name: resource, ...(view.host === '' ? {} : { host: view.host }) };
}

/** What tells the file of one API server from that of another: its checksum, else its text without the keys. */
function contentOf(file: Extract<HostFile, { kind: 'seen' }>): string | undefined {
  const sha256 = file.facts?.['sha256'];
  return typeof sha256 === 'string' ? sha256 : file.text;
}

/** The first other API server whose file was seen and is not the same; all servers of a cluster must read what any of them writes. */
export function serverWithOtherFile(cluster: Cluster, view: ComponentView, own: LoadedFile['file']): string | undefined {
  const other = componentsOf(cluster, 'kube-apiserver').find(({ host, component }) => {
    if (host === view.host || component === undefined) return false;
    const file = fileOf(component);
    return file !== undefined && contentOf(file) !== contentOf(own);
  });
  return other?.host;
}

function fileOf(component: Component): Extract<HostFile, { kind: 'seen' }> | undefined {
  const file = flagFile(component, readFlags(component, undefined).get(fileFlag));
  return file.kind === 'seen' ? file : undefined;
}

/** How a provider is called in messages: `kms v2`, `secretbox`. */
export function providerName({ provider, kmsVersion }: { readonly provider: string; readonly kmsVersion?: string }): string {
  return provider === 'kms' ? `kms ${kmsVersion ?? 'v1'}` : provider;
}

/** A key of a local provider. */
export interface LocalKey {
  readonly provider: 'aesgcm' | 'aescbc' | 'secretbox';
  readonly name: string;
  readonly bytes: number;
  readonly path: FieldPath;
}

/** All keys of local providers, in the order of the file; key material is not among what is given. */
export function localKeys(configuration: EncryptionConfiguration): readonly LocalKey[] {
  return configuration.resources.flatMap((entry, index) =>
    entry.providers.flatMap((element, position) =>
      (['aesgcm', 'aescbc', 'secretbox'] as const).flatMap((provider) =>
        (element[provider]?.keys ?? []).map(({ name, secret }, number): LocalKey => ({
          provider,
          name,
          bytes: Buffer.from(secret, 'base64').length,
          path: ['resources', index, 'providers', position, provider, 'keys', number],
        })),
      ),
    ),
  );
}
