import { Agent, request } from 'node:https';
import type { JsonObject } from '../../src/cluster/json.ts';
import { objectAt, stringAt } from '../../src/cluster/json.ts';
import type { Credential } from '../../testbed/certificates.ts';
import { each } from './many-requests.ts';
import type { TwoServers } from './two-servers.ts';

const namespace = '/api/v1/namespaces/default/secrets';
const valueOf = (name: string, version: number): string => Buffer.from(`MARK ${name} ${version}`).toString('base64');

/** Writes and reads Secrets through both API servers, like clients behind a balancer: a server that is being restarted is passed over. */
export class Workload {
  readonly #servers: TwoServers;
  readonly #written = new Map<string, string>();
  readonly #ending = new AbortController();
  #done: Promise<unknown> = Promise.resolve();
  #reads = 0;
  #writes = 0;
  readonly #failedReads: string[] = [];

  constructor(servers: TwoServers) {
    this.#servers = servers;
  }

  /** Makes Secrets `NAME-0` and so on. */
  static async fill(servers: TwoServers, name: string, count: number): Promise<void> {
    await each(numbers(count), async (index) => {
      const id = `${name}-${index}`;
      const { status } = await send(servers, 'POST', namespace, secretOf(id, valueOf(id, 1)));
      if (status !== 201) throw new Error(`make ${id}: ${status}`);
    });
  }

  static async remove(servers: TwoServers, name: string, index: number): Promise<void> {
    await send(servers, 'DELETE', `${namespace}/${name}-${index}`);
  }

  /** Which of them are not as they were made, through one server and the other. */
  static async missing(servers: TwoServers, name: string, count: number): Promise<readonly string[]> {
    const missing: string[] = [];
    await each(numbers(count), async (index) => {
      const id = `${name}-${index}`;
      const { status, value } = await send(servers, 'GET', `${namespace}/${id}`);
      if (status !== 200 || value !== valueOf(id, 1)) missing.push(`${id}: ${status}`);
    });
    return missing;
  }

  start(): void {
    this.#done = Promise.all([this.#write(0), this.#write(1), this.#read(0), this.#read(1), this.#read(2)]);
  }

  async stop(): Promise<{ readonly reads: number; readonly writes: number; readonly failedReads: readonly string[] }> {
    this.#ending.abort();
    await this.#done;
    return { reads: this.#reads, writes: this.#writes, failedReads: this.#failedReads };
  }

  /** What was written and is not there as it was written last. */
  async lost(): Promise<readonly string[]> {
    const lost: string[] = [];
    await each([...this.#written], async ([id, wanted]) => {
      const { status, value } = await send(this.#servers, 'GET', `${namespace}/${id}`);
      if (status !== 200 || value !== wanted) lost.push(`${id}: ${status}`);
    });
    return lost;
  }

  async #write(worker: number): Promise<void> {
    for (let count = 0; !this.#ending.signal.aborted; count++) {
      const id = `moving-${worker}-${count % 40}`;
      const value = valueOf(id, count);
      const isNew = !this.#written.has(id);
      const { status } = await send(
        this.#servers,
        isNew ? 'POST' : 'PUT',
        isNew ? namespace : `${namespace}/${id}`,
        secretOf(id, value),
      );
      if (status === 200 || status === 201) {
        this.#writes++;
        this.#written.set(id, value);
      } else if (status === 409) {
        // It was carried out although no answer came.
        const { value: now } = await send(this.#servers, 'GET', `${namespace}/${id}`);
        if (now !== undefined) this.#written.set(id, now);
      } else throw new Error(`write ${id}: ${status}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async #read(worker: number): Promise<void> {
    for (let count = 0; !this.#ending.signal.aborted; count++) {
      const whole = worker === 2;
      const id = `kept-${(count * 7 + worker) % 200}`;
      const path = whole ? `${namespace}?limit=50` : `${namespace}/${id}`;
      const { status, value } = await send(this.#servers, 'GET', path);
      this.#reads++;
      if (status !== 200 || (!whole && value !== valueOf(id, 1))) this.#failedReads.push(`${path}: ${status}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function secretOf(name: string, value: string): JsonObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'default' }, data: { value } };
}

const agent = new Agent({ keepAlive: true, maxSockets: 16 });
const credentials = new WeakMap<TwoServers, Credential>();
let turn = 0;

/** Sends to one server after the other until one answers; one that is going down answers 503 or nothing. */
async function send(
  servers: TwoServers,
  method: string,
  path: string,
  body?: JsonObject,
): Promise<{ readonly status: number; readonly value: string | undefined }> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const url = servers.urls[turn++ % 2] ?? '';
    const answer = await once(servers, url, method, path, body).catch(() => undefined);
    if (answer !== undefined && ![429, 503, 504].includes(answer.status) && !answer.goingDown) return answer;
    if (Date.now() > deadline) throw new Error(`${method} ${path}: nobody answers`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function once(
  servers: TwoServers,
  url: string,
  method: string,
  path: string,
  body: JsonObject | undefined,
): Promise<{ readonly status: number; readonly value: string | undefined; readonly goingDown: boolean }> {
  const credential = credentials.get(servers) ?? servers.plane.credentialFor('admin', ['system:masters']);
  credentials.set(servers, credential);
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const asked = request(
      `${url}${path}`,
      {
        method,
        agent,
        ca: servers.plane.authority.credential.certificate,
        cert: credential.certificate,
        key: credential.key,
        headers: text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const answer = parsed(Buffer.concat(chunks).toString('utf8'));
          const message = stringAt(answer['message']) ?? '';
          resolve({
            status: response.statusCode ?? 0,
            value: stringAt(objectAt(answer['data'])['value']),
            goingDown:
              /shutting down|context canceled|not yet been authorized|informer/.test(message) ||
              (response.statusCode ?? 0) === 403,
          });
        });
      },
    );
    asked.setTimeout(20_000, () => asked.destroy(new Error('late')));
    asked.on('error', reject);
    asked.end(text);
  });
}

function parsed(text: string): JsonObject {
  try {
    return objectAt(JSON.parse(text) as JsonObject);
  } catch {
    return {};
  }
}
