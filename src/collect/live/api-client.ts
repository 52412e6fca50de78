import { createSecureContext } from 'node:tls';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { buildConnector, Dispatcher } from 'undici';
import { Agent, ProxyAgent, request, Socks5ProxyAgent } from 'undici';
import type { Json } from '../../cluster/json.ts';
import { isObject, stringAt } from '../../cluster/json.ts';
import type { Connection, Secrets } from './connection.ts';
import { connectionFault, serverName } from './connection-fault.ts';
import type { Environment } from './environment-proxy.ts';
import { LiveFault } from './live-fault.ts';
import { systemAuthorities } from './system-authorities.ts';

/** How long the client waits and how often it tries. */
export interface ClientLimits {
  readonly connectMs: number;
  /** For one whole answer. */
  readonly answerMs: number;
  /** Tries after the first. */
  readonly retries: number;
  /** First pause before a further try; it doubles. */
  readonly pauseMs: number;
  /** The longest pause, also where Retry-After asks for more. */
  readonly longestPauseMs: number;
  readonly connections: number;
}

export const defaultLimits: ClientLimits = {
  connectMs: 10_000,
  answerMs: 30_000,
  retries: 4,
  pauseMs: 250,
  longestPauseMs: 10_000,
  connections: 6,
};

/** What the server answered: a status and parsed JSON; `undefined` where a failure's body is something else. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: Json | undefined;
}

interface RawAnswer extends ApiAnswer {
  readonly retryAfter: number | undefined;
}

interface SendOptions {
  readonly accept?: string;
  readonly answerMs?: number;
  readonly contentType?: string;
}

const unzip = promisify(gunzip);

/** A request that changes something. */
export interface WriteRequest {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query. */
  readonly path: string;
  readonly body?: Json;
  /** `application/json` unless given. */
  readonly contentType?: string;
  readonly answerMs?: number;
}

/**
 * Sends requests to one API server. Reading is GET, and POST of reviews that store nothing: answers of 429 and 5xx, and connections that
 * break, are tried again a few times; a 401 once with fresh credentials. Only apply/ and verify/ write.
 */
export class ApiClient {
  readonly connection: Connection;
  readonly #limits: ClientLimits;
  readonly #environment: Environment;
  #dispatcher: Dispatcher | undefined;
  #secrets: Secrets | undefined;
  #renewal: Promise<void> | undefined;

  constructor(connection: Connection, environment: Environment, limits: ClientLimits = defaultLimits) {
    this.connection = connection;
    this.#environment = environment;
    this.#limits = limits;
  }

  /**
   * Reads a path. Returns the answer with status 200, 403, 404 or 410; throws LiveFault for every other one, and where none came or it
   * is no JSON. `answerMs` and `retries` replace the client's own.
   */
  get(
    path: string,
    options: { readonly accept?: string; readonly answerMs?: number; readonly retries?: number } = {},
  ): Promise<ApiAnswer> {
    return this.#ask('GET', path, undefined, options);
  }

  /** Sends a review, an object that the server answers and does not store. Otherwise as `get`; 201 becomes 200. */
  review(path: string, body: Json): Promise<ApiAnswer> {
    return this.#ask('POST', path, JSON.stringify(body), {});
  }

  /**
   * Sends a request that changes something, and returns the answer whatever its status. It is sent again only where the server surely did
   * not carry it out: after 429, and once with fresh credentials after 401. Throws LiveFault where no answer came: then nobody knows.
   */
  async write(write: WriteRequest): Promise<ApiAnswer> {
    const body = write.body === undefined ? undefined : JSON.stringify(write.body);
    let renewed = false;
    for (let attempt = 0; ; attempt++) {
      let answer: RawAnswer;
      try {
        const used = await this.#ready();
        answer = await this.#send(write.method, write.path, body, write);
        if (answer.status === 401 && !renewed) {
          renewed = true;
          await this.#renew(used);
          continue;
        }
      } catch (error) {
        throw connectionFault(error, this.connection, write.path, seconds(this.#waited(error, write.answerMs)));
      }
      if (answer.status !== 429 || attempt >= this.#limits.retries) return { status: answer.status, body: answer.body };
      const pause = answer.retryAfter ?? this.#limits.pauseMs * 2 ** attempt;
      await new Promise((resolve) => setTimeout(resolve, Math.min(pause, this.#limits.longestPauseMs)));
    }
  }

  /**
   * Reads what is no JSON (metrics, a health answer), and what is answered to a client that may be refused: the text and status, whatever
   * they are, tried once. Throws LiveFault where no answer came.
   */
  async text(path: string, answerMs?: number): Promise<{ readonly status: number; readonly text: string }> {
    try {
      await this.#ready();
      const { status, text } = await this.#exchange('GET', path, undefined, {
        accept: '*/*',
        ...(answerMs === undefined ? {} : { answerMs }),
      });
      return { status, text };
    } catch (error) {
      throw connectionFault(error, this.connection, path, seconds(this.#waited(error, answerMs)));
    }
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    await this.#dispatcher?.destroy();
  }

  async #ask(
    method: 'GET' | 'POST',
    path: string,
    body: string | undefined,
    options: { readonly accept?: string; readonly answerMs?: number; readonly retries?: number },
  ): Promise<ApiAnswer> {
    const retries = options.retries ?? this.#limits.retries;
    let renewed = false;
    for (let attempt = 0; ; attempt++) {
      let pause = Math.min(this.#limits.pauseMs * 2 ** attempt, this.#limits.longestPauseMs);
      try {
        const used = await this.#ready();
        const answer = await this.#send(method, path, body, options);
        if (answer.status === 401 && !renewed) {
          renewed = true;
          await this.#renew(used);
          continue;
        }
        if (!isWorthAnotherTry(answer.status) || attempt >= retries) return this.#accepted(answer, path);
        pause = Math.min(answer.retryAfter ?? pause, this.#limits.longestPauseMs);
      } catch (error) {
        const fault = connectionFault(error, this.connection, path, seconds(this.#waited(error, options.answerMs)));
        // What timed out once has cost its time; a refused certificate stays refused.
        const tries =
          fault.failure === 'connection' ? Math.min(retries, 2) : fault.failure === 'answer' ? Math.min(retries, 1) : 0;
        if (attempt >= tries) throw fault;
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  #waited(error: unknown, answerMs: number | undefined): number {
    const connecting = error instanceof Error && 'code' in error && error.code === 'UND_ERR_CONNECT_TIMEOUT';
    return connecting ? this.#limits.connectMs : (answerMs ?? this.#limits.answerMs);
  }

  async #ready(): Promise<Secrets> {
    // Several requests start at once: the plug-in is run for the first alone.
    if (this.#secrets === undefined) await (this.#renewal ??= this.#take(false).finally(() => (this.#renewal = undefined)));
    return this.#secrets ?? {};
  }

  /** Fresh credentials after a 401, once for all requests that were refused with the same ones. */
  async #renew(used: Secrets): Promise<void> {
    if (this.#secrets !== used) return;
    await (this.#renewal ??= this.#take(true).finally(() => (this.#renewal = undefined)));
  }

  async #take(again: boolean): Promise<void> {
    const former = this.#secrets;
    const secrets = await this.connection.credentials(again);
    const sameCertificate = former?.certificate === secrets.certificate && former?.key === secrets.key;
    if (this.#dispatcher === undefined || !sameCertificate) this.#dispatcher = this.#dispatcherFor(secrets);
    this.#secrets = secrets;
  }

  #dispatcherFor(secrets: Secrets): Dispatcher {
    const { server, place } = this.connection;
    const tls = {
      ...(server.authorities === undefined ? {} : { ca: server.authorities }),
      ...(secrets.certificate === undefined ? {} : { cert: secrets.certificate, key: secrets.key ?? '' }),
    };
    try {
      createSecureContext(tls);
    } catch {
      const source = secrets.certificate === undefined ? place.cluster : place.user;
      const reason = 'the certificates or the key cannot be read, or do not belong together';
      throw new LiveFault('credential', { source, reason, hint: 'write the kubeconfig anew' });
    }
    const connect = {
      ...tls,
      ...(server.authorities === undefined && !server.insecure && server.url.protocol === 'https:'
        ? { ca: [...systemAuthorities(this.#environment)] }
        : {}),
      ...(server.tlsServerName === undefined ? {} : { servername: server.tlsServerName }),
      rejectUnauthorized: !server.insecure,
      timeout: this.#limits.connectMs,
    };
    const options = { connections: this.#limits.connections, connectTimeout: this.#limits.connectMs };
    if (server.proxy === undefined) return new Agent({ ...options, connect });
    return this.#throughProxy(server.proxy, connect, options);
  }

  #throughProxy(proxy: string, connect: buildConnector.BuildOptions, options: Agent.Options): Dispatcher {
    try {
      const { protocol } = new URL(proxy);
      if (protocol === 'socks5:' || protocol === 'socks5h:' || protocol === 'socks:')
        return socksAgent(proxy.replace(/^socks5?h?:/, 'socks5:'), connect);
      if (protocol === 'http:' || protocol === 'https:') return new ProxyAgent({ ...options, uri: proxy, requestTls: connect });
    } catch {
      // Falls through to the fault: the URL may hold a password and is not printed.
    }
    const hint = 'use http://, https:// or socks5:// in proxy-url or HTTPS_PROXY';
    throw new LiveFault('kubeconfig', {
      source: this.connection.place.cluster,
      reason: 'the proxy is no URL that can be used',
      hint,
    });
  }

  async #send(
    method: 'GET' | WriteRequest['method'],
    path: string,
    body: string | undefined,
    options: SendOptions,
  ): Promise<RawAnswer> {
    const { status, text, retryAfter } = await this.#exchange(method, path, body, options);
    const parsed = parse(text);
    if (parsed === undefined && status >= 200 && status < 300) throw this.#brokenAnswer(path);
    return { status: status === 201 ? 200 : status, body: parsed, retryAfter };
  }

  async #exchange(
    method: 'GET' | WriteRequest['method'],
    path: string,
    body: string | undefined,
    options: SendOptions,
  ): Promise<{ readonly status: number; readonly text: string; readonly retryAfter: number | undefined }> {
    const { server, headers } = this.connection;
    const authorization = this.#secrets?.authorization;
    const base = server.url.pathname.replace(/\/$/, '');
    // On loopback the server would compress for nothing.
    const local = /^(?:localhost|127\.|\[::1\])/.test(server.url.hostname);
    const answer = await request(`${server.url.origin}${base}${path}`, {
      method,
      ...(body === undefined ? {} : { body }),
      headers: {
        accept: options.accept ?? 'application/json',
        ...(local ? {} : { 'accept-encoding': 'gzip' }),
        'user-agent': 'bulwark',
        ...(body === undefined ? {} : { 'content-type': options.contentType ?? 'application/json' }),
        ...(authorization === undefined ? {} : { authorization }),
        ...Object.fromEntries(
          Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
        ),
      },
      ...(this.#dispatcher === undefined ? {} : { dispatcher: this.#dispatcher }),
      signal: AbortSignal.timeout(options.answerMs ?? this.#limits.answerMs),
    });
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    const text = (answer.headers['content-encoding'] === 'gzip' ? await unzip(bytes) : bytes).toString('utf8');
    const after = Number(answer.headers['retry-after']);
    return {
      status: answer.statusCode,
      text,
      retryAfter: Number.isFinite(after) && after >= 0 && answer.headers['retry-after'] !== undefined ? after * 1000 : undefined,
    };
  }

  #brokenAnswer(path: string): LiveFault {
    return new LiveFault('answer', {
      source: path,
      reason: `broken answer: no JSON from ${serverName(this.connection)}`,
      hint: 'check that server names a Kubernetes API server and that nothing between changes its answers',
    });
  }

  #accepted({ status, body }: RawAnswer, path: string): ApiAnswer {
    if (status === 200 || status === 403 || status === 404 || status === 410) return { status, body };
    if (status === 401)
      throw new LiveFault(
        'status',
        {
          source: serverName(this.connection),
          reason: `401 the server does not know the credential of ${this.connection.place.user}`,
          hint: 'log in again, renew the certificate or token, or choose another --context',
        },
        status,
      );
    const hint =
      status === 429 ? 'try again when the API server is less busy' : 'look into the log of the API server and try again';
    throw new LiveFault('status', { source: path, reason: `${status} ${messageOf(body)}`.trim(), hint }, status);
  }
}

/** The library takes the TLS options of the tunnelled connection, though its types do not say so; a test holds it to that. */
function socksAgent(proxy: string, requestTls: buildConnector.BuildOptions): Dispatcher {
  const options: Socks5ProxyAgent.Options & { readonly requestTls: object } = { requestTls };
  return new Socks5ProxyAgent(proxy, options);
}

function isWorthAnotherTry(status: number): boolean {
  return status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}

/** The message of a Status object, in one line; empty for anything else. */
export function messageOf(body: Json | undefined): string {
  const message = isObject(body) ? (stringAt(body['message']) ?? '') : '';
  return message.replace(/\s+/g, ' ').slice(0, 300);
}
