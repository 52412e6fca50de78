import type { JsonObject } from '../../cluster/json.ts';

/** One request as the plugin sees it. Objects are manifests as sent: defaults need not be filled in. */
export interface PodSecurityRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  /** Plural name and API group of the resource: `pods` and ``, `deployments` and `apps`. */
  readonly resource: string;
  readonly group: string;
  readonly subresource: string;
  readonly object: JsonObject;
  /** The stored object, on UPDATE. */
  readonly oldObject: JsonObject;
  /** The namespace of the request with its labels; of a Namespace request the object counts. */
  readonly namespace: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly username: string;
  /** The pods of the namespace, for requests for Namespaces. */
  readonly pods: readonly JsonObject[];
}
