import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Json, JsonObject } from '../../src/cluster/json.ts';
import { isObject, objectAt, stringAt } from '../../src/cluster/json.ts';
import { appliedOver, mergePatch } from '../../src/plan/planned-objects.ts';

/**
 * A small stand-in for an API server, for tests that ask what the client does and not what the server does: objects by path, resource
 * versions, preconditions, dry runs. Server-side apply merges; conflicts are what `conflictsWith` says.
 */
export class FakeApi {
  readonly objects = new Map<string, JsonObject>();
  /** Requests that changed something, in order: `PATCH /api/v1/…`. */
  readonly writes: string[] = [];
  /** Paths whose apply conflicts with another manager. */
  readonly conflictsWith = new Set<string>();
  /** Cuts the connection in place of an answer: before the request is carried out, or after it. */
  cut: (method: string, url: URL) => 'before' | 'after' | undefined = () => undefined;
  url = '';
  #version = 1;
  #server: Server | undefined;

  async start(): Promise<void> {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    await new Promise<void>((resolve) => this.#server?.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    this.url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  /** Puts an object at a path, with what a server adds. */
  put(path: string, object: JsonObject): void {
    const metadata = { uid: `uid-${this.#version}`, ...objectAt(object['metadata']), resourceVersion: String(this.#version++) };
    this.objects.set(path, { ...object, metadata });
  }

  /** The objects as owners write them: by path, without versions and uids. */
  shown(): Readonly<Record<string, Json>> {
    return Object.fromEntries(
      [...this.objects].map(([path, object]) => {
        const { uid: _, resourceVersion: __, ...metadata } = objectAt(object['metadata']);
        return [path, { ...object, metadata }];
      }),
    );
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', this.url);
    const method = request.method ?? 'GET';
    const cut = this.cut(method, url);
    const text = Buffer.concat(chunks).toString('utf8');
    const parsed = text === '' ? {} : (JSON.parse(text) as JsonObject);
    const [status, body] = cut === 'before' ? [0, ''] : this.#result(method, url, parsed, request.headers['content-type'] ?? '');
    if (cut !== undefined) {
      request.socket.destroy();
      return;
    }
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  #result(method: string, url: URL, body: JsonObject, type: string): readonly [number, JsonObject | string] {
    const path = url.pathname;
    if (path === '/readyz') return [200, 'ok'];
    if (path === '/metrics') return [200, 'process_start_time_seconds 1\n'];
    if (path.endsWith('/selfsubjectreviews')) return [201, { status: { userInfo: { username: 'tester', groups: [] } } }];
    if (path.endsWith('/selfsubjectaccessreviews')) return [201, { status: { allowed: true } }];
    const live = this.objects.get(path);
    // As the real server: with a body, a deletion's query is not looked at.
    const inBody = method === 'DELETE' && Object.keys(body).length > 0;
    const dryRun = inBody ? body['dryRun'] !== undefined : url.searchParams.has('dryRun');
    if (method === 'GET') return live === undefined ? this.#list(path) : [200, live];
    if (!dryRun) this.writes.push(`${method} ${path}`);
    if (method === 'DELETE') return this.#delete(path, live, body, dryRun);
    if (method === 'POST')
      return this.#store(`${path}/${stringAt(objectAt(body['metadata'])['name']) ?? ''}`, undefined, body, dryRun);
    const wanted = objectAt(body['metadata'])['resourceVersion'];
    if (wanted !== undefined && wanted !== objectAt(live?.['metadata'])['resourceVersion'])
      return [409, { kind: 'Status', message: 'the object has been modified' }];
    if (method === 'PUT') return this.#store(path, live, body, dryRun);
    if (!type.includes('apply-patch')) {
      const merged = mergePatch(live, body);
      return live === undefined || !isObject(merged)
        ? [404, { kind: 'Status', message: 'not found' }]
        : this.#store(path, live, merged, dryRun);
    }
    if (this.conflictsWith.has(path) && !url.searchParams.has('force'))
      return [
        409,
        {
          kind: 'Status',
          message: 'Apply failed with 1 conflict',
          details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "helm" using v1', field: '.spec' }] },
        },
      ];
    const merged = appliedOver(live, body);
    return isObject(merged) ? this.#store(path, live, merged, dryRun) : [422, { kind: 'Status' }];
  }

  #list(path: string): readonly [number, JsonObject] {
    if (path === '/api/v1') {
      const resources = ['ConfigMap', 'Secret'].map((kind) => ({ name: `${kind.toLowerCase()}s`, kind, namespaced: true }));
      return [200, { resources }];
    }
    const plural = /^\/api\/v1\/(\w+)$/.exec(path)?.[1];
    const items = [...this.objects].filter(([key]) => key.startsWith(`${path}/`) || key.split('/').at(-2) === plural);
    if (plural !== undefined || items.length > 0 || path.endsWith('/pods'))
      return [200, { kind: 'List', metadata: {}, items: items.map(([, object]) => object) }];
    return [404, { kind: 'Status', message: `${path} not found` }];
  }

  #delete(path: string, live: JsonObject | undefined, body: JsonObject, dryRun: boolean): readonly [number, JsonObject] {
    if (live === undefined) return [404, { kind: 'Status', message: 'not found' }];
    const uid = objectAt(body['preconditions'])['uid'];
    if (uid !== undefined && uid !== objectAt(live['metadata'])['uid'])
      return [409, { kind: 'Status', message: 'the uid does not match' }];
    if (!dryRun) this.objects.delete(path);
    return [200, { kind: 'Status', status: 'Success' }];
  }

  #store(path: string, live: JsonObject | undefined, object: JsonObject, dryRun: boolean): readonly [number, JsonObject] {
    const version = this.#version + 1;
    const uid = objectAt(live?.['metadata'])['uid'] ?? `uid-${version}`;
    const same = JSON.stringify({ ...live, metadata: null }) === JSON.stringify({ ...object, metadata: null });
    const metadata = { ...objectAt(object['metadata']), uid, resourceVersion: String(version) };
    const stored = { ...object, metadata };
    if (!dryRun) {
      this.#version = version;
      this.objects.set(path, stored);
    }
    return [
      live === undefined ? 201 : 200,
      same && live !== undefined && dryRun ? { ...object, metadata: { ...metadata } } : stored,
    ];
  }
}
