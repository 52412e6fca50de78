import type { ObjectReference } from '../cluster/change.ts';
import type { Json, JsonObject } from '../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../cluster/json.ts';
import { kindOf } from '../cluster/kinds.ts';
import { kindKey } from '../cluster/objects.ts';
import type { ApiAnswer, ApiClient } from '../collect/live/api-client.ts';
import { messageOf } from '../collect/live/api-client.ts';
import { groupPath, resourcePath } from '../collect/live/live-kinds.ts';
import { LiveFault } from '../collect/live/live-fault.ts';

/** The name under which the server notes which fields are ours. */
export const fieldManager = 'bulwark';

/** The server, or the way to it, refused a change: nothing was changed by it unless `unsure`. */
export class ApiRefusal extends Error {
  readonly status: number | undefined;
  /** Fields that other managers own, in the server's words. */
  readonly conflicts: readonly string[];
  /** No answer came: the change may have been made. */
  readonly unsure: boolean;

  constructor(
    message: string,
    options: { readonly status?: number; readonly conflicts?: readonly string[]; readonly unsure?: boolean } = {},
  ) {
    super(message);
    this.name = 'ApiRefusal';
    this.status = options.status;
    this.conflicts = options.conflicts ?? [];
    this.unsure = options.unsure ?? false;
  }
}

/** How a change is sent. `dryRun`: the server does everything but store it. */
export interface WriteOptions {
  readonly dryRun: boolean;
}

/** A resource as paths and RBAC rules name it. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Reads and changes objects of one cluster. Every refusal is an ApiRefusal; a 401, and no way to the server, a LiveFault. */
export class ObjectApi {
  readonly client: ApiClient;
  readonly #discovered = new Map<string, Resource | undefined>();

  constructor(client: ApiClient) {
    this.client = client;
  }

  /** The object as it is, or `undefined` where there is none. */
  async read(reference: ObjectReference): Promise<JsonObject | undefined> {
    const { status, body } = await this.client.get(await this.#pathOf(reference));
    if (status === 404) return undefined;
    if (status !== 200 || !isObject(body)) throw refusal(`read ${nameOf(reference)}`, status, body);
    return body;
  }

  /**
   * Server-side apply. A conflict with another manager's field is a refusal that lists the fields; one with fields that this program set
   * before in another way (a rollback's patch) is none, and is taken over.
   */
  async apply(object: JsonObject, options: WriteOptions): Promise<JsonObject> {
    const reference = referenceOfObject(object);
    const path = `${await this.#pathOf(reference)}?fieldManager=${fieldManager}&fieldValidation=Strict${dry(options)}`;
    const send = (query: string, body: JsonObject): Promise<ApiAnswer> =>
      this.#write('PATCH', `${path}${query}`, body, 'application/apply-patch+yaml');
    const first = await send('', object);
    if (first.status !== 409 || !onlyOurs(first.body)) return accepted(`apply ${nameOf(reference)}`, first);
    const live = await this.read(reference);
    const version = objectAt(live?.['metadata'])['resourceVersion'];
    const pinned = {
      ...object,
      metadata: { ...objectAt(object['metadata']), ...(version === undefined ? {} : { resourceVersion: version }) },
    };
    return accepted(`apply ${nameOf(reference)}`, await send('&force=true', pinned));
  }

  /** JSON merge patch, refused (409) where the object is no longer at `resourceVersion`. */
  async patch(
    reference: ObjectReference,
    patch: JsonObject,
    resourceVersion: string,
    options: WriteOptions,
  ): Promise<JsonObject> {
    const path = `${await this.#pathOf(reference)}?fieldManager=${fieldManager}&fieldValidation=Strict${dry(options)}`;
    const body = { ...patch, metadata: { ...objectAt(patch['metadata']), resourceVersion } };
    return accepted(`patch ${nameOf(reference)}`, await this.#write('PATCH', path, body, 'application/merge-patch+json'));
  }

  /** Makes an object anew. */
  async create(object: JsonObject, options: WriteOptions): Promise<JsonObject> {
    const reference = referenceOfObject(object);
    const resource = await this.resourceOf(reference);
    const list = resourcePath(
      resource.group,
      resource.version,
      resource.plural,
      resource.namespaced ? reference.namespace : undefined,
    );
    const answer = await this.#write('POST', `${list}?fieldManager=${fieldManager}${dry(options)}`, object);
    return accepted(`create ${nameOf(reference)}`, answer);
  }

  /** Replaces an object; its metadata holds the resourceVersion that it must still have. */
  async replace(object: JsonObject): Promise<ApiAnswer> {
    return this.#write('PUT', `${await this.#pathOf(referenceOfObject(object))}?fieldManager=${fieldManager}`, object);
  }

  /** Deletes the object with this uid; one that is gone already is no fault. */
  async remove(reference: ObjectReference, uid: string, options: WriteOptions): Promise<void> {
    // With a body the server does not look at the query (apiserver/pkg/endpoints/handlers/delete.go): a dry run must stand in the body.
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      preconditions: { uid },
      propagationPolicy: 'Background',
      ...(options.dryRun ? { dryRun: ['All'] } : {}),
    };
    const answer = await this.#write('DELETE', await this.#pathOf(reference), body);
    if (answer.status !== 404) accepted(`delete ${nameOf(reference)}`, answer);
  }

  /** The path's parts of an object's kind: from the table, else asked of the server. Throws ApiRefusal where it serves no such kind. */
  async resourceOf(reference: Pick<ObjectReference, 'apiVersion' | 'kind'>): Promise<Resource> {
    const slash = reference.apiVersion.indexOf('/');
    const group = slash < 0 ? '' : reference.apiVersion.slice(0, slash);
    const version = reference.apiVersion.slice(slash + 1);
    const known = kindOf(kindKey(reference.apiVersion, reference.kind));
    if (known !== undefined) return { group, version, plural: known.plural, namespaced: known.namespaced };
    const key = `${reference.apiVersion} ${reference.kind}`;
    if (!this.#discovered.has(key)) this.#discovered.set(key, await this.#discover(group, version, reference.kind));
    const found = this.#discovered.get(key);
    if (found === undefined)
      throw new ApiRefusal(`the server serves no ${reference.kind} of ${reference.apiVersion}`, { status: 404 });
    return found;
  }

  async #discover(group: string, version: string, kind: string): Promise<Resource | undefined> {
    const { body } = await this.client.get(groupPath(group, version));
    for (const item of listAt(objectAt(body)['resources'])) {
      const { name, kind: found, namespaced } = objectAt(item);
      const plural = stringAt(name);
      if (plural !== undefined && !plural.includes('/') && found === kind)
        return { group, version, plural, namespaced: namespaced === true };
    }
    return undefined;
  }

  async #pathOf(reference: ObjectReference): Promise<string> {
    const { group, version, plural, namespaced } = await this.resourceOf(reference);
    return resourcePath(group, version, plural, namespaced ? (reference.namespace ?? 'default') : undefined, reference.name);
  }

  async #write(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body: Json, contentType?: string): Promise<ApiAnswer> {
    try {
      return await this.client.write({ method, path, body, ...(contentType === undefined ? {} : { contentType }) });
    } catch (error) {
      if (!(error instanceof LiveFault)) throw error;
      const { source, reason } = error.gap;
      throw new ApiRefusal(`${source}: ${reason}`, { unsure: true });
    }
  }
}

/** The reference of an object's own kind and name. */
export function referenceOfObject(object: JsonObject): ObjectReference {
  const metadata = objectAt(object['metadata']);
  const namespace = stringAt(metadata['namespace']);
  return {
    apiVersion: stringAt(object['apiVersion']) ?? '',
    kind: stringAt(object['kind']) ?? '',
    name: stringAt(metadata['name']) ?? '',
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/** `Namespace web`, `ResourceQuota web/bulwark`. */
export function nameOf({ kind, namespace, name }: ObjectReference): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

function dry({ dryRun }: WriteOptions): string {
  return dryRun ? '&dryRun=All' : '';
}

function accepted(what: string, { status, body }: ApiAnswer): JsonObject {
  if ((status === 200 || status === 202) && isObject(body)) return body;
  throw refusal(what, status, body);
}

function refusal(what: string, status: number, body: Json | undefined): ApiRefusal {
  const conflicts = status === 409 ? causesOf(body).map(({ message, field }) => `${field}: ${message}`) : [];
  return new ApiRefusal(`${what}: ${status} ${messageOf(body)}`.trim(), { status, conflicts });
}

function causesOf(body: Json | undefined): readonly { readonly field: string; readonly message: string }[] {
  return listAt(objectAt(objectAt(body)['details'])['causes']).flatMap((cause) => {
    const { reason, field, message } = objectAt(cause);
    return reason === 'FieldManagerConflict' ? [{ field: stringAt(field) ?? '', message: stringAt(message) ?? '' }] : [];
  });
}

/** Whether every conflict of an apply is with a field that this program set itself by a patch. */
function onlyOurs(body: Json | undefined): boolean {
  const causes = causesOf(body);
  return causes.length > 0 && causes.every(({ message }) => message.includes(`conflict with "${fieldManager}"`));
}
