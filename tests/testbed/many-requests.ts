import { Agent, request as httpsRequest } from 'node:https';
import type { Json } from '../../src/cluster/json.ts';
import { objectAt, stringAt } from '../../src/cluster/json.ts';
import type { Credential } from '../../testbed/certificates.ts';
import type { ControlPlane } from '../../testbed/control-plane.ts';

/** One request; a header may be given several times. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: Json | undefined;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** A client certificate, a token, nothing: nobody in particular. */
  readonly as?: Credential | { readonly token: string } | undefined;
}

export interface Answer {
  readonly status: number;
  /** Parsed JSON, else the text. */
  readonly body: Json;
}

/** Sends thousands of requests to one server over few connections that stay open. */
export class Client {
  readonly #plane: ControlPlane;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });
  readonly admin: Credential;

  constructor(plane: ControlPlane) {
    this.#plane = plane;
    this.admin = plane.credentialFor('admin', ['system:masters']);
  }

  send(asked: Asked): Promise<Answer> {
    const { as, method, body } = asked;
    // Bytes: a text would be sent in one piece with the headers, and those in its encoding.
    const bytes = body === undefined ? undefined : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    const given = Object.entries(asked.headers ?? {}).map(([name, value]) => [
      name,
      typeof value === 'string' ? utf8(value) : value.map(utf8),
    ]);
    const tls = as !== undefined && 'certificate' in as ? { cert: as.certificate, key: as.key } : {};
    const headers = {
      accept: 'application/json',
      ...(bytes === undefined ? {} : { 'content-type': 'application/json', 'content-length': bytes.length }),
      ...(as !== undefined && 'token' in as ? { authorization: `Bearer ${as.token}` } : {}),
      ...(Object.fromEntries(given) as Record<string, string | string[]>),
    };
    const ca = this.#plane.authority.credential.certificate;
    return new Promise((resolve, reject) => {
      const request = httpsRequest(
        { host: '127.0.0.1', port: this.#plane.port, method, path: asked.path, headers, ca, agent: this.#agent, ...tls },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString('utf8')) }),
          );
        },
      );
      request.setTimeout(60_000, () => request.destroy(new Error('no answer within a minute')));
      request.on('error', reject);
      request.end(bytes);
    });
  }

  /** As the administrator; anything but success is an error. */
  async made(method: string, path: string, body?: Json): Promise<Json> {
    const answer = await this.send({ method, path, body, as: this.admin });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)} to ${JSON.stringify(body)}`);
    return answer.body;
  }

  /** Asks until the answer is yes: what the server's caches have seen they do not tell. */
  async until(isSo: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 30_000;
    while (!(await isSo())) {
      if (Date.now() > deadline) throw new Error('the server does not see what was written');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** What an answer says: the message of a Status, else its text without the line's end. */
export function messageOf({ body }: Answer): string {
  return typeof body === 'string' ? body.trim() : (stringAt(objectAt(body)['message']) ?? '');
}

/** Does something for each item, a few at once; results in the order of the items. */
export async function each<T, R>(items: readonly T[], work: (item: T) => Promise<R>, atOnce = 12): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index] as T);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

/** Headers are bytes; Node writes each character as one. */
function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
