import type { Cluster } from '../../cluster/cluster.ts';
import type { Json, JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../../cluster/json.ts';
import type { ClusterObject } from '../../cluster/objects.ts';
import { placeIn } from '../../cluster/objects.ts';
import type { Evidence } from '../../results/finding.ts';
import type { ReadableWorkload } from './per-workload.ts';
import { placeInPod } from './per-workload.ts';

/** A path of the host that a pod mounts, or could. */
export interface HostPath {
  /** The pod's volume, or the StatefulSet's claim template. */
  readonly volume: string;
  readonly path: string;
  readonly evidence: readonly Evidence[];
}

/** What the volumes of a pod lead to. */
export interface HostPaths {
  readonly found: readonly HostPath[];
  /** Claims whose PersistentVolume was not seen. */
  readonly unseenClaims: readonly string[];
}

/** A claim that pods of a workload mount, by the names under which it may exist, with the place that asks for it. */
interface MountedClaim {
  readonly volume: string;
  readonly claims: readonly string[];
  readonly evidence: Evidence;
}

/**
 * Finds the host paths of a workload's pods: `hostPath` volumes, and claims that are bound to a PersistentVolume with
 * `spec.hostPath` (also those of ephemeral volumes and of a StatefulSet's claim templates). Source: essential.md 8.
 */
export function hostPathsOf(cluster: Cluster, workload: ReadableWorkload): HostPaths {
  const found: HostPath[] = [];
  const unseenClaims: string[] = [];
  for (const [index, volume] of listAt(workload.template.spec['volumes']).entries()) {
    const source = objectAt(volume)['hostPath'];
    if (!isObject(source)) continue;
    const path = stringAt(source['path']) ?? '';
    const place = placeInPod(workload, ['spec', 'volumes', index, 'hostPath']);
    const evidence = [{ ...place, seen: `hostPath ${path}`, wanted: 'no hostPath volume' }];
    found.push({ volume: nameOf(volume, index), path, evidence });
  }
  for (const mounted of [...claimsOfPod(workload), ...claimsOfStatefulSet(cluster, workload)]) {
    for (const claim of mounted.claims) {
      const volume = volumeBehind(cluster, workload.namespace, claim);
      if (volume === undefined) unseenClaims.push(claim);
      const hostPath = objectAt(volume?.manifest['spec'])['hostPath'];
      if (volume !== undefined && isObject(hostPath)) found.push(behindClaim(mounted, volume, stringAt(hostPath['path']) ?? ''));
    }
  }
  return { found, unseenClaims };
}

function nameOf(volume: Json, index: number): string {
  return stringAt(objectAt(volume)['name']) ?? String(index);
}

function claimsOfPod(workload: ReadableWorkload): readonly MountedClaim[] {
  return listAt(workload.template.spec['volumes']).flatMap((volume, index): readonly MountedClaim[] => {
    const name = nameOf(volume, index);
    const { persistentVolumeClaim, ephemeral } = objectAt(volume);
    const claim = stringAt(objectAt(persistentVolumeClaim)['claimName']);
    const place = placeInPod(workload, ['spec', 'volumes', index]);
    if (claim !== undefined) return [{ volume: name, claims: [claim], evidence: { ...place, seen: `claim ${claim}` } }];
    // The controller names the claim of an ephemeral volume after the pod; of a template the pods' names are not known.
    const owned = isObject(ephemeral) && workload.object.kindKey === 'Pod' ? `${workload.object.name}-${name}` : undefined;
    return owned === undefined ? [] : [{ volume: name, claims: [owned], evidence: { ...place, seen: `claim ${owned}` } }];
  });
}

/** A StatefulSet's pods mount claims named TEMPLATE-SET-ORDINAL. */
function claimsOfStatefulSet(cluster: Cluster, workload: ReadableWorkload): readonly MountedClaim[] {
  if (workload.object.kindKey !== 'StatefulSet.apps') return [];
  const templates = listAt(objectAt(workload.object.manifest['spec'])['volumeClaimTemplates']);
  return templates.map((template, index): MountedClaim => {
    const name = stringAt(objectAt(objectAt(template)['metadata'])['name']) ?? String(index);
    const prefix = `${name}-${workload.object.name}-`;
    const named = [
      ...cluster.objects.ofKind('PersistentVolumeClaim').map((claim) => ({ namespace: claim.namespace, name: claim.name })),
      ...cluster.objects.ofKind('PersistentVolume').map((volume) => claimOf(volume.manifest)),
    ];
    const claims = named.flatMap((claim) =>
      claim.namespace === workload.namespace &&
      claim.name?.startsWith(prefix) === true &&
      /^\d+$/.test(claim.name.slice(prefix.length))
        ? [claim.name]
        : [],
    );
    const place = placeIn(workload.object, ['spec', 'volumeClaimTemplates', index]);
    return { volume: name, claims: [...new Set(claims)].sort(), evidence: { ...place, seen: `claims ${prefix}0, …` } };
  });
}

function claimOf(volume: JsonObject): { readonly namespace: string | undefined; readonly name: string | undefined } {
  const reference = objectAt(objectAt(volume['spec'])['claimRef']);
  return { namespace: stringAt(reference['namespace']), name: stringAt(reference['name']) };
}

/** The PersistentVolume that a claim is bound to: the one that the claim names, else the one that refers to the claim. */
function volumeBehind(cluster: Cluster, namespace: string, name: string): ClusterObject | undefined {
  const claim = cluster.objects.get('PersistentVolumeClaim', namespace, name);
  const bound = stringAt(objectAt(claim?.manifest['spec'])['volumeName']);
  if (bound !== undefined && bound !== '') return cluster.objects.get('PersistentVolume', undefined, bound);
  return cluster.objects.ofKind('PersistentVolume').find(({ manifest }) => {
    const reference = claimOf(manifest);
    return reference.namespace === namespace && reference.name === name;
  });
}

function behindClaim(mounted: MountedClaim, volume: ClusterObject, path: string): HostPath {
  const behind = {
    ...placeIn(volume, ['spec', 'hostPath']),
    seen: `PersistentVolume ${volume.name} with hostPath ${path}`,
    wanted: 'no hostPath',
  };
  return {
    volume: mounted.volume,
    path,
    evidence: [{ ...mounted.evidence, wanted: 'a claim of another kind of volume' }, behind],
  };
}
