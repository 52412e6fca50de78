import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { componentsOf } from '../cluster/components.ts';
import { clusterVersion } from '../cluster/component-version.ts';
import type { ByteSource } from '../etcd/snapshot/byte-source.ts';
import { openFileSource } from '../etcd/snapshot/byte-source.ts';
import type { EtcdSettings } from '../etcd/settings.ts';
import { etcdSettingsOf } from '../etcd/settings.ts';
import { readComponentFile } from '../verify/host-files.ts';
import { UsageError } from './errors.ts';
import { readUserFile } from './user-file.ts';
import { append } from './append.ts';

/** Options that say where stored values are read from. */
export interface EtcdOptions {
  readonly snapshot?: string;
  readonly hostRoot: readonly string[];
  readonly endpoint: readonly string[];
  readonly cacert?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly etcdPrefix?: string;
}

/** Where stored values are: a file, or an etcd that runs. */
export type StoredSource =
  | {
      readonly kind: 'snapshot';
      readonly name: string;
      readonly source: ByteSource & { close(): void };
      readonly prefix?: string;
    }
  | { readonly kind: 'etcd'; readonly name: string; readonly settings: EtcdSettings; readonly prefix: string };

function endpointUrl(value: string, former: readonly string[]): readonly string[] {
  if (!/^https?:\/\/[^/\s]+\/?$/.test(value)) throw new InvalidArgumentError('expected https://HOST:PORT.');
  return append(value.replace(/\/$/, ''), former);
}

/** Adds the options to a command; `snapshot`: whether a file will do. */
export function addEtcdOptions(command: Command, { snapshot } = { snapshot: true }): Command {
  if (snapshot) command.option('--snapshot <file>', 'an etcd snapshot, or a member’s snap/db');
  return command
    .option('--host-root <dir>', 'host whose API server says where etcd is (default: /)', append, [])
    .option('--endpoint <url>', 'an endpoint of etcd; repeatable', endpointUrl, [])
    .option('--cacert <file>', 'authority of the endpoints, PEM')
    .option('--cert <file>', 'client certificate, PEM')
    .option('--key <file>', 'key of the client certificate, PEM')
    .option('--etcd-prefix <path>', 'prefix of the API server’s keys (default: found out, else /registry)');
}

/**
 * Opens the file or finds the etcd that the options name; without either, the one of the API server on this host.
 *
 * Errors: UsageError where nothing can be opened or found.
 */
export async function openStored(options: EtcdOptions): Promise<StoredSource> {
  const prefix = options.etcdPrefix === undefined ? undefined : `/${options.etcdPrefix.split('/').filter(Boolean).join('/')}`;
  if (options.snapshot !== undefined) {
    if (options.endpoint.length > 0) throw new UsageError('--snapshot and --endpoint exclude each other');
    return {
      kind: 'snapshot',
      name: options.snapshot,
      source: opened(options.snapshot),
      ...(prefix === undefined ? {} : { prefix }),
    };
  }
  if (options.endpoint.length > 0) {
    const settings = {
      endpoints: options.endpoint,
      ...pem('authorities', options.cacert),
      ...pem('certificate', options.cert),
      ...pem('key', options.key),
    };
    return { kind: 'etcd', name: options.endpoint.join(', '), settings, prefix: prefix ?? '/registry' };
  }
  const found = await settingsOfHost(options.hostRoot.length === 0 ? ['/'] : options.hostRoot);
  return { ...found, ...(prefix === undefined ? {} : { prefix }) };
}

function opened(path: string): ByteSource & { close(): void } {
  try {
    return openFileSource(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'it is no plain file';
    throw new UsageError(`${path}: cannot be read: ${code}`, 'name a file that `etcdctl snapshot save` wrote');
  }
}

function pem(name: 'authorities' | 'certificate' | 'key', path: string | undefined): Partial<EtcdSettings> {
  if (path === undefined) return {};
  return { [name]: readUserFile(path, 'PEM file') };
}

async function settingsOfHost(hostRoots: readonly string[]): Promise<Extract<StoredSource, { kind: 'etcd' }>> {
  const { collect } = await import('../collect/collect.ts');
  const hint = 'name a file: --snapshot FILE, an endpoint: --endpoint URL, or the tree of a control-plane host: --host-root DIR';
  const cluster = await collect({
    paths: [],
    hostRoots,
    auditLogs: [],
    parts: [],
    names: hostRoots,
    stdin: () => Buffer.alloc(0),
    progress: () => undefined,
  });
  const seen = componentsOf(cluster, 'kube-apiserver').find(({ component }) => component !== undefined)?.component;
  if (seen === undefined) throw new UsageError('no API server on this host says where etcd is', hint);
  const reading = etcdSettingsOf(seen, clusterVersion(cluster)?.minor, (path) => readComponentFile(seen, path, hostRoots));
  if (reading.kind === 'unknown') throw new UsageError(`etcd cannot be asked: ${reading.why}`, hint);
  return { kind: 'etcd', name: reading.settings.endpoints.join(', '), settings: reading.settings, prefix: reading.prefix };
}
