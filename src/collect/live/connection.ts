import type { Kubeconfig } from '../../cluster/cluster.ts';
import type { JsonObject } from '../../cluster/json.ts';

/** Where the API server is and how to trust it. */
export interface ServerEntry {
  readonly url: URL;
  /** PEM; `undefined`: the system's authorities. */
  readonly authorities: string | undefined;
  readonly tlsServerName: string | undefined;
  readonly insecure: boolean;
  /** `proxy-url`, else the environment's proxy; may hold a password: never printed. */
  readonly proxy: string | undefined;
}

/** Credentials ready for use; never printed or kept beyond the client. */
export interface Secrets {
  /** Value of the Authorization header. */
  readonly authorization?: string;
  /** PEM. */
  readonly certificate?: string;
  readonly key?: string;
}

/** Gives the credentials of a user; `again` asks for fresh ones after the server refused the former. Throws LiveFault. */
export type CredentialSource = (again: boolean) => Promise<Secrets>;

/** Everything that a request needs. */
export interface Connection {
  readonly server: ServerEntry;
  readonly credentials: CredentialSource;
  /** Impersonation headers of the user entry. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** Where the server's and the user's entries stand, for messages. */
  readonly place: { readonly cluster: string; readonly user: string };
  readonly context: string;
  readonly kubeconfig: Kubeconfig;
}

/** A user entry of a kubeconfig with the folder that its relative paths start from. */
export interface UserEntry {
  readonly name: string;
  readonly user: JsonObject;
  readonly folder: string;
  /** File and name, for messages. */
  readonly place: string;
  readonly server: ServerEntry;
  /** The cluster entry, for plug-ins that ask for it. */
  readonly cluster: JsonObject;
}
