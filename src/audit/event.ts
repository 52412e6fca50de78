import type { User } from '../authentication/user.ts';
import type { Json, JsonObject } from '../cluster/json.ts';
import { isObject, objectAt, stringAt, stringsAt } from '../cluster/json.ts';
import type { AuditAttributes } from './audit-policy.ts';

/** One audit event, read through; bodies stay as they came and are never copied further. */
export interface AuditEvent {
  readonly auditID: string;
  readonly stage: string;
  readonly level: string;
  readonly verb: string;
  readonly requestURI: string;
  /** Who authenticated; an empty user name: authentication failed. */
  readonly user: User;
  readonly impersonatedUser: User | undefined;
  readonly objectRef: ObjectReference | undefined;
  readonly code: number | undefined;
  readonly requestObject: Json | undefined;
  readonly responseObject: Json | undefined;
  readonly annotations: JsonObject;
  /** RFC 3339, microseconds; the stage's time, else that of the request's arrival, else empty. */
  readonly time: string;
}

/** What the URL of a request names; an empty string: not named. */
export interface ObjectReference {
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly apiGroup: string;
  readonly apiVersion: string;
}

/**
 * Reads an audit event (k8s.io/apiserver pkg/apis/audit/v1 `Event`, also v1beta1 and v1alpha1) out of parsed JSON.
 *
 * @returns `undefined` where the value is no audit event: no stage, or a kind or API group of something else
 */
export function readEvent(value: Json | undefined): AuditEvent | undefined {
  if (!isObject(value)) return undefined;
  const stage = stringAt(value['stage']);
  const apiVersion = value['apiVersion'];
  if (stage === undefined || stage === '' || (value['kind'] !== undefined && value['kind'] !== 'Event')) return undefined;
  if (apiVersion !== undefined && !(stringAt(apiVersion)?.startsWith('audit.k8s.io/') ?? false)) return undefined;
  const text = (name: string) => stringAt(value[name]) ?? '';
  const code = objectAt(value['responseStatus'])['code'];
  return {
    auditID: text('auditID'),
    stage,
    level: text('level'),
    verb: text('verb'),
    requestURI: text('requestURI'),
    user: readUser(value['user']),
    impersonatedUser: isObject(value['impersonatedUser']) ? readUser(value['impersonatedUser']) : undefined,
    objectRef: isObject(value['objectRef']) ? readReference(value['objectRef']) : undefined,
    code: typeof code === 'number' ? code : undefined,
    requestObject: value['requestObject'],
    responseObject: value['responseObject'],
    annotations: objectAt(value['annotations']),
    time: text('stageTimestamp') || text('requestReceivedTimestamp'),
  };
}

function readUser(value: Json | undefined): User {
  const user = objectAt(value);
  return { username: stringAt(user['username']) ?? '', groups: stringsAt(user['groups']) };
}

function readReference(reference: JsonObject): ObjectReference {
  const text = (name: string) => stringAt(reference[name]) ?? '';
  return {
    resource: text('resource'),
    subresource: text('subresource'),
    namespace: text('namespace'),
    name: text('name'),
    apiGroup: text('apiGroup'),
    apiVersion: text('apiVersion'),
  };
}

/**
 * The attributes by which a policy judged the request of an event.
 *
 * Take the event of the request's first stage: later ones carry names that were not known when the rules were matched.
 */
export function attributesOfEvent(event: AuditEvent): AuditAttributes {
  const user = event.user.username === '' && event.user.groups.length === 0 ? undefined : event.user;
  const { objectRef, verb } = event;
  if (objectRef === undefined) return { kind: 'nonResource', verb, path: pathOf(event.requestURI), user };
  const { apiGroup, resource, subresource, name, namespace } = objectRef;
  return { kind: 'resource', verb, apiGroup, resource, subresource, name, namespace, user };
}

function pathOf(requestURI: string): string {
  const end = requestURI.search(/[?#]/);
  const path = end < 0 ? requestURI : requestURI.slice(0, end);
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
