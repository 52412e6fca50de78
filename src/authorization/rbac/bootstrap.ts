import type { Json, JsonObject } from '../../cluster/json.ts';
import type { ClusterObject } from '../../cluster/objects.ts';
import { labelsOf } from '../../cluster/objects.ts';
import { rbacGroup } from './objects.ts';
import table from './bootstrap.data.json' with { type: 'json' };

const bootstrappingLabel = 'kubernetes.io/bootstrapping';
const userFacing: ReadonlySet<string> = new Set(['cluster-admin', 'admin', 'edit', 'view']);

/** Reports whether a name is one that the API server gives to roles of its own: `system:*`, cluster-admin, admin, edit, view. */
export function isBootstrapName(name: string): boolean {
  return name.startsWith('system:') || userFacing.has(name);
}

/** Reports whether an object is the API server's own: a bootstrap name and the label `kubernetes.io/bootstrapping: rbac-defaults`. */
export function isBootstrapObject(object: Pick<ClusterObject, 'name' | 'manifest'>): boolean {
  return isBootstrapName(object.name) && labelsOf(object)[bootstrappingLabel] === 'rbac-defaults';
}

/** The recorded minor whose objects stand for `minor`: itself, else the nearest lower one, else the oldest; unknown: the newest. */
export function recordedMinor(minor: number | undefined): number {
  const recorded: readonly number[] = table.recorded;
  const newest = recorded.at(-1) ?? 0;
  if (minor === undefined) return newest;
  return recorded.findLast((one) => one <= minor) ?? recorded[0] ?? newest;
}

interface Entry {
  readonly minors: readonly number[];
  readonly object: {
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly rules?: Json;
    readonly aggregationRule?: Json;
    readonly subjects?: Json;
    readonly roleRef?: Json;
  };
}

const cache = new Map<number, readonly JsonObject[]>();

/**
 * The RBAC objects that a fresh API server of a minor creates by itself, as manifests; aggregated roles not yet filled.
 *
 * Recorded from real servers (scripts/make-bootstrap-roles.mjs), with the feature gates' defaults.
 */
export function bootstrapObjects(minor: number | undefined): readonly JsonObject[] {
  const recorded = recordedMinor(minor);
  const known = cache.get(recorded);
  if (known !== undefined) return known;
  const entries = (table.objects as unknown as readonly Entry[]).filter((entry) => entry.minors.includes(recorded));
  const objects = entries.map(({ object }) => manifestOf(object));
  cache.set(recorded, objects);
  return objects;
}

function manifestOf({ kind, name, namespace, labels, rules, aggregationRule, subjects, roleRef }: Entry['object']): JsonObject {
  return {
    apiVersion: `${rbacGroup}/v1`,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { [bootstrappingLabel]: 'rbac-defaults', ...labels },
    },
    ...(rules === undefined ? {} : { rules }),
    ...(aggregationRule === undefined ? {} : { aggregationRule }),
    ...(subjects === undefined ? {} : { subjects }),
    ...(roleRef === undefined ? {} : { roleRef }),
  };
}
