import type { Json } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../../cluster/json.ts';
import type { ApiResponse } from '../server/request.ts';

/** One resource that the server serves. */
export interface ApiResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Asks the sandbox's server; the same as `SandboxServers.request`. */
export type Ask = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<ApiResponse>;

/** What a server serves, read from its discovery as it is asked for. */
export class ApiResources {
  readonly #ask: Ask;
  readonly #byVersion = new Map<string, Promise<readonly ApiResource[]>>();

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** The resource of a kind; `undefined` where the server does not serve it. */
  async ofKind(apiVersion: string, kind: string): Promise<ApiResource | undefined> {
    return (await this.#listed(apiVersion)).find((resource) => resource.kind === kind);
  }

  /** The group of a plural, as kubectl finds it: the core group first, then the server's order. */
  async groupOf(plural: string): Promise<string | undefined> {
    if ((await this.#listed('v1')).some((resource) => resource.plural === plural)) return '';
    const { body } = await this.#ask('GET', '/apis');
    for (const group of listAt(bodyOf(body)['groups'])) {
      const version = stringAt(objectAt(objectAt(group)['preferredVersion'])['groupVersion']) ?? '';
      if ((await this.#listed(version)).some((resource) => resource.plural === plural)) return version.split('/')[0];
    }
    return undefined;
  }

  #listed(apiVersion: string): Promise<readonly ApiResource[]> {
    const known = this.#byVersion.get(apiVersion);
    if (known !== undefined) return known;
    const listed = this.#list(apiVersion);
    this.#byVersion.set(apiVersion, listed);
    return listed;
  }

  async #list(apiVersion: string): Promise<readonly ApiResource[]> {
    if (!/^[a-z0-9.-]+(?:\/[a-z0-9]+)?$/.test(apiVersion)) return [];
    const { status, body } = await this.#ask('GET', apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`);
    if (status !== 200) return [];
    const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
    return listAt(bodyOf(body)['resources']).flatMap((entry): ApiResource[] => {
      const { name, kind, namespaced } = objectAt(entry);
      const plural = stringAt(name) ?? '';
      if (plural === '' || plural.includes('/')) return [];
      return [{ group, version, kind: stringAt(kind) ?? '', plural, namespaced: namespaced === true }];
    });
  }
}

/** The path of a resource's objects in a namespace, or of all of the cluster. */
export function collectionPath({ group, version, plural, namespaced }: ApiResource, namespace: string | undefined): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const inside = namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${inside}/${plural}`;
}

/** An answer's body as an object; an empty one where it is none. */
export function bodyOf(body: unknown): Readonly<Record<string, Json | undefined>> {
  return isObject(body) ? body : {};
}
