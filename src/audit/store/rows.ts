import type { User } from '../../authentication/user.ts';
import type { Attributes, ResourceAttributes } from '../../authorization/attributes.ts';
import type { Json } from '../../cluster/json.ts';
import { attributesOfUri } from './attributes.ts';
import type { AccessRow, WriteRow } from './types.ts';

/** A text of a row; empty for anything else. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part.replaceAll('+', ' '));
  } catch {
    return part;
  }
}

function jsonOf(value: unknown): Json | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  try {
    return JSON.parse(value) as Json;
  } catch {
    return undefined;
  }
}

function userOf(username: unknown, groups: unknown, more: Pick<User, 'uid' | 'extra'> = {}): User {
  return { username: text(username), groups: texts(groups), ...more };
}

/** A list that the engine printed as JSON. */
function listOf(value: unknown): readonly string[] {
  return texts(jsonOf(value));
}

/** The two of a user's extra values that the store keeps. */
function extraOf(row: Record<string, unknown>): Pick<User, 'extra'> {
  const extra: Record<string, readonly string[]> = {};
  if (text(row['pod']) !== '') extra['authentication.kubernetes.io/pod-name'] = [text(row['pod'])];
  if (text(row['credential']) !== '') extra['authentication.kubernetes.io/credential-id'] = [text(row['credential'])];
  return Object.keys(extra).length === 0 ? {} : { extra };
}

function resourceOf(row: Record<string, unknown>): ResourceAttributes {
  const selector = decoded(text(row['field_selector']));
  return {
    kind: 'resource',
    verb: text(row['verb']),
    apiGroup: text(row['api_group']),
    resource: text(row['resource']),
    subresource: text(row['subresource']),
    name: text(row['name']),
    namespace: text(row['namespace']),
    ...(selector === '' ? {} : { fieldSelector: selector }),
  };
}

/** A row of distinct accesses. */
export function accessOf(row: Record<string, unknown>): AccessRow {
  const attributes: Attributes =
    row['is_resource'] === true ? resourceOf(row) : attributesOfUri(text(row['verb']), text(row['path']));
  const decision = text(row['decision']);
  return {
    user: userOf(row['username'], listOf(row['groups']), extraOf(row)),
    ...(text(row['as_username']) === ''
      ? {}
      : {
          impersonatedUser: userOf(
            row['as_username'],
            listOf(row['as_groups']),
            text(row['as_uid']) === '' ? {} : { uid: text(row['as_uid']) },
          ),
        }),
    attributes,
    userAgent: text(row['user_agent']),
    sourceIP: text(row['source_ip']),
    decision: decision === 'allow' || decision === 'forbid' ? decision : undefined,
    reason: text(row['reason']),
    code: Number(row['code'] ?? 0),
    refusal: text(row['refusal']),
    epoch: Number(row['epoch'] ?? 0),
    count: Number(row['n'] ?? 0),
    first: text(row['first']),
    last: text(row['last']),
    auditID: text(row['audit_id']),
  };
}

/** A row of writes. */
export function writeOf(row: Record<string, unknown>): WriteRow {
  const [requestObject, responseObject] = [jsonOf(row['request_body']), jsonOf(row['response_body'])];
  return {
    time: text(row['time']),
    auditID: text(row['audit_id']),
    attributes: resourceOf(row),
    user: userOf(row['username'], row['groups']),
    code: Number(row['code'] ?? 0),
    ...(requestObject === undefined ? {} : { requestObject }),
    ...(responseObject === undefined ? {} : { responseObject }),
  };
}
