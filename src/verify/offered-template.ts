import type { JsonObject } from '../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../cluster/json.ts';
import type { Workload } from '../cluster/workloads.ts';
import type { Json } from '../cluster/json.ts';
import { judgedWorkloads } from '../cluster/workloads.ts';
import { isSystemNamespace } from '../controls/settings.ts';
import type { Offer } from './caller.ts';
import { offer } from './caller.ts';
import type { World } from './world.ts';

/** A workload's pod as the server answered it. */
export interface OfferedTemplate {
  readonly workload: Workload;
  readonly answer: Offer;
}

/** Templates are offered up to this number: each costs a request. */
const mostTemplates = 200;

/** The workloads that the server holds, outside system namespaces. */
export function storedWorkloads(world: World): readonly Workload[] {
  return judgedWorkloads(world.cluster, (name) => isSystemNamespace(world.settings, name))
    .filter(({ object, template }) => object.seenIn === 'api' && template !== undefined)
    .slice(0, mostTemplates);
}

/** Offers a pod from each workload's template in its namespace, once a run: what a controller would create. Nothing is stored. */
export function offeredTemplates(world: World): Promise<readonly OfferedTemplate[]> {
  return world.once('offered templates', async () => {
    const offered: OfferedTemplate[] = [];
    for (const workload of storedWorkloads(world)) {
      const pod = podOf(world, workload);
      offered.push({ workload, answer: await offer(world.caller.self, podsPath(workload.namespace), pod) });
    }
    return offered;
  });
}

/** The collection of a namespace's pods. */
export function podsPath(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/pods`;
}

function podOf(world: World, { template, object }: Workload): JsonObject {
  const metadata = objectAt(template?.metadata);
  const spec = { ...template?.spec };
  // What the server filled in for a Pod that it holds: its node and the token volume it added.
  delete (spec as Record<string, Json | undefined>)['nodeName'];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: world.canary.name('template'), labels: metadata['labels'], annotations: metadata['annotations'] },
    spec: object.kind === 'Pod' ? withoutTokenVolume(spec) : spec,
  };
}

function withoutTokenVolume(spec: JsonObject): JsonObject {
  const isToken = (item: Json): boolean => (stringAt(objectAt(item)['name']) ?? '').startsWith('kube-api-access-');
  const strip = (containers: Json | undefined): Json =>
    listAt(containers).map((container) =>
      isObject(container)
        ? { ...container, volumeMounts: listAt(container['volumeMounts']).filter((mount) => !isToken(mount)) }
        : container,
    );
  return {
    ...spec,
    volumes: listAt(spec['volumes']).filter((volume) => !isToken(volume)),
    containers: strip(spec['containers']),
    ...(spec['initContainers'] === undefined ? {} : { initContainers: strip(spec['initContainers']) }),
    // They cannot be created with a pod.
    ephemeralContainers: undefined,
  };
}

/** Reports whether a pod that the server answered has a mounted token. */
export function hasTokenVolume(body: Json | undefined): boolean {
  const spec = objectAt(objectAt(body)['spec']);
  return listAt(spec['volumes']).some((volume) => (stringAt(objectAt(volume)['name']) ?? '').startsWith('kube-api-access-'));
}
