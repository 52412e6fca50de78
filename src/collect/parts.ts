import type { AuditDigest, Cluster, HostDirectory, Kubeconfig, Listing } from '../cluster/cluster.ts';
import type { Component } from '../cluster/component.ts';
import { controlPlaneNodes } from '../cluster/components.ts';
import type { Document } from '../cluster/document.ts';
import type { Gap } from '../cluster/gap.ts';
import type { ClusterObject } from '../cluster/objects.ts';
import { ObjectIndex } from '../cluster/objects.ts';
import type { StoredInventory } from '../cluster/stored-inventory.ts';

/** What one source shows of a cluster. */
export interface ClusterParts {
  readonly gitVersion?: NonNullable<Cluster['gitVersion']>;
  readonly objects?: readonly ClusterObject[];
  readonly listings?: readonly Listing[];
  readonly components?: readonly Component[];
  readonly configurations?: readonly Document[];
  readonly directories?: readonly HostDirectory[];
  readonly kubeconfigs?: readonly Kubeconfig[];
  readonly self?: NonNullable<Cluster['self']>;
  readonly auditDigest?: AuditDigest;
  readonly storedInventories?: readonly StoredInventory[];
  readonly gaps?: readonly Gap[];
  readonly counts?: Readonly<Record<string, number>>;
}

/** Puts the parts of several sources together. A version or identity that two sources show is the first one's. */
export function mergeParts(sources: readonly string[], parts: readonly ClusterParts[]): Cluster {
  const all = <T>(pick: (part: ClusterParts) => readonly T[] | undefined): T[] => parts.flatMap((part) => pick(part) ?? []);
  const gitVersion = parts.find((part) => part.gitVersion !== undefined)?.gitVersion;
  const self = parts.find((part) => part.self !== undefined)?.self;
  const auditDigest = parts.find((part) => part.auditDigest !== undefined)?.auditDigest;
  const storedInventories = all((part) => part.storedInventories);
  const counts: Record<string, number> = {};
  for (const part of parts)
    for (const [name, count] of Object.entries(part.counts ?? {})) counts[name] = (counts[name] ?? 0) + count;
  const cluster: Cluster = {
    sources,
    ...(gitVersion === undefined ? {} : { gitVersion }),
    objects: new ObjectIndex(all((part) => part.objects)),
    listings: all((part) => part.listings),
    components: all((part) => part.components),
    configurations: all((part) => part.configurations),
    directories: all((part) => part.directories),
    kubeconfigs: all((part) => part.kubeconfigs),
    ...(self === undefined ? {} : { self }),
    ...(auditDigest === undefined ? {} : { auditDigest }),
    ...(storedInventories.length === 0 ? {} : { storedInventories }),
    gaps: all((part) => part.gaps),
    counts,
  };
  return nameTheOnlyHost(cluster);
}

/** Configuration that lay loose names no host: where there is one control-plane node alone, or one node, it is that node's. */
function nameTheOnlyHost(cluster: Cluster): Cluster {
  const nodes = cluster.objects.ofKind('Node').map((node) => node.name);
  const planes = controlPlaneNodes(cluster);
  const only = planes.length === 1 ? planes[0] : nodes.length === 1 ? nodes[0] : undefined;
  if (only === undefined) return cluster;
  return {
    ...cluster,
    components: cluster.components.map((component) => (component.host === '' ? { ...component, host: only } : component)),
  };
}
