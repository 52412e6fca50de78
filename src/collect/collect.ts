import { statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { AuditDigester } from '../audit/digest.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Component } from '../cluster/component.ts';
import type { Document } from '../cluster/document.ts';
import { readArchive } from './archive.ts';
import { readAuditLog } from './audit-log.ts';
import { openFileSource } from '../etcd/snapshot/byte-source.ts';
import { NotASnapshot } from '../etcd/snapshot/layout.ts';
import { inventoryOfSnapshot } from './etcd/snapshot-inventory.ts';
import { systemGap } from './folder-walk.ts';
import { collectHostTree } from './host/collect-host.ts';
import type { ReadHostFile } from './host/file-reading.ts';
import type { LooseComponents } from './host/loose-documents.ts';
import { componentsFromDocuments } from './host/loose-documents.ts';
import { readerOfLooseFiles } from './host/loose-reader.ts';
import { componentsFromText } from './host/loose-text.ts';
import { kubeconfigOf } from './host/kubeconfig.ts';
import { mirrorPodComponents } from './host/mirror-pods.ts';
import { readManifests } from './manifests.ts';
import type { ClusterParts } from './parts.ts';
import { mergeParts } from './parts.ts';
import type { LooseFile, LooseText, PathContent } from './read-paths.ts';
import { readPaths } from './read-paths.ts';
import type { ByteSource } from './unpacked-bytes.ts';

export interface CollectOptions {
  /** Files, folders, archives, audit logs, `-`: told by content. */
  readonly paths: readonly string[];
  /** Copied host trees, or `/`. */
  readonly hostRoots: readonly string[];
  readonly auditLogs: readonly string[];
  /** Parts that were collected elsewhere: the live cluster. */
  readonly parts?: readonly ClusterParts[];
  /** Names of the sources as the report shows them. */
  readonly names: readonly string[];
  readonly stdin?: () => Buffer;
  /** Called with what is being read, for a line of progress. */
  readonly progress?: (what: string, done?: number, of?: number) => void;
}

/**
 * Reads all sources into one Cluster.
 *
 * What cannot be read is a gap; nothing is thrown for what is inside a source. Secrets are blanked before anything is kept.
 */
export async function collect(options: CollectOptions): Promise<Cluster> {
  const progress = options.progress ?? (() => undefined);
  const stdin = readOnce(options.stdin ?? (() => Buffer.alloc(0)));
  const bytesOf = (path: string): ByteSource => (path === '-' ? stdin() : path);
  const content = readPaths(options.paths, {
    stdin,
    progress: (done, of) => progress('files', done, of),
  });
  const parts: ClusterParts[] = [...(options.parts ?? []), { gaps: content.gaps, counts: { ...content.counts } }];
  for (const path of content.archives) parts.push(await archiveParts(path, bytesOf(path)));
  for (const [roots, ownership] of [[options.hostRoots, true] as const, [content.hostRoots, false] as const])
    for (const root of roots) {
      progress(`host ${root}`);
      parts.push(await hostParts(root, ownership));
    }
  for (const path of content.snapshots) parts.push(snapshotParts(path, progress));
  progress('objects');
  const manifests = readManifests(content.documents);
  parts.push({ ...manifests, components: mirrorPodComponents(manifests.objects), counts: { foreign: manifests.foreign } });
  parts.push(...(await looseParts(content)), ...(await kubeconfigParts(content)));
  const logs = [...options.auditLogs, ...content.auditLogs];
  if (logs.length > 0) parts.push(await auditParts(logs, bytesOf, progress));
  return mergeParts(options.names, parts);
}

/** A host tree; one that is not there, or that shows nothing of a host, is a gap: nobody may take it for a host without faults. */
async function hostParts(root: string, ownership: boolean): Promise<ClusterParts> {
  try {
    if (!statSync(root).isDirectory())
      return {
        gaps: [
          { source: root, reason: 'a file, not the folder of a host tree', hint: 'give it as a SOURCE, without --host-root' },
        ],
      };
  } catch (error) {
    return { gaps: [systemGap(root, error)] };
  }
  const parts: ClusterParts = await collectHostTree(root, { ownership });
  const lists = [parts.components, parts.configurations, parts.directories, parts.kubeconfigs, parts.gaps];
  if (lists.some((list) => (list?.length ?? 0) > 0)) return parts;
  const gap = {
    source: root,
    reason: 'no component of Kubernetes was found below it',
    hint: "give a host's root, with etc/kubernetes, etc/rancher or the like below it",
  };
  return { ...parts, gaps: [gap] };
}

const megabyte = 1_000_000;

/** What is damaged in a snapshot stands in its inventory; a file that is none is a gap. */
function snapshotParts(path: string, progress: NonNullable<CollectOptions['progress']>): ClusterParts {
  const source = openFileSource(path);
  try {
    const inventory = inventoryOfSnapshot(source, path, {
      progress: (done, of) => progress(`${path}, megabytes`, Math.round(done / megabyte), Math.round(of / megabyte)),
    });
    return { storedInventories: [inventory] };
  } catch (error) {
    if (!(error instanceof NotASnapshot)) throw error;
    return { gaps: [{ source: path, reason: error.message, hint: 'give a file that `etcdctl snapshot save` wrote' }] };
  } finally {
    source.close();
  }
}

/** Standard input can be read once alone; an archive or audit log that came through it is read again from its bytes. */
function readOnce(read: () => Buffer): () => Buffer {
  let bytes: Buffer | undefined;
  return () => (bytes ??= read());
}

async function archiveParts(path: string, from: ByteSource): Promise<ClusterParts> {
  const reading = await readArchive(path, from);
  if (reading.kind === 'refused')
    return { gaps: [{ source: path, reason: reading.message, hint: 'collect again with `bulwark collect --out FILE`' }] };
  const { objects, ...rest } = reading.cluster;
  const gaps =
    reading.kind === 'partial' ? [{ source: path, reason: reading.reason, hint: 'what came before the damage was read' }] : [];
  return { ...rest, objects: objects.all, gaps: [...rest.gaps, ...gaps] };
}

interface LooseFolder {
  readonly documents: Document[];
  readonly files: LooseFile[];
  readonly texts: LooseText[];
}

/** Components whose files lie loose: by folder, each folder a host of its own where several folders hold some. */
async function looseParts(content: PathContent): Promise<readonly ClusterParts[]> {
  const folders = new Map<string, LooseFolder>();
  const folderOf = (source: string): LooseFolder => {
    const name = dirname(resolve(source));
    const folder = folders.get(name) ?? { documents: [], files: [], texts: [] };
    folders.set(name, folder);
    return folder;
  };
  for (const document of content.documents) folderOf(document.source).documents.push(document);
  for (const file of content.configurations) {
    folderOf(file.source).files.push(file);
    folderOf(file.source).documents.push(...file.documents);
  }
  for (const text of content.texts) folderOf(text.source).texts.push(text);
  const everywhere = readerOfLooseFiles([...content.configurations, ...content.texts]);
  const found: { name: string; parts: LooseComponents }[] = [];
  for (const [name, folder] of folders) {
    // A file beside the manifest is meant before one of the same name elsewhere.
    const own = readerOfLooseFiles([...folder.files, ...folder.texts]);
    const read: typeof own = async (path) => {
      const reading = await own(path);
      return reading.kind === 'not-collected' ? everywhere(path) : reading;
    };
    const loose = await componentsFromDocuments(folder.documents, read, { host: basename(name) });
    const parts = { ...loose, components: withManifestTexts(loose.components, content.manifestTexts) };
    found.push({
      name,
      parts: withTexts(parts, await Promise.all(folder.texts.map((text) => textParts(text, read, basename(name))))),
    });
  }
  const holding = found.filter(({ parts }) => parts.components.length > 0);
  const single = holding.length === 1;
  return found.map(({ name, parts }) => ({
    ...parts,
    components: single
      ? parts.components.map((component) => (component.host === basename(name) ? { ...component, host: '' } : component))
      : parts.components,
  }));
}

/** The components of a loose text. One that a user named and that holds none is a gap, but for an environment file. */
async function textParts(
  { source, text, named }: LooseText,
  read: ReadHostFile,
  host: string,
): Promise<Pick<LooseComponents, 'components' | 'gaps'>> {
  const parts = await componentsFromText(text, source, read, { host });
  if (!named || parts.components.length > 0 || source.endsWith('.env')) return parts;
  const gap = {
    source,
    reason: 'no command line of a component of Kubernetes or of etcd',
    hint: 'give a unit that starts one, its arguments in a file named as kube-apiserver.args, or /proc/PID/cmdline',
  };
  return { components: [], gaps: [...parts.gaps, gap] };
}

function withTexts(parts: LooseComponents, texts: readonly Pick<LooseComponents, 'components' | 'gaps'>[]): LooseComponents {
  return {
    ...parts,
    components: [...parts.components, ...texts.flatMap((text) => text.components)],
    gaps: [...parts.gaps, ...texts.flatMap((text) => text.gaps)],
  };
}

function withManifestTexts(components: readonly Component[], texts: ReadonlyMap<string, string>): readonly Component[] {
  return components.map((component) => {
    const text = component.seenAs === 'static-pod' ? texts.get(component.document.source) : undefined;
    return text === undefined ? component : { ...component, text };
  });
}

async function kubeconfigParts(content: PathContent): Promise<readonly ClusterParts[]> {
  const none = readerOfLooseFiles([]);
  const kubeconfigs = await Promise.all(
    content.kubeconfigs.map((document) =>
      kubeconfigOf(document, { folder: dirname(document.source), inUse: false, readFile: none }),
    ),
  );
  return [{ kubeconfigs }];
}

async function auditParts(
  logs: readonly string[],
  bytesOf: (path: string) => ByteSource,
  progress: (what: string) => void,
): Promise<ClusterParts> {
  const digester = new AuditDigester();
  const gaps: NonNullable<ClusterParts['gaps']>[number][] = [];
  let events = 0;
  for (const log of logs) {
    progress(`audit log ${log}`);
    digester.addSource(log);
    const reading = await readAuditLog(bytesOf(log), log, (event, place) => digester.add(event, place));
    digester.addUnreadable(reading.unreadable);
    gaps.push(...reading.gaps);
    events += reading.events;
  }
  if (events === 0) return { gaps };
  return { auditDigest: digester.digest(), gaps, counts: { auditEvents: events } };
}
