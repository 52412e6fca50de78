import type { Cluster } from './cluster.ts';
import type { JsonObject } from './json.ts';
import { objectAt, stringAt } from './json.ts';
import type { KindKey } from './objects.ts';

/** Kinds a user declares complete (`complete: [Kind, …]` or `all` in the settings file). */
export type Complete = 'all' | readonly string[];

/**
 * Reports whether absence of objects of a kind may be believed, and if not, what would show it.
 *
 * Listed: by the API or an archive (whole, not refused, not cut off), by a typed list in a file, by a dump (files that hold the
 * Namespace kube-system and at least one object of the kind), or by the setting `complete`. Source: essential.md 0.4.
 */
export function listingOf(
  cluster: Cluster,
  kind: KindKey,
  complete: Complete,
): { readonly listed: boolean; readonly settles: string } {
  const plain = kind.split('.')[0] ?? kind;
  const refused = cluster.gaps.find((gap) => gap.kind === kind);
  const declared = complete === 'all' || complete.includes(kind) || complete.includes(plain);
  const listed =
    declared || (refused === undefined && (cluster.listings.some((listing) => listing.kind === kind) || isDumped(cluster, kind)));
  if (listed) return { listed, settles: '' };
  if (refused !== undefined)
    return {
      listed,
      settles: `${plain} objects could not be listed (${refused.reason})${refused.hint === undefined ? '' : `: ${refused.hint}`}`,
    };
  return {
    listed,
    settles: `${plain} objects were not listed: scan the live cluster, a dump or a typed list, or declare \`complete: [${plain}]\``,
  };
}

function isDumped(cluster: Cluster, kind: KindKey): boolean {
  const system = cluster.objects.get('Namespace', undefined, 'kube-system');
  return system?.seenIn === 'file' && cluster.objects.ofKind(kind).some((object) => object.seenIn === 'file');
}

/** A namespace that the evidence names. */
export interface KnownNamespace {
  readonly name: string;
  /** Its Namespace object, where it was seen. */
  readonly object: Cluster['objects']['all'][number] | undefined;
}

/** All namespaces named by a Namespace object or by any object's `metadata.namespace`, without those being deleted; sorted by name. */
export function namespacesOf(cluster: Cluster): readonly KnownNamespace[] {
  const names = new Set<string>();
  for (const object of cluster.objects.all) {
    const name = object.kindKey === 'Namespace' ? object.name : object.namespace;
    if (name !== undefined) names.add(name);
  }
  return [...names]
    .sort()
    .map((name) => ({ name, object: cluster.objects.get('Namespace', undefined, name) }))
    .filter(({ object }) => object === undefined || !isBeingDeleted(object.manifest));
}

/** Reports whether a namespace is on its way out: nothing in it is judged any more. */
export function isBeingDeleted(namespace: JsonObject): boolean {
  const deletion = stringAt(objectAt(namespace['metadata'])['deletionTimestamp']);
  return deletion !== undefined || objectAt(namespace['status'])['phase'] === 'Terminating';
}
