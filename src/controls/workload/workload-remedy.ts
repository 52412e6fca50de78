import type { Change, Remedy } from '../../cluster/change.ts';
import type { Json, JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt, valueAt } from '../../cluster/json.ts';
import type { Workload } from '../../cluster/workloads.ts';
import { containerLists } from '../../cluster/workloads.ts';
import type { Finding } from '../../results/finding.ts';
import type { ObjectRemedy } from '../object-remedy.ts';
import { judging, noRemedy, objectRemedy, referenceTo, withValue } from '../object-remedy.ts';
import { isSameJson, strategicPatchBetween } from '../remedy-patches.ts';
import type { RemedyContext } from '../remedy.ts';
import { workloadsOf } from './per-workload.ts';

/** Finds the workload that a finding speaks of. */
export function workloadOf(finding: Finding, context: RemedyContext): Workload | undefined {
  const { kind, name, namespace } = finding.subject;
  const byName = context.once('workloads by name', () => {
    const found = new Map<string, Workload>();
    for (const workload of workloadsOf(judging(context))) {
      const key = `${workload.object.kind} ${workload.namespace} ${workload.object.name}`;
      if (!found.has(key)) found.set(key, workload);
    }
    return found;
  });
  return byName.get(`${kind} ${namespace ?? ''} ${name}`);
}

/** The workloads of a namespace, in the order in which they were seen. */
export function workloadsIn(context: RemedyContext, namespace: string): readonly Workload[] {
  const byNamespace = context.once('workloads by namespace', () => {
    const found = new Map<string, Workload[]>();
    for (const workload of workloadsOf(judging(context))) {
      const own = found.get(workload.namespace);
      if (own === undefined) found.set(workload.namespace, [workload]);
      else own.push(workload);
    }
    return found;
  });
  return byNamespace.get(namespace) ?? [];
}

/**
 * Why the pod template cannot be changed where it is; `undefined`: it can. A Pod's and a Job's are immutable once they are
 * created, and what an unseen owner made is made anew by it. Source: K:pkg/apis/core/validation, pkg/apis/batch/validation.
 */
export function whyUnchangeable({ object }: Workload): string | undefined {
  if (object.seenIn === 'file') return undefined;
  const owner = listAt(objectAt(object.manifest['metadata'])['ownerReferences']).find(
    (entry) => objectAt(entry)['controller'] === true,
  );
  const { kind, name } = objectAt(owner);
  if (owner !== undefined && ['Pod', 'ReplicaSet', 'Job'].includes(object.kind))
    return `${stringAt(kind) ?? 'its owner'} ${stringAt(name) ?? ''} made it and was not seen: change the template there`;
  if (object.kind === 'Pod')
    return 'a running Pod cannot be changed, and no owner makes it anew: change its manifest, delete the Pod and create it again';
  if (object.kind === 'Job')
    return "a Job's template cannot be changed: change its manifest or whatever creates the Job; it holds from the next one on";
  return undefined;
}

/**
 * Edits of the pod spec of a workload as a strategic merge patch of its object: only what differs is written, for variables and
 * words of containers were blanked when the object was read.
 */
export function patchSpec({ object, templatePath }: Workload, edit: (spec: JsonObject) => JsonObject): readonly Change[] {
  const path = [...templatePath, 'spec'];
  const after = withValue(object.manifest, path, edit(objectAt(valueAt(object.manifest, path))));
  if (!isObject(after) || isSameJson(object.manifest, after)) return [];
  return [
    { kind: 'patch-object', object: referenceTo(object), patch: strategicPatchBetween(object.manifest, after), strategic: true },
  ];
}

/** What an edit of a container knows of it. */
export type ContainerEdit = (container: JsonObject) => JsonObject;

/** Edits every container of a pod spec; members that are not mappings stay. */
export function editContainers(spec: JsonObject, edit: ContainerEdit): JsonObject {
  const lists = containerLists.flatMap((list): readonly (readonly [string, Json])[] => {
    const items = spec[list];
    return Array.isArray(items) ? [[list, listAt(items).map((item) => (isObject(item) ? edit(item) : item))]] : [];
  });
  return { ...spec, ...Object.fromEntries(lists) };
}

/** Sets or (with `undefined`) takes out members of the securityContext of a container or pod. */
export function editSecurity(of: JsonObject, members: Readonly<Record<string, Json | undefined>>): JsonObject {
  const given = objectAt(of['securityContext']);
  const next = Object.fromEntries(Object.entries({ ...given, ...members }).filter(([, value]) => value !== undefined));
  return Object.keys(next).length === 0 && of['securityContext'] === undefined ? of : { ...of, securityContext: next };
}

/** A remedy that edits the pod template, or the reason why that cannot be. */
export function templateRemedy(
  workload: Workload | undefined,
  edit: (spec: JsonObject) => JsonObject,
  more: ObjectRemedy,
): Remedy {
  if (workload?.template === undefined) return noRemedy('there is no pod template that can be read');
  const why = whyUnchangeable(workload);
  if (why !== undefined) return noRemedy(why);
  return objectRemedy(patchSpec(workload, edit), {
    ...more,
    sideEffects: [...(more.sideEffects ?? []), ...rolloutEffects(workload)],
  });
}

/** What a changed template does by itself, by kind. */
function rolloutEffects({ object }: Workload): readonly string[] {
  const metadata = objectAt(object.manifest['metadata']);
  const owned = listAt(metadata['ownerReferences']).length > 0;
  const keeper = owned ? ['What owns this object may put the template back: change it there too.'] : [];
  if (object.kind === 'Deployment' || object.kind === 'StatefulSet' || object.kind === 'DaemonSet')
    return ['Its pods are replaced by a rollout.', ...keeper];
  return object.kind === 'Pod' ? ['The Pod has to be deleted and created again.', ...keeper] : keeper;
}
