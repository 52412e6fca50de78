import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Json, JsonObject } from '../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../cluster/json.ts';
import type { ApiClient } from '../collect/live/api-client.ts';
import { resourcePath } from '../collect/live/live-kinds.ts';
import { offerOf } from './caller.ts';
import { NotPossible } from './not-possible.ts';

/** Labels of everything that a run makes. */
const ownLabels = { 'app.kubernetes.io/managed-by': 'bulwark', 'app.kubernetes.io/component': 'verify' };
const selector = encodeURIComponent('app.kubernetes.io/managed-by=bulwark,app.kubernetes.io/component=verify');
const expiresAnnotation = 'bulwark/expires';
const runAnnotation = 'bulwark/run';
const lifetimeMs = 15 * 60_000;
const goneMs = 60_000;

/** The level of Pod Security that a canary namespace enforces; `none`: it has no such label. */
export type CanaryLevel = 'none' | 'privileged' | 'baseline' | 'restricted';

/**
 * Namespaces made for one run and what is in them. `remove` takes all of it away; a run that was killed leaves a label and an expiry
 * behind, by which the next run finds it.
 */
export class Canary {
  readonly #client: ApiClient;
  readonly #run: string;
  readonly #namespaces = new Map<CanaryLevel, Promise<string>>();
  /** Paths of objects, newest last. */
  readonly #objects: string[] = [];
  #closed = false;

  constructor(client: ApiClient) {
    this.#client = client;
    this.#run = randomBytes(4).toString('hex');
  }

  /** A name for an object of this run, with an ending of one's own. */
  name(ending: string): string {
    return `bulwark-verify-${this.#run}-${ending}`;
  }

  /** The canary namespace of a level, made at the first call; its account `default` is there. Throws NotPossible, LiveFault. */
  namespace(level: CanaryLevel = 'none'): Promise<string> {
    const known = this.#namespaces.get(level);
    if (known !== undefined) return known;
    const made = this.#make(level);
    this.#namespaces.set(level, made);
    // Whoever asks sees the failure; removing later must not see it unhandled.
    made.catch(() => undefined);
    return made;
  }

  /** Creates an object of a core or named group in the canary namespace. Throws NotPossible where the server refuses it. */
  async create(group: string, version: string, plural: string, object: JsonObject): Promise<JsonObject> {
    const namespace = await this.namespace();
    const path = resourcePath(group, version, plural, namespace);
    const name = stringAt(objectAt(object['metadata'])['name']) ?? '';
    const metadata = { ...objectAt(object['metadata']), namespace, labels: ownLabels };
    return this.#create(path, name, { ...object, metadata });
  }

  /**
   * Removes the objects, then the namespaces, and waits until they are gone. Returns what is still there, with the reason; never throws.
   * Nothing is made any more from then on.
   */
  async remove(): Promise<readonly string[]> {
    this.#closed = true;
    const namespaces = (await Promise.allSettled(this.#namespaces.values())).flatMap((made) =>
      made.status === 'fulfilled' ? [made.value] : [],
    );
    const left: string[] = [];
    for (const path of this.#objects.toReversed()) if (!(await this.#delete(path))) left.push(path);
    for (const name of namespaces) if (!(await this.#delete(namespacePath(name)))) left.push(namespacePath(name));
    for (const name of namespaces) if (!(await this.#waitUntilGone(namespacePath(name)))) left.push(namespacePath(name));
    this.#objects.length = 0;
    this.#namespaces.clear();
    return [...new Set(left)];
  }

  /** Removes namespaces that a killed run left: expired, or of a process of this machine that is gone. Returns their names. */
  async removeLeftovers(now: Date): Promise<readonly string[]> {
    const { status, body } = await this.#client.get(`/api/v1/namespaces?labelSelector=${selector}`);
    if (status !== 200 || !isObject(body)) return [];
    const names = listAt(body['items']).flatMap((item) => {
      const metadata = objectAt(objectAt(item)['metadata']);
      const name = stringAt(metadata['name']) ?? '';
      return name.startsWith('bulwark-verify-') && isLeftover(objectAt(metadata['annotations']), now) ? [name] : [];
    });
    for (const name of names) await this.#delete(namespacePath(name));
    return names;
  }

  async #make(level: CanaryLevel): Promise<string> {
    const name = this.name(level);
    const labels = level === 'none' ? ownLabels : { ...ownLabels, 'pod-security.kubernetes.io/enforce': level };
    const annotations = {
      [expiresAnnotation]: new Date(Date.now() + lifetimeMs).toISOString(),
      [runAnnotation]: `${hostname()}/${process.pid}`,
    };
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels, annotations } };
    await this.#post('/api/v1/namespaces', object);
    await this.#ensureDefaultAccount(name);
    return name;
  }

  /** The controller manager makes it; where that is slow or away, the pods of the dry-runs need it all the same. */
  async #ensureDefaultAccount(namespace: string): Promise<void> {
    const path = resourcePath('', 'v1', 'serviceaccounts', namespace);
    for (let attempt = 0; attempt < 15; attempt++) {
      if ((await this.#client.get(`${path}/default`)).status === 200) return;
      await pause(100);
    }
    const object: Json = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } };
    await this.#client.write({ method: 'POST', path, body: object });
  }

  async #create(path: string, name: string, object: JsonObject): Promise<JsonObject> {
    this.#objects.push(`${path}/${name}`);
    return this.#post(path, object);
  }

  async #post(path: string, object: JsonObject): Promise<JsonObject> {
    if (this.#closed) throw new NotPossible('the run was interrupted');
    const { status, message, body } = offerOf(await this.#client.write({ method: 'POST', path, body: object as Json }));
    if (status !== 200) throw new NotPossible(`a canary could not be made: ${status} ${message} (POST ${path})`);
    return objectAt(body);
  }

  async #delete(path: string): Promise<boolean> {
    try {
      const body: Json = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', gracePeriodSeconds: 0 };
      const { status } = offerOf(await this.#client.write({ method: 'DELETE', path, body }));
      // 409: a namespace that is being deleted already.
      return status === 200 || status === 404 || status === 409;
    } catch {
      return false;
    }
  }

  async #waitUntilGone(path: string): Promise<boolean> {
    const deadline = Date.now() + goneMs;
    for (;;) {
      const status = await this.#client.get(path).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status === 404) return true;
      if (Date.now() > deadline) return false;
      await pause(250);
    }
  }
}

function namespacePath(name: string): string {
  return `/api/v1/namespaces/${name}`;
}

function isLeftover(annotations: JsonObject, now: Date): boolean {
  const expires = Date.parse(stringAt(annotations[expiresAnnotation]) ?? '');
  if (Number.isNaN(expires) || expires < now.getTime()) return true;
  const [host, pid] = (stringAt(annotations[runAnnotation]) ?? '').split('/');
  return host === hostname() && !isRunning(Number(pid));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, and somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
