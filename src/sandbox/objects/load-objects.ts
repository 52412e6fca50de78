import type { Json } from '../../cluster/json.ts';
import { listAt, objectAt, stringAt } from '../../cluster/json.ts';
import { aggregateRoles } from './aggregate-roles.ts';
import type { Ask } from './api-resources.ts';
import { ApiResources, bodyOf } from './api-resources.ts';
import { askObject } from './ask-object.ts';
import type { ObjectSets, SandboxObject } from './object-sets.ts';
import type { Outcome } from './outcome.ts';

/** Requests that are under way at one time. */
const width = 8;

/** Pods of one workload that are counted against a quota at most. */
const mostPods = 500;

/**
 * Lays a cluster's objects into a server that runs and asks it about the rest by dry-run, as an administrator. Pods of namespaces with a
 * quota are stored one by one, as many as there are to be, for a dry-run counts nothing, and removed afterwards. Returns the outcomes by
 * the objects' keys, in the order of the sets.
 */
export async function loadObjects(ask: Ask, sets: ObjectSets): Promise<ReadonlyMap<string, Outcome>> {
  const resources = new ApiResources(ask);
  const outcomes: Outcome[] = [];
  for (const kind of inOrder(sets.stored)) {
    const stored = await inParallel(kind, (object) => askObject(ask, resources, object, false));
    outcomes.push(...stored);
    for (const { object } of stored.filter((outcome) => outcome.kind === 'accepted')) await afterStoring(ask, object);
  }
  await aggregateRoles(ask);
  // The server's caches of namespaces, quotas and limits follow within moments.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const limited = new Set(sets.stored.filter(({ key }) => key.startsWith('ResourceQuota ')).map(({ namespace }) => namespace));
  const isCounted = ({ manifest, namespace }: SandboxObject): boolean => manifest['kind'] === 'Pod' && limited.has(namespace);
  const tried = await inParallel(
    sets.tried.filter((object) => !isCounted(object)),
    (object) => askObject(ask, resources, object, true),
  );
  const counted: Outcome[] = [];
  const made: string[] = [];
  for (const object of sets.tried.filter(isCounted)) counted.push(await countPods(ask, resources, object, made));
  await inParallel(made, (path) => ask('DELETE', `${path}?gracePeriodSeconds=0`));
  return new Map([...outcomes, ...tried, ...counted].map((outcome) => [outcome.object.key, outcome]));
}

/** Runs of one kind, so that what others need is there first. */
function inOrder(objects: readonly SandboxObject[]): readonly (readonly SandboxObject[])[] {
  const runs: SandboxObject[][] = [];
  let former: Json | undefined;
  for (const object of objects) {
    const kind = object.manifest['kind'];
    if (kind === former) runs.at(-1)?.push(object);
    else runs.push([object]);
    former = kind;
  }
  return runs;
}

async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}

/** Does the part of the controllers that admission waits for: a quota's status, a definition's establishment. */
async function afterStoring(ask: Ask, { key, manifest, namespace }: SandboxObject): Promise<void> {
  const name = stringAt(objectAt(manifest['metadata'])['name']) ?? '';
  if (key.startsWith('ResourceQuota ')) {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace ?? '')}/resourcequotas/${encodeURIComponent(name)}`;
    const stored = bodyOf((await ask('GET', path)).body);
    const hard = objectAt(objectAt(stored['spec'])['hard']);
    const used = Object.fromEntries(Object.keys(hard).map((resource) => [resource, '0']));
    await ask('PUT', `${path}/status`, { ...stored, status: { hard, used } });
  } else if (manifest['kind'] === 'CustomResourceDefinition') {
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${encodeURIComponent(name)}`;
    for (const deadline = Date.now() + 10_000; Date.now() < deadline; await new Promise((resolve) => setTimeout(resolve, 100)))
      if (isEstablished(bodyOf((await ask('GET', path)).body))) return;
  }
}

function isEstablished(definition: Readonly<Record<string, Json | undefined>>): boolean {
  return listAt(objectAt(definition['status'])['conditions']).some((condition) => {
    const { type, status } = objectAt(condition);
    return type === 'Established' && status === 'True';
  });
}

/** Stores the pods of a workload one after the other, until one is refused. */
async function countPods(ask: Ask, resources: ApiResources, object: SandboxObject, made: string[]): Promise<Outcome> {
  if (object.count === 0) return askObject(ask, resources, object, true);
  const wanted = Math.min(object.count, mostPods);
  let first: Outcome | undefined;
  for (let number = 1; number <= wanted; number++) {
    // One by one on purpose: each counts on what the former used.
    const outcome = await storePod(ask, resources, object, made);
    first ??= outcome;
    if (outcome.kind === 'accepted') continue;
    const which = object.count === 1 ? '' : `pod ${number} of ${object.count}: `;
    return { ...outcome, message: `${which}${outcome.message ?? ''}` };
  }
  return first ?? askObject(ask, resources, object, true);
}

async function storePod(ask: Ask, resources: ApiResources, object: SandboxObject, made: string[]): Promise<Outcome> {
  const keep: Ask = async (method, path, body, headers) => {
    const response = await ask(method, path, body, headers);
    const name = stringAt(objectAt(bodyOf(response.body)['metadata'])['name']);
    if (method === 'POST' && response.status < 300 && name !== undefined) made.push(`${path}/${encodeURIComponent(name)}`);
    return response;
  };
  return askObject(keep, resources, object, false);
}
