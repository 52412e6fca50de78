import type { Change, ObjectReference } from '../cluster/change.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Component } from '../cluster/component.ts';
import type { JsonObject } from '../cluster/json.ts';
import { isObject } from '../cluster/json.ts';
import { ObjectIndex } from '../cluster/objects.ts';
import { isHostChange, plannedCluster } from './planned-cluster.ts';
import type { ObjectChange } from './planned-objects.ts';
import { afterPatch, appliedOver, isObjectChange, objectIn, objectKey, referenceOf } from './planned-objects.ts';

const noObjects = new ObjectIndex([]);

/**
 * A cluster while the groups of a plan are carried out one after the other: components, and single objects by name. Cheaper than a whole
 * planned cluster for each of hundreds of groups.
 */
export class Replay {
  readonly #objects: ObjectIndex;
  readonly #changed = new Map<string, JsonObject | undefined>();
  #hosts: Cluster;

  constructor(cluster: Cluster) {
    this.#objects = cluster.objects;
    this.#hosts = { ...cluster, objects: noObjects };
  }

  get components(): readonly Component[] {
    return this.#hosts.components;
  }

  /** The object as it is now; `undefined` where there is none. */
  object(reference: ObjectReference): JsonObject | undefined {
    const key = objectKey(reference);
    return this.#changed.has(key) ? this.#changed.get(key) : objectIn(this.#objects, reference)?.manifest;
  }

  /** Carries changes out. */
  apply(changes: readonly Change[]): void {
    const onHosts = changes.filter(isHostChange);
    if (onHosts.length > 0) this.#hosts = plannedCluster(this.#hosts, onHosts);
    for (const change of changes.filter(isObjectChange)) {
      const reference = referenceOf(change);
      this.#changed.set(objectKey(reference), changed(this.object(reference), change));
    }
  }
}

function changed(live: JsonObject | undefined, change: ObjectChange): JsonObject | undefined {
  if (change.kind === 'delete-object' || (change.kind === 'patch-object' && live === undefined)) return undefined;
  const next = change.kind === 'apply-object' ? appliedOver(live, change.object) : afterPatch(live, change);
  return isObject(next) ? next : live;
}
