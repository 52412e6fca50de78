import type { Json, JsonObject } from '../cluster/json.ts';
import { isObject, stringAt } from '../cluster/json.ts';
import type { ApiAnswer } from '../collect/live/api-client.ts';
import { ApiClient, messageOf } from '../collect/live/api-client.ts';
import type { Connection } from '../collect/live/connection.ts';
import type { Environment } from '../collect/live/environment-proxy.ts';

/** Somebody whom the API server is asked to treat a request as. */
export interface Impersonated {
  readonly user: string;
  readonly groups: readonly string[];
}

/** What the server said of an object that was offered to it. */
export interface Offer {
  /** 200 for both 200 and 201. */
  readonly status: number;
  /** Of a Status; empty where the object was taken. */
  readonly message: string;
  readonly body: Json | undefined;
}

/** Asks one API server under several identities: the credential in use, others by impersonation, a token, nobody. */
export class Caller {
  readonly connection: Connection;
  readonly self: ApiClient;
  readonly #environment: Environment;
  readonly #clients = new Map<string, ApiClient>();

  constructor(connection: Connection, environment: Environment) {
    this.connection = connection;
    this.#environment = environment;
    this.self = new ApiClient(connection, environment);
  }

  /** Without any credential, client certificate included. */
  anonymous(): ApiClient {
    return this.#client('anonymous', { ...this.connection, credentials: () => Promise.resolve({}), headers: {} });
  }

  /** With a bearer token of a canary account. */
  withToken(token: string): ApiClient {
    const credentials = (): Promise<{ authorization: string }> => Promise.resolve({ authorization: `Bearer ${token}` });
    return this.#client(`token ${token}`, { ...this.connection, credentials, headers: {} });
  }

  /** As somebody else; the credential in use needs the right to impersonate. */
  as({ user, groups }: Impersonated): ApiClient {
    const headers = { 'impersonate-user': user, ...(groups.length === 0 ? {} : { 'impersonate-group': groups }) };
    return this.#client(JSON.stringify(headers), { ...this.connection, headers });
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    await Promise.all([this.self, ...this.#clients.values()].map((client) => client.close()));
  }

  #client(key: string, connection: Connection): ApiClient {
    const client = this.#clients.get(key) ?? new ApiClient(connection, this.#environment);
    this.#clients.set(key, client);
    return client;
  }
}

/** Offers an object to the server, which admits and validates it but stores nothing (`dryRun=All`). Throws LiveFault. */
export async function offer(client: ApiClient, path: string, object: JsonObject, marker = ''): Promise<Offer> {
  const query = `dryRun=All${marker === '' ? '' : `&fieldManager=${encodeURIComponent(marker)}`}`;
  return offerOf(await client.write({ method: 'POST', path: `${path}?${query}`, body: object as Json }));
}

/** Status, message and body of an answer to a write. */
export function offerOf({ status, body }: ApiAnswer): Offer {
  const isStatus = isObject(body) && stringAt(body['kind']) === 'Status';
  return { status: status === 201 || status === 202 ? 200 : status, message: isStatus ? messageOf(body) : '', body };
}
