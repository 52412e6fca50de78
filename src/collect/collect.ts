import { basename, dirname, resolve } from 'node:path';
import { AuditDigester } from '../audit/digest.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Document } from '../cluster/document.ts';
import { readArchive } from './archive.ts';
import { readAuditLog } from './audit-log.ts';
import { collectHostTree } from './host/collect-host.ts';
import { componentsFromDocuments } from './host/loose-documents.ts';
import { readerOfLooseFiles } from './host/loose-reader.ts';
import { kubeconfigOf } from './host/kubeconfig.ts';
import { mirrorPodComponents } from './host/mirror-pods.ts';
import { readManifests } from './manifests.ts';
import type { ClusterParts } from './parts.ts';
import { mergeParts } from './parts.ts';
import type { LooseFile, PathContent } from './read-paths.ts';
import { readPaths } from './read-paths.ts';

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
  const content = readPaths(options.paths, {
    ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
    progress: (done, of) => progress('files', done, of),
  });
  const parts: ClusterParts[] = [...(options.parts ?? []), { gaps: content.gaps, counts: { ...content.counts } }];
  for (const path of content.archives) parts.push(await archiveParts(path));
  for (const root of [...options.hostRoots, ...content.hostRoots]) {
    progress(`host ${root}`);
    parts.push(await collectHostTree(root));
  }
  progress('objects');
  const manifests = readManifests(content.documents);
  parts.push({ ...manifests, components: mirrorPodComponents(manifests.objects), counts: { foreign: manifests.foreign } });
  parts.push(...(await looseParts(content)), ...(await kubeconfigParts(content)));
  const logs = [...options.auditLogs, ...content.auditLogs];
  if (logs.length > 0) parts.push(await auditParts(logs, progress));
  return mergeParts(options.names, parts);
}

async function archiveParts(path: string): Promise<ClusterParts> {
  const reading = await readArchive(path);
  if (reading.kind === 'refused')
    return { gaps: [{ source: path, reason: reading.message, hint: 'collect again with `bulwark collect --out FILE`' }] };
  const { objects, ...rest } = reading.cluster;
  const gaps =
    reading.kind === 'partial' ? [{ source: path, reason: reading.reason, hint: 'what came before the damage was read' }] : [];
  return { ...rest, objects: objects.all, gaps: [...rest.gaps, ...gaps] };
}

/** Components whose files lie loose: by folder, each folder a host of its own where several folders hold some. */
async function looseParts(content: PathContent): Promise<readonly ClusterParts[]> {
  const folders = new Map<string, { documents: Document[]; files: LooseFile[] }>();
  const folderOf = (source: string): { documents: Document[]; files: LooseFile[] } => {
    const name = dirname(resolve(source));
    const folder = folders.get(name) ?? { documents: [], files: [] };
    folders.set(name, folder);
    return folder;
  };
  for (const document of content.documents) folderOf(document.source).documents.push(document);
  for (const file of content.configurations) {
    folderOf(file.source).files.push(file);
    folderOf(file.source).documents.push(...file.documents);
  }
  const found: { name: string; parts: Awaited<ReturnType<typeof componentsFromDocuments>> }[] = [];
  for (const [name, folder] of folders) {
    // A file beside the manifest is meant before one of the same name elsewhere.
    const own = readerOfLooseFiles(folder.files);
    const others = readerOfLooseFiles(content.configurations);
    const read: typeof own = async (path) => {
      const reading = await own(path);
      return reading.kind === 'not-collected' ? others(path) : reading;
    };
    found.push({ name, parts: await componentsFromDocuments(folder.documents, read, { host: basename(name) }) });
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

async function kubeconfigParts(content: PathContent): Promise<readonly ClusterParts[]> {
  const none = readerOfLooseFiles([]);
  const kubeconfigs = await Promise.all(
    content.kubeconfigs.map((document) =>
      kubeconfigOf(document, { folder: dirname(document.source), inUse: false, readFile: none }),
    ),
  );
  return [{ kubeconfigs }];
}

async function auditParts(logs: readonly string[], progress: (what: string) => void): Promise<ClusterParts> {
  const digester = new AuditDigester();
  const gaps: NonNullable<ClusterParts['gaps']>[number][] = [];
  let events = 0;
  for (const log of logs) {
    progress(`audit log ${log}`);
    digester.addSource(log);
    const reading = await readAuditLog(log, log, (event, place) => digester.add(event, place));
    digester.addUnreadable(reading.unreadable);
    gaps.push(...reading.gaps);
    events += reading.events;
  }
  if (events === 0) return { gaps };
  return { auditDigest: digester.digest(), gaps, counts: { auditEvents: events } };
}
