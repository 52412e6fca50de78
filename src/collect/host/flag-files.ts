import type { Argument } from '../../cluster/command-line.ts';
import type { Component, HostFile } from '../../cluster/component.ts';
import type { Gap } from '../../cluster/gap.ts';
import type { JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../../cluster/json.ts';
import { parseDocuments } from '../../cluster/yaml/parse.ts';
import { redactText, tokenFileFacts } from '../redact.ts';
import { encryptionFileFacts } from './encryption-file-facts.ts';
import type { FileRole } from './file-flags.ts';
import { fileRoleOf } from './file-flags.ts';
import type { FileOwnership, FileReading, ReadHostFile } from './file-reading.ts';
import { joinHostPath, parentOf } from './file-reading.ts';
import { publicPem } from './certificates.ts';
import type { PathMapping } from './mounts.ts';

/** A file that a component's configuration names. */
export interface NamedFile {
  readonly path: string;
  readonly role: FileRole;
  /** Of a relative path in a configuration file: the path counted from that file's folder on the host, a second key. */
  readonly alias?: string;
}

/** Files of a component by the path its configuration gives, with a gap for each that is there and could not be read. */
export interface CollectedFiles {
  readonly files: Map<string, HostFile>;
  readonly gaps: Gap[];
}

/** The files that arguments name: `--flag=path`, `--flag path`, with one dash or two (etcd takes both). Empty values name none. */
export function filesNamedBy(args: readonly Argument[]): NamedFile[] {
  const files: NamedFile[] = [];
  for (const [index, argument] of args.entries()) {
    const match = /^--?([A-Za-z0-9][\w.-]*)(?:=([\s\S]*))?$/.exec(argument.text);
    const role = fileRoleOf(match?.[1] ?? '');
    const path = match?.[2] ?? args[index + 1]?.text ?? '';
    if (role !== undefined && path !== '' && !(match?.[2] === undefined && path.startsWith('-'))) files.push({ path, role });
  }
  return files;
}

/** The files that etcd's environment names: `ETCD_CERT_FILE` stands for `--cert-file`. */
export function filesNamedByEnvironment(environment: Component['environment']): NamedFile[] {
  const files: NamedFile[] = [];
  for (const [name, { value }] of environment) {
    const role = name.startsWith('ETCD_') ? fileRoleOf(name.slice(5).toLowerCase()) : undefined;
    if (role !== undefined && value !== '') files.push({ path: value, role });
  }
  return files;
}

/**
 * Reads the files that a configuration names and those that these name in turn (AdmissionConfiguration's `path`,
 * AuthorizationConfiguration's `kubeConfigFile`, etcd's configuration file), each through the container's mounts.
 */
export async function readNamedFiles(
  named: readonly NamedFile[],
  mapping: PathMapping,
  read: ReadHostFile,
): Promise<CollectedFiles> {
  const files = new Map<string, HostFile>();
  const gaps: Gap[] = [];
  const queue = [...named];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (files.has(next.path)) continue;
    const file = await readOne(next, mapping, read, gaps);
    files.set(next.path, file);
    if (next.alias !== undefined) files.set(next.alias, file);
    if (file.kind === 'seen' && file.text !== undefined && next.role === 'configuration')
      queue.push(...filesNamedIn(file.text, next.path, file.path));
  }
  return { files, gaps };
}

async function readOne(named: NamedFile, mapping: PathMapping, read: ReadHostFile, gaps: Gap[]): Promise<HostFile> {
  const where = mapping(named.path);
  // A folder without a mount is the container's own: the component makes it.
  if (where.kind === 'not-mounted' && named.role === 'directory')
    return { kind: 'not-collected', path: named.path, reason: 'it lies in the container, not on the host' };
  if (where.kind === 'not-mounted')
    return { kind: 'missing', path: named.path, reason: 'no volume mount of the static pod makes it visible' };
  if (where.kind === 'other-volume') {
    return {
      kind: 'not-collected',
      path: named.path,
      reason: `it comes from the ${where.type} volume "${where.volume}", not from the host`,
    };
  }
  const reading = await read(where.path);
  if (reading.kind === 'unreadable') gaps.push({ source: reading.source, reason: reading.reason, hint: reading.hint });
  return hostFileOf(reading, named.role);
}

/** What is kept of a file that was read, by its role. Secrets are gone from the result. */
export function hostFileOf(reading: FileReading, role: FileRole): HostFile {
  const { path } = reading;
  // Who copies a host's files leaves private keys out: that one is not in the copy says nothing of the host.
  if (reading.kind === 'no-such-file' && role === 'private-key')
    return { kind: 'not-collected', path, reason: 'no such file; private keys are left out of a copied tree' };
  if (reading.kind === 'no-such-file') return { kind: 'missing', path, reason: 'no such file' };
  if (reading.kind === 'not-collected' || reading.kind === 'unreadable')
    return { kind: 'not-collected', path, reason: reading.reason };
  const content = reading.kind === 'file' ? contentOf(reading, role) : { text: undefined, facts: { type: 'directory' } };
  return { kind: 'seen', path, source: reading.source, ...content, ...ownershipOf(reading) };
}

type Content = Pick<Extract<HostFile, { kind: 'seen' }>, 'text' | 'facts'>;

function contentOf(reading: Extract<FileReading, { kind: 'file' }>, role: FileRole): Content {
  const { text } = reading;
  if (role === 'configuration') {
    const facts = reading.facts ?? encryptionFileFacts(text);
    return { text: redactText(text), ...(facts === undefined ? {} : { facts }) };
  }
  if (role === 'kubeconfig') return { text: redactText(text) };
  if (role === 'certificate') return { text: publicPem(text) };
  return role === 'token-file' ? { text: undefined, facts: tokenFileFacts(text) } : { text: undefined };
}

/** The mode and owner of a reading, where it has them. */
export function ownershipOf(reading: FileOwnership): FileOwnership {
  return {
    ...(reading.mode === undefined ? {} : { mode: reading.mode }),
    ...(reading.uid === undefined ? {} : { uid: reading.uid }),
    ...(reading.gid === undefined ? {} : { gid: reading.gid }),
  };
}

/** The files that a configuration file names. Relative paths count from its folder, as the API server reads them. */
export function filesNamedIn(text: string, path: string, onHost: string): NamedFile[] {
  const files: NamedFile[] = [];
  const add = (value: string | undefined, role: FileRole): void => {
    if (value === undefined || value === '') return;
    const alias = joinHostPath(parentOf(onHost), value);
    const inside = joinHostPath(parentOf(path), value);
    files.push({ path: inside, role, ...(alias === inside ? {} : { alias }) });
  };
  for (const { value } of parseDocuments(text, path).documents) {
    const root = objectAt(value);
    if (root['kind'] === 'AdmissionConfiguration') {
      for (const plugin of listAt(root['plugins']).filter(isObject)) {
        add(stringAt(plugin['path']), 'configuration');
        const embedded = objectAt(plugin['configuration']);
        add(stringAt(objectAt(embedded['imagePolicy'])['kubeConfigFile']) ?? stringAt(embedded['kubeConfigFile']), 'kubeconfig');
      }
    } else if (root['kind'] === 'AuthorizationConfiguration') {
      for (const authorizer of listAt(root['authorizers']).filter(isObject)) {
        add(stringAt(objectAt(objectAt(authorizer['webhook'])['connectionInfo'])['kubeConfigFile']), 'kubeconfig');
      }
    } else if (stringAt(root['kind'])?.startsWith('EncryptionConfig') === true) {
      // Whoever reaches their folders reaches the keys and the plug-in's socket.
      add(parentOf(path), 'directory');
      for (const endpoint of kmsEndpoints(root)) add(parentOf(endpoint), 'directory');
    } else if (root['apiVersion'] === undefined) for (const file of filesOfEtcdConfiguration(root)) files.push(file);
  }
  return files;
}

/** Paths of the sockets of KMS plug-ins; abstract sockets have none. */
function kmsEndpoints(configuration: JsonObject): readonly string[] {
  return listAt(configuration['resources']).flatMap((entry) =>
    listAt(objectAt(entry)['providers']).flatMap((provider) => {
      const endpoint = stringAt(objectAt(objectAt(provider)['kms'])['endpoint']) ?? '';
      return endpoint.startsWith('unix:///') ? [endpoint.slice('unix://'.length)] : [];
    }),
  );
}

function filesOfEtcdConfiguration(root: Readonly<Record<string, unknown>>): NamedFile[] {
  const files: NamedFile[] = [];
  for (const section of ['client-transport-security', 'peer-transport-security']) {
    const members = root[section];
    if (!isObject(members)) continue;
    for (const [name, value] of Object.entries(members)) {
      const role = fileRoleOf(name);
      if (role !== undefined && typeof value === 'string' && value !== '') files.push({ path: value, role });
    }
  }
  return files;
}
