import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Cluster } from '../cluster/cluster.ts';
import type { ClusterParts } from '../collect/parts.ts';
import { UsageError } from './errors.ts';
import { progressLine } from './progress.ts';
import { append } from './append.ts';

/** Options that say where a cluster is read from; every command that reads one has them. */
export interface SourceOptions {
  readonly hostRoot: readonly string[];
  readonly auditLog: readonly string[];
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
}

/** Adds SOURCE and the options beside it to a command. */
export function addSourceOptions(
  command: Command,
  sources = 'files, folders, archives, audit logs, - (stdin); none: the live cluster',
): Command {
  return command
    .argument('[source...]', sources)
    .option('--host-root <dir>', 'read a copied host tree; repeatable, / is this machine', append, [])
    .option('--audit-log <log>', 'read an audit log; repeatable', append, [])
    .option('--kubeconfig <file>', 'kubeconfig of the live cluster')
    .option('--context <name>', 'context of the kubeconfig')
    .option('-n, --namespace <name>', 'read one namespace of the live cluster alone');
}

/**
 * Collects the cluster that a command line names: the sources, and the live cluster where none is named or a kubeconfig or context is, or
 * `always`.
 *
 * Errors: UsageError where nothing at all could be read.
 */
export async function collectCluster(
  sources: readonly string[],
  options: SourceOptions,
  live: 'as named' | 'always' = 'as named',
): Promise<Cluster> {
  const { collect } = await import('../collect/collect.ts');
  const named = sources.length > 0 || options.hostRoot.length > 0 || options.auditLog.length > 0;
  const wantsLive = live === 'always' || !named || options.kubeconfig !== undefined || options.context !== undefined;
  const progress = progressLine();
  try {
    const parts: ClusterParts[] = wantsLive ? [await liveParts(options, progress.show)] : [];
    const liveNames = parts.length > 0 ? [liveName(options)] : [];
    const cluster = await collect({
      paths: sources,
      hostRoots: options.hostRoot,
      auditLogs: options.auditLog,
      parts,
      names: [...liveNames, ...sources, ...options.hostRoot, ...options.auditLog],
      stdin: () => readFileSync(0),
      progress: progress.show,
    });
    if (!readAnything(cluster)) throw nothingRead(cluster);
    return cluster;
  } finally {
    progress.clear();
  }
}

function liveName(options: SourceOptions): string {
  return options.context === undefined ? 'live cluster' : `live cluster ${options.context}`;
}

async function liveParts(options: SourceOptions, show: (what: string) => void): Promise<ClusterParts> {
  const { collectLive } = await import('../collect/live/collect-live.ts');
  return collectLive({
    ...(options.kubeconfig === undefined ? {} : { kubeconfig: options.kubeconfig }),
    ...(options.context === undefined ? {} : { context: options.context }),
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    progress: show,
  });
}

function readAnything(cluster: Cluster): boolean {
  const { objects, components, configurations, kubeconfigs, listings, directories } = cluster;
  const lists = [objects.all, components, configurations, kubeconfigs, listings, directories];
  return (
    lists.some((list) => list.length > 0) ||
    cluster.gitVersion !== undefined ||
    cluster.auditDigest !== undefined ||
    cluster.storedInventories !== undefined ||
    // An audit policy or EncryptionConfiguration without the server that names it: read, though it settles nothing.
    (cluster.counts['configurations'] ?? 0) > 0
  );
}

function nothingRead(cluster: Cluster): UsageError {
  const places = cluster.gaps.map((gap) => {
    const position = gap.line === undefined ? '' : `:${gap.line}${gap.column === undefined ? '' : `:${gap.column}`}`;
    return `${gap.source}${position}: ${gap.reason}${gap.hint === undefined ? '' : ` (${gap.hint})`}`;
  });
  const shown = places.slice(0, 5).join('\n  ');
  const more = places.length > 5 ? `\n  and ${places.length - 5} more` : '';
  return new UsageError(
    places.length === 0
      ? 'nothing of a cluster could be read from the sources'
      : `nothing of a cluster could be read:\n  ${shown}${more}`,
    'give manifests, a host tree (--host-root), an archive, an audit log, or a kubeconfig that reaches a cluster',
  );
}
