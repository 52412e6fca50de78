import type { Gap } from '../../cluster/gap.ts';
import type { Kind } from '../../cluster/kinds.ts';
import type { ClusterObject } from '../../cluster/objects.ts';
import type { ApiClient } from './api-client.ts';
import { serverName } from './connection-fault.ts';
import type { Serving } from './discovery.ts';
import { inParallel } from './in-parallel.ts';
import { listPages } from './list-pages.ts';
import { LiveFault } from './live-fault.ts';
import { keyOf, listedKinds, resourcePath } from './live-kinds.ts';
import type { LiveObjects } from './live-objects.ts';
import { liveObject } from './live-objects.ts';
import { readNamed, readNamespace } from './read-named.ts';

export interface ListOptions {
  /** Reads namespaced kinds of this namespace alone: they are then not listed. */
  readonly namespace?: string;
  readonly progress: (what: string, done?: number, of?: number) => void;
  /** Lists at a time. */
  readonly parallel: number;
  /** Called with the objects of a kind as soon as they are all there. */
  readonly onKind?: (kind: Kind, objects: readonly ClusterObject[]) => void;
}

/** After so many lists in a row without an answer the server counts as gone: each costs its timeout. */
const maxSilent = 4;

/**
 * Lists all kinds that controls read, a few at a time, and reads the named objects. A kind that the server does not serve is listed and
 * has no objects; a refused one is a gap. Objects are in the order of the table and of the server. Where the server goes away or no
 * longer knows the credential, what was read stays, and one gap says that the rest was not. Never throws LiveFault.
 */
export async function readLiveObjects(client: ApiClient, serving: Serving, options: ListOptions): Promise<LiveObjects> {
  const kinds: (KindReading | undefined)[] = listedKinds.map(() => undefined);
  let silent = 0;
  const work = listedKinds.map((kind, index) => async () => {
    const reading = await readKind(client, kind, serving, options);
    kinds[index] = reading;
    options.onKind?.(kind, reading.objects);
    silent = reading.silent ? silent + 1 : 0;
    if (silent >= maxSilent) throw serverGone(client);
  });
  const parts = (): LiveObjects => join(kinds.filter((part) => part !== undefined));
  try {
    await inParallel(work, options.parallel);
    const listed = parts();
    const { namespace } = options;
    const own = namespace === undefined ? [] : [await namespaceItself(client, namespace, listed)];
    return join([listed, ...own, ...(await readNamed(client, listed.objects, namespace))]);
  } catch (error) {
    if (!(error instanceof LiveFault)) throw error;
    return join([parts(), { objects: [], listings: [], gaps: [error.gap] }]);
  }
}

function serverGone(client: ApiClient): LiveFault {
  return new LiveFault('connection', {
    source: serverName(client.connection),
    reason: `the server stopped answering: after ${maxSilent} lists in a row without an answer the other kinds were not asked for`,
    hint: 'scan again when it answers',
  });
}

async function namespaceItself(client: ApiClient, namespace: string, listed: LiveObjects): Promise<LiveObjects> {
  const seen = listed.objects.some((object) => object.kindKey === 'Namespace' && object.name === namespace);
  if (seen) return { objects: [], listings: [], gaps: [] };
  const read = await readNamespace(client, namespace);
  if (read.objects.length > 0 || read.gaps.length > 0) return read;
  const source = resourcePath('', 'v1', 'namespaces', undefined, namespace);
  return { ...read, gaps: [{ source, reason: `there is no namespace ${namespace}`, hint: 'check the name after --namespace' }] };
}

function join(parts: readonly LiveObjects[]): LiveObjects {
  return {
    objects: parts.flatMap((part) => part.objects),
    listings: parts.flatMap((part) => part.listings),
    gaps: parts.flatMap((part) => part.gaps),
  };
}

interface KindReading extends LiveObjects {
  /** No answer came. */
  readonly silent: boolean;
}

async function readKind(client: ApiClient, kind: Kind, serving: Serving, options: ListOptions): Promise<KindReading> {
  const served = serving(kind);
  if (served.kind === 'version') {
    const reading = await readVersion(client, kind, served.version, options);
    return reading ?? notThere(kind, served.version);
  }
  if (served.kind === 'unknown') {
    for (const version of kind.versions) {
      const reading = await readVersion(client, kind, version, options);
      if (reading !== undefined) return reading;
    }
  }
  const source = kind.group === '' ? '/api' : `/apis/${kind.group}`;
  return { objects: [], listings: [{ kind: keyOf(kind), by: 'api', source }], gaps: [], silent: false };
}

/** Something between answers in the server's place, or the kind went away this moment: no proof of absence. */
function notThere(kind: Kind, version: string): KindReading {
  const source = resourcePath(kind.group, version, kind.plural);
  const gap: Gap = {
    source,
    reason: '404 though the server says that it serves this kind',
    hint: 'try again',
    kind: keyOf(kind),
  };
  return { objects: [], listings: [], gaps: [gap], silent: false };
}

/** `undefined` where this version is not served. */
async function readVersion(
  client: ApiClient,
  kind: Kind,
  version: string,
  options: ListOptions,
): Promise<KindReading | undefined> {
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
  if (end.kind === 'gap') return { objects, listings: [], gaps: [end.gap], silent: end.silent ?? false };
  const source = resourcePath(kind.group, version, kind.plural, within);
  return { objects, listings: within === undefined ? [{ kind: keyOf(kind), by: 'api', source }] : [], gaps: [], silent: false };
}
