import type { Component, HostFile } from '../../cluster/component.ts';
import { parseDocuments } from '../../cluster/yaml/parse.ts';
import { loadEncryptionConfiguration } from '../../encryption/configuration.ts';
import type { FileRole } from '../../collect/host/file-flags.ts';
import { editYaml } from '../../plan/yaml/edit.ts';
import { configurationEdits } from './configuration-edits.ts';
import { standInKubeconfig } from './kubeconfig.ts';
import type { Loopback } from './rebased.ts';

/** A file that the API server's configuration names: by which flag, in which role, and what is known of it. */
export interface NamedHostFile {
  readonly path: string;
  /** Flag without dashes; that of the outer file for a nested one. */
  readonly flag: string;
  readonly role: FileRole;
  readonly file: HostFile | undefined;
}

/** What is laid in a file's place. `leave-out`: its flag goes, `why` says why. `nothing`: it is not there on the host either. */
export type FileContent =
  | { readonly kind: 'text'; readonly text: string; readonly notes: readonly string[] }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'leave-out'; readonly why: string };

export interface ContentOptions {
  readonly loopback: Loopback;
  /** The configuration as it was collected. */
  readonly today: Component | undefined;
  readonly gates: (name: string) => boolean;
  readonly automaticReload: boolean;
}

/** Bundles of certificate authorities, that of the sandbox is added to those that it must itself be trusted by. */
const authorityFlags = new Set([
  'client-ca-file',
  'etcd-cafile',
  'kubelet-certificate-authority',
  'peer-ca-file',
  'oidc-ca-file',
]);
const trustsSandbox = new Set(['client-ca-file', 'etcd-cafile']);

/**
 * Decides what the sandbox's server finds at a path. Texts that were collected are used as they are but for what cannot work on loopback;
 * certificates, keys and credentials, which are never collected with their keys, get stand-ins; what is broken stays broken. Pure.
 */
export function contentOf(named: NamedHostFile, options: ContentOptions): FileContent {
  const { file, role, flag } = named;
  if (file?.kind === 'missing') {
    if (!isOmitted(named, options.today)) return { kind: 'nothing' };
    const content = contentOf({ ...named, file: undefined }, options);
    if (content.kind !== 'text') return content;
    return { ...content, notes: [...content.notes, `${named.path} is not in what was collected: a stand-in is used`] };
  }
  const text = file?.kind === 'seen' ? file.text : undefined;
  const { loopback } = options;
  const given = (content: string, notes: readonly string[] = []): FileContent => ({ kind: 'text', text: content, notes });
  switch (role) {
    case 'configuration':
      return text === undefined
        ? { kind: 'leave-out', why: `left out: ${named.path} was not collected` }
        : configuration(text, named, options);
    case 'kubeconfig':
      return given(standInKubeconfig(text), ['its webhook was not asked']);
    case 'private-key':
      if (text !== undefined && !text.includes('PRIVATE KEY')) return given(text);
      return given(flag === 'service-account-signing-key-file' ? loopback.signingKey : loopback.key);
    case 'token-file':
      return given(`${loopback.encryptionKey},sandbox,sandbox\n`, [
        'the tokens were not collected: one that nobody knows stands in',
      ]);
    case 'directory':
      return { kind: 'nothing' };
    default:
      return given(certificate(text, flag, loopback));
  }
}

/**
 * Whether a file that is missing was left out when the host was copied: a server that runs has all that it names, and keys and
 * certificates are often not copied with the rest. What only the plan names is really missing.
 */
function isOmitted({ path, role }: NamedHostFile, today: Component | undefined): boolean {
  const file = today?.files.get(path);
  if (today === undefined || file?.kind !== 'missing') return false;
  return today.running || (file.reason === 'no such file' && role !== 'configuration' && role !== 'kubeconfig');
}

function certificate(text: string | undefined, flag: string, loopback: Loopback): string {
  if (flag === 'service-account-key-file') return text === undefined ? loopback.publicKey : joined(text, loopback.publicKey);
  if (text !== undefined && !text.includes('-----BEGIN CERTIFICATE-----')) return text;
  if (flag === 'requestheader-client-ca-file') return text ?? loopback.frontAuthority;
  if (!authorityFlags.has(flag)) return loopback.certificate;
  if (text === undefined) return loopback.authority;
  return trustsSandbox.has(flag) ? joined(text, loopback.authority) : text;
}

/** A text without a PEM block is what it is: nothing is added that would hide it. */
function joined(text: string, own: string): string {
  return text.includes('-----BEGIN ') ? `${text.trimEnd()}\n${own}` : text;
}

function configuration(text: string, { path }: NamedHostFile, options: ContentOptions): FileContent {
  const { loopback } = options;
  const parsed = parseDocuments(text, path);
  const value = parsed.documents[0]?.value;
  if (value === undefined || parsed.problems.some(({ kind }) => kind === 'syntax')) return { kind: 'text', text, notes: [] };
  const { edits, notes } = configurationEdits(value, loopback);
  if (edits.length === 0) return { kind: 'text', text, notes };
  if (path === '' || isRefused(text, path, options)) return { kind: 'text', text, notes: [] };
  const edited = editYaml(text, edits);
  if (edited.kind === 'edited') return { kind: 'text', text: edited.text, notes };
  return { kind: 'leave-out', why: `left out: ${path} cannot be made fit for loopback: ${edited.why}` };
}

/** A stand-in for a KMS plug-in must not mend a file that the server refuses. */
function isRefused(text: string, path: string, { loopback, gates, automaticReload }: ContentOptions): boolean {
  if (!/^\s*kind\s*:\s*["']?Encryption/m.test(text)) return false;
  return loadEncryptionConfiguration(text, { path, minor: loopback.minor, gates, automaticReload }).kind === 'refused';
}
