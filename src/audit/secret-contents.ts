import type { FieldPath, Json } from '../cluster/json.ts';
import { isObject, listAt, valueAt } from '../cluster/json.ts';
import type { AuditEvent, ObjectReference } from './event.ts';

/** A kind of event whose bodies hold secrets, and the fields that do. */
interface SecretResource {
  /** As findings name it: `secrets`, `serviceaccounts/token`, `tokenreviews`. */
  readonly resource: string;
  readonly fields: readonly FieldPath[];
  /** A patch of it is secret as a whole: it may be a list of operations, in which a value can stand anywhere. */
  readonly wholePatch: boolean;
}

const tokenFields: readonly FieldPath[] = [
  ['spec', 'token'],
  ['status', 'token'],
];

function secretResourceOf({ apiGroup, resource, subresource }: ObjectReference): SecretResource | undefined {
  if (apiGroup === '' && resource === 'secrets' && subresource === '')
    return { resource: 'secrets', fields: [['data'], ['stringData']], wholePatch: true };
  if (apiGroup === '' && resource === 'serviceaccounts' && subresource === 'token')
    return { resource: 'serviceaccounts/token', fields: tokenFields, wholePatch: false };
  if (apiGroup === 'authentication.k8s.io' && resource === 'tokenreviews')
    return { resource: 'tokenreviews', fields: tokenFields, wholePatch: false };
  return undefined;
}

/**
 * Says which parts of an event hold the content of a Secret or a token, as `responseObject.data`; never the content.
 *
 * Lists and tables are looked into: `responseObject.items[].data`, `responseObject.rows[].object.data`. An empty field holds nothing.
 */
export function secretContents(event: AuditEvent): readonly { readonly resource: string; readonly what: string }[] {
  const kind = event.objectRef === undefined ? undefined : secretResourceOf(event.objectRef);
  if (kind === undefined) return [];
  const found: string[] = [];
  if (kind.wholePatch && event.verb === 'patch' && isFilled(event.requestObject)) found.push('requestObject (patch)');
  else found.push(...fieldsIn('requestObject', event.requestObject, kind.fields));
  found.push(...fieldsIn('responseObject', event.responseObject, kind.fields));
  return found.map((what) => ({ resource: kind.resource, what }));
}

function fieldsIn(name: string, body: Json | undefined, fields: readonly FieldPath[]): readonly string[] {
  if (!isObject(body)) return [];
  const places: readonly (readonly [string, readonly (Json | undefined)[]])[] = [
    [name, [body]],
    [`${name}.items[]`, listAt(body['items'])],
    [`${name}.rows[].object`, listAt(body['rows']).map((row) => valueAt(row, ['object']))],
  ];
  return places.flatMap(([prefix, objects]) =>
    fields
      .filter((field) => objects.some((object) => isFilled(valueAt(object, field))))
      .map((field) => `${prefix}.${field.join('.')}`),
  );
}

function isFilled(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}
