import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../cluster/json.ts';
import { listAt, objectAt, stringAt } from '../cluster/json.ts';
import { messageOf } from '../collect/live/api-client.ts';
import { groupPath } from '../collect/live/live-kinds.ts';
import type { ObjectApi } from './object-api.ts';
import { ApiRefusal } from './object-api.ts';

const group = 'storagemigration.k8s.io';
const kind = 'StorageVersionMigration';

/** How a migration ended; `none`: the cluster has none, or nobody carries it out, and why. */
export type Migrated = { readonly kind: 'migrated' } | { readonly kind: 'none'; readonly why: string };

export interface MigrateOptions {
  /** Of the StorageVersionMigration; one of this name that is there already is waited for. */
  readonly name: string;
  /** Milliseconds until somebody must have begun with it. */
  readonly beginMs?: number;
  /** Milliseconds until it must have ended. */
  readonly waitMs: number;
  readonly now?: () => number;
}

/**
 * Has the cluster itself store every object of a resource anew: a StorageVersionMigration, which the controller manager carries out and
 * which is removed afterwards. Where the API serves none, no controller manager shows its lease, it refuses, does not begin or fails, nothing is
 * lost and the caller writes the objects itself. A migration writes what the server calls stale, and nothing else.
 *
 * Served as `v1` and on from 1.37; `v1beta1` (1.35, 1.36) and `v1alpha1` (1.30 to 1.34), whose `resource` names a version too, where
 * somebody switched them on. Throws LiveFault where no server answers.
 */
export async function migrateStorage(
  api: ObjectApi,
  resource: { readonly apiGroup: string; readonly resource: string; readonly version: string },
  options: MigrateOptions,
): Promise<Migrated> {
  const { name, beginMs = 60_000, waitMs, now = Date.now } = options;
  try {
    const version = await servedVersion(api);
    if (version === undefined) return { kind: 'none', why: `the cluster serves no ${kind}` };
    if (!(await hasControllerManager(api, now()))) return { kind: 'none', why: 'no controller manager holds its lease' };
    const reference = { apiVersion: `${group}/${version}`, kind, name };
    if ((await api.read(reference)) === undefined)
      await api.create(migrationOf(reference.apiVersion, name, version, resource), { dryRun: false });
    const begun = now();
    for (;;) {
      const migration = await api.read(reference);
      if (migration === undefined) return { kind: 'none', why: `somebody removed the ${kind} ${name}` };
      const ended = endOf(migration);
      const waited = now() - begun;
      if (ended === undefined && waited < (hasBegun(migration) ? waitMs : Math.min(beginMs, waitMs))) {
        await sleep(500);
        continue;
      }
      await api.remove(reference, stringAt(objectAt(migration['metadata'])['uid']) ?? '', { dryRun: false });
      return ended ?? { kind: 'none', why: hasBegun(migration) ? `the ${kind} ${name} does not end` : 'nobody carries it out' };
    }
  } catch (error) {
    if (error instanceof ApiRefusal) return { kind: 'none', why: error.message };
    throw error;
  }
}

async function servedVersion(api: ObjectApi): Promise<string | undefined> {
  for (const version of ['v1', 'v1beta1', 'v1alpha1']) {
    const { status, body } = await api.client.get(groupPath(group, version));
    if (status === 200 && listAt(objectAt(body)['resources']).some((item) => objectAt(item)['kind'] === kind)) return version;
    if (status !== 200 && status !== 404)
      throw new ApiRefusal(`${groupPath(group, version)}: ${status} ${messageOf(body)}`, { status });
  }
  return undefined;
}

/** The controller manager renews its lease every two seconds. */
const leaseMs = 60_000;

async function hasControllerManager(api: ObjectApi, now: number): Promise<boolean> {
  const reference = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    namespace: 'kube-system',
    name: 'kube-controller-manager',
  };
  const lease = await api.read(reference);
  const renewed = Date.parse(stringAt(objectAt(lease?.['spec'])['renewTime']) ?? '');
  return Math.abs(now - renewed) < leaseMs;
}

function migrationOf(
  apiVersion: string,
  name: string,
  served: string,
  { apiGroup, resource, version }: { readonly apiGroup: string; readonly resource: string; readonly version: string },
): JsonObject {
  const of = { group: apiGroup, resource, ...(served === 'v1alpha1' ? { version } : {}) };
  return { apiVersion, kind, metadata: { name }, spec: { resource: of } };
}

function conditionsOf(migration: JsonObject): readonly JsonObject[] {
  return listAt(objectAt(migration['status'])['conditions']).map(objectAt);
}

function hasBegun(migration: JsonObject): boolean {
  return conditionsOf(migration).length > 0 || stringAt(objectAt(migration['status'])['resourceVersion']) !== undefined;
}

function endOf(migration: JsonObject): Migrated | undefined {
  const isTrue = (type: string) => conditionsOf(migration).find((one) => one['type'] === type && one['status'] === 'True');
  if (isTrue('Succeeded') !== undefined) return { kind: 'migrated' };
  const failed = isTrue('Failed');
  return failed === undefined ? undefined : { kind: 'none', why: `the ${kind} failed: ${stringAt(failed['message']) ?? ''}` };
}
