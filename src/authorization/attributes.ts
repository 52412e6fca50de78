/** What a request to an API resource asks for (k8s.io/apiserver `authorizer.Attributes`); an empty string means: not set. */
export interface ResourceAttributes {
  readonly kind: 'resource';
  readonly verb: string;
  readonly apiGroup: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  readonly namespace: string;
  /** As the query gives it, for verbs that take one; absent: not known, or none. Only the Node authorizer looks at it. */
  readonly fieldSelector?: string;
}

/** What a request to another path asks for; its verb is the HTTP method in lower case. */
export interface NonResourceAttributes {
  readonly kind: 'nonResource';
  readonly verb: string;
  /** The path without its query. */
  readonly path: string;
}

/** The attributes of one request, as every authorizer and the audit policy see them. */
export type Attributes = ResourceAttributes | NonResourceAttributes;

/** The namespace of a request; empty for cluster-scoped and non-resource requests. */
export function namespaceOf(attributes: Attributes): string {
  return attributes.kind === 'resource' ? attributes.namespace : '';
}

/** `resource` or `resource/subresource`, as rules name it. */
export function combinedResource(attributes: ResourceAttributes): string {
  return attributes.subresource === '' ? attributes.resource : `${attributes.resource}/${attributes.subresource}`;
}
