import type { Listing } from '../../cluster/cluster.ts';
import type { Gap } from '../../cluster/gap.ts';
import { isObject } from '../../cluster/json.ts';
import type { Kind } from '../../cluster/kinds.ts';
import type { ClusterObject } from '../../cluster/objects.ts';
import type { ApiClient } from './api-client.ts';
import { messageOf } from './api-client.ts';
import type { Serving } from './discovery.ts';
import type { NamedObject } from './live-kinds.ts';
import { keyOf, listedKinds, missingRight, namedObjects, resourcePath } from './live-kinds.ts';
import { LiveFault } from './live-fault.ts';
import { liveObject } from './live-objects.ts';
import { listPages } from './list-pages.ts';

/** Objects of a live cluster, which kinds were listed whole, and what could not be read. */
export interface LiveObjects {
  readonly objects: readonly ClusterObject[];
  readonly listings: readonly Listing[];
  readonly gaps: readonly Gap[];
}

export interface ListOptions {
  /** Reads namespaced kinds of this namespace alone: they are then not listed. */
  readonly namespace?: string;
  readonly progress: (what: string, done?: number, of?: number) => void;
  /** Lists at a time. */
  readonly parallel: number;
  /** Called with the objects of a kind as soon as they are all there. */
  readonly onKind?: (kind: Kind, objects: readonly ClusterObject[]) => void;
}

/**
 * Lists all kinds that controls read, a few at a time, and reads the named objects. A kind that the server does not serve is listed and
 * has no objects; a refused one is a gap. Objects are in the order of the table and of the server. Throws LiveFault for a 401 alone.
 */
export async function readLiveObjects(client: ApiClient, serving: Serving, options: ListOptions): Promise<LiveObjects> {
  const kinds: (LiveObjects | undefined)[] = listedKinds.map(() => undefined);
  const work = listedKinds.map((kind, index) => async () => {
    const result = await readKind(client, kind, serving, options);
    kinds[index] = result;
    options.onKind?.(kind, result.objects);
  });
  await inParallel(work, options.parallel);
  const listed = join(kinds.filter((part) => part !== undefined));
  return join([listed, ...(await readNamed(client, listed.objects, options))]);
}

/** Runs tasks, `parallel` at a time, in order. Rejects with the first failure, when all have ended. */
export async function inParallel(tasks: readonly (() => Promise<void>)[], parallel: number): Promise<void> {
  const queue = tasks.values();
  let failure: { readonly error: unknown } | undefined;
  const worker = async (): Promise<void> => {
    for (const task of queue) {
      if (failure !== undefined) return;
      try {
        await task();
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, parallel) }, worker));
  if (failure !== undefined) throw failure.error;
}

function join(parts: readonly LiveObjects[]): LiveObjects {
  return {
    objects: parts.flatMap((part) => part.objects),
    listings: parts.flatMap((part) => part.listings),
    gaps: parts.flatMap((part) => part.gaps),
  };
}

async function readKind(client: ApiClient, kind: Kind, serving: Serving, options: ListOptions): Promise<LiveObjects> {
  const served = serving(kind);
  const notServed: LiveObjects = {
    objects: [],
    listings: [{ kind: keyOf(kind), by: 'api', source: kind.group === '' ? '/api' : `/apis/${kind.group}` }],
    gaps: [],
  };
  if (served.kind === 'none') return notServed;
  for (const version of served.kind === 'version' ? [served.version] : kind.versions) {
    const result = await readVersion(client, kind, version, options);
    if (result !== undefined) return result;
  }
  return notServed;
}

/** `undefined` where this version is not served. */
async function readVersion(
  client: ApiClient,
  kind: Kind,
  version: string,
  options: ListOptions,
): Promise<LiveObjects | undefined> {
  const objects: ClusterObject[] = [];
  const within = kind.namespaced ? options.namespace : undefined;
  const end = await listPages(client, {
    kind,
    version,
    ...(within === undefined ? {} : { namespace: within }),
    take: (items) => {
      for (const item of items) {
        const object = liveObject(item, { ...kind, version });
        if (object !== undefined) objects.push(object);
      }
    },
    restart: () => objects.splice(0),
    progress: (done, of) => options.progress(kind.plural, done, of),
  });
  if (end.kind === 'not-served') return undefined;
  if (end.kind === 'gap') return withOneNamespace(client, kind, version, options, { objects, listings: [], gaps: [end.gap] });
  const source = resourcePath(kind.group, version, kind.plural, within);
  return { objects, listings: within === undefined ? [{ kind: keyOf(kind), by: 'api', source }] : [], gaps: [] };
}

/** Who may not list namespaces may still read the one that is asked about: its labels decide on Pod Security. */
async function withOneNamespace(
  client: ApiClient,
  kind: Kind,
  version: string,
  options: ListOptions,
  found: LiveObjects,
): Promise<LiveObjects> {
  const { namespace } = options;
  if (keyOf(kind) !== 'Namespace' || namespace === undefined || found.objects.length > 0) return found;
  const { body } = await client.get(resourcePath('', version, 'namespaces', undefined, namespace));
  const object = isObject(body) && body['kind'] === 'Namespace' ? liveObject(body, { ...kind, version }) : undefined;
  return object === undefined ? found : { ...found, objects: [object] };
}

async function readNamed(
  client: ApiClient,
  listed: readonly ClusterObject[],
  options: ListOptions,
): Promise<readonly LiveObjects[]> {
  // Cilium's settings lie beside its agents, which some install outside kube-system.
  const agents = listed.filter((object) => object.kindKey === 'DaemonSet.apps' && object.name === 'cilium');
  const elsewhere = new Set(
    agents.flatMap(({ namespace }) => (namespace === undefined || namespace === 'kube-system' ? [] : namespace)),
  );
  const all = namedObjects.flatMap((named) =>
    named.name === 'cilium-config' ? [named, ...[...elsewhere].map((namespace) => ({ ...named, namespace }))] : named,
  );
  const wanted = all.filter((named) => options.namespace === undefined || named.namespace === options.namespace);
  return Promise.all(wanted.map((named) => readOne(client, named)));
}

async function readOne(client: ApiClient, named: NamedObject): Promise<LiveObjects> {
  const path = resourcePath(named.group, named.version, named.plural, named.namespace, named.name);
  const gap = (reason: string, hint: string): LiveObjects => ({
    objects: [],
    listings: [],
    gaps: [{ source: path, reason, hint }],
  });
  try {
    const { status, body } = await client.get(path);
    if (status === 403) return gap(`403 ${messageOf(body) || 'forbidden'}`, missingRight('get', named.plural, named.group));
    // A cluster without kubeadm or Cilium has no such object.
    if (status !== 200) return { objects: [], listings: [], gaps: [] };
    const object = isObject(body) && body['kind'] === named.kind ? liveObject(body, named) : undefined;
    return object === undefined
      ? gap(`broken answer: no ${named.kind}`, 'look at it with kubectl get --raw')
      : { objects: [object], listings: [], gaps: [] };
  } catch (error) {
    if (!(error instanceof LiveFault) || error.status === 401) throw error;
    return gap(error.gap.reason, error.gap.hint ?? 'try again');
  }
}
