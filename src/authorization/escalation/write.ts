import type { User } from '../../authentication/user.ts';
import type { FieldError } from '../../cluster/decode/field-errors.ts';
import { invalid, printsJson } from '../../cluster/decode/field-errors.ts';
import { goJsonString } from '../../cluster/decode/node.ts';
import { goQuote } from '../../cluster/go-quote.ts';
import { jsonPatch, mergePatch, sameJson } from '../../cluster/json-patch.ts';
import type { Json, JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../../cluster/json.ts';
import { forbiddenMessage } from '../forbidden.ts';
import { invalidMessage, isRbacKind, rbacDecodeError, withDefaults } from '../object/rbac-object.ts';
import { rbacFaults } from '../object/validation.ts';
import { isPrivileged } from '../privileged-group.ts';
import { rbacGroup } from '../rbac/objects.ts';
import type { CompiledRbac } from '../rbac/rbac.ts';
import { authorize } from '../rbac/rbac.ts';
import { requestInfo } from '../request-info.ts';
import { toldByRbac } from '../told-reason.ts';
import type { RbacTarget } from './escalation.ts';
import { escalationRefusal } from './escalation.ts';

/** A write of a role or binding as it is sent. */
export interface RbacWrite {
  readonly method: string;
  readonly path: string;
  readonly contentType?: string;
  readonly body?: Json;
}

/** The server's answer. */
export type RbacWriteAnswer =
  | { readonly kind: 'allowed'; readonly code: 200 | 201 }
  | { readonly kind: 'refused'; readonly code: number; readonly reason: string; readonly message: string }
  | { readonly kind: 'unknown'; readonly why: string };

const kinds: Readonly<Record<string, string>> = {
  roles: 'Role',
  clusterroles: 'ClusterRole',
  rolebindings: 'RoleBinding',
  clusterrolebindings: 'ClusterRoleBinding',
};

/** The world that a write meets. */
export interface RbacWorld {
  readonly rbac: CompiledRbac;
  /** RBAC objects as they are stored. */
  readonly manifests: readonly JsonObject[];
  readonly minor: number;
}

/**
 * Answers a write of an RBAC object as the server would: authorization, decoding, escalation, validation, in that order.
 *
 * Rule source: k8s.io/apiserver pkg/endpoints/handlers/{create,update,patch,delete}.go, pkg/registry/generic/registry/store.go and the files
 * that `escalation.ts` names. Admission plug-ins and webhooks are not asked.
 */
export function answerRbacWrite(world: RbacWorld, user: User, write: RbacWrite): RbacWriteAnswer {
  const { attributes } = requestInfo(write.method, write.path);
  if (attributes.kind !== 'resource' || attributes.apiGroup !== rbacGroup || !Object.hasOwn(kinds, attributes.resource))
    return { kind: 'unknown', why: `${write.method} ${write.path} is no write of a role or binding` };
  const denied = refusedByRbac(world, user, attributes);
  if (denied !== undefined) return denied;
  const { namespace, name } = attributes;
  const target: RbacTarget = { resource: attributes.resource as RbacTarget['resource'], namespace, name };
  const former = storedIn(world, target);
  const asked: Write = { world, user, target, attributes, former };
  if (attributes.verb === 'create') return create(asked, write.body);
  if (former === undefined && !(attributes.verb === 'patch' && isApply(write)) && attributes.verb !== 'update')
    return notFound(target);
  if (attributes.verb === 'delete') return { kind: 'allowed', code: 200 };
  if (attributes.verb === 'update') return update(asked, write.body);
  if (attributes.verb === 'patch') return patch(asked, write);
  return { kind: 'unknown', why: `the verb ${attributes.verb} writes no single object` };
}

type ResourceAttributes = Extract<ReturnType<typeof requestInfo>['attributes'], { kind: 'resource' }>;

interface Write {
  readonly world: RbacWorld;
  readonly user: User;
  readonly target: RbacTarget;
  readonly attributes: ResourceAttributes;
  readonly former: JsonObject | undefined;
}

function refusedByRbac({ rbac, minor }: RbacWorld, user: User, attributes: ResourceAttributes): RbacWriteAnswer | undefined {
  if (isPrivileged(user)) return undefined;
  const decision = authorize(rbac, user, attributes);
  if (decision.kind === 'allow') return undefined;
  return {
    kind: 'refused',
    code: 403,
    reason: 'Forbidden',
    message: forbiddenMessage(user.username, attributes, toldByRbac(decision.reason, minor), minor),
  };
}

function storedIn({ manifests }: RbacWorld, { resource, namespace, name }: RbacTarget): JsonObject | undefined {
  if (name === '') return undefined;
  return manifests.find((manifest) => {
    const metadata = objectAt(manifest['metadata']);
    return (
      manifest['kind'] === kinds[resource] &&
      stringAt(metadata['name']) === name &&
      (namespace === '' || (stringAt(metadata['namespace']) ?? '') === namespace)
    );
  });
}

function badRequest(message: string): RbacWriteAnswer {
  return { kind: 'refused', code: 400, reason: 'BadRequest', message };
}

function notFound({ resource, name }: RbacTarget): RbacWriteAnswer {
  return { kind: 'refused', code: 404, reason: 'NotFound', message: `${resource}.${rbacGroup} ${goQuote(name)} not found` };
}

function create(write: Write, body: Json | undefined): RbacWriteAnswer {
  const read = decoded(write, body);
  if ('refused' in read) return read.refused;
  const { object } = read;
  const { target, world } = write;
  const refused = refusedAsEscalation(write, object, undefined);
  if (refused !== undefined) return refused;
  const invalidAnswer = refusedAsInvalid(object, undefined, world.minor);
  if (invalidAnswer !== undefined) return invalidAnswer;
  const name = stringAt(objectAt(object['metadata'])['name']) ?? '';
  if (storedIn(world, { ...target, name }) !== undefined) {
    const message = `${target.resource}.${rbacGroup} ${goQuote(name)} already exists`;
    return { kind: 'refused', code: 409, reason: 'AlreadyExists', message };
  }
  return { kind: 'allowed', code: 201 };
}

function update(write: Write, body: Json | undefined): RbacWriteAnswer {
  const read = decoded(write, body);
  if ('refused' in read) return read.refused;
  const { object } = read;
  const name = stringAt(objectAt(object['metadata'])['name']) ?? '';
  if (name !== write.target.name)
    return badRequest(`the name of the object (${name}) does not match the name on the URL (${write.target.name})`);
  return put(write, object);
}

/** What PUT, and PATCH with its result, come to. */
function put(write: Write, object: JsonObject): RbacWriteAnswer {
  const { former, world, user, attributes } = write;
  const refused = refusedAsEscalation(write, object, former);
  if (refused !== undefined) return refused;
  const wanted = stringAt(objectAt(object['metadata'])['resourceVersion']) ?? '';
  const stored = stringAt(objectAt(former?.['metadata'])['resourceVersion']) ?? '';
  if (former !== undefined && wanted !== '' && stored !== '' && wanted !== stored) {
    const { resource, name } = write.target;
    const text = 'the object has been modified; please apply your changes to the latest version and try again';
    const message = `Operation cannot be fulfilled on ${resource}.${rbacGroup} ${goQuote(name)}: ${text}`;
    return { kind: 'refused', code: 409, reason: 'Conflict', message };
  }
  const invalidAnswer = refusedAsInvalid(object, former, world.minor);
  if (invalidAnswer !== undefined) return invalidAnswer;
  if (former !== undefined) return { kind: 'allowed', code: 200 };
  return refusedByRbac(world, user, { ...attributes, verb: 'create' }) ?? { kind: 'allowed', code: 201 };
}

function isApply({ contentType }: RbacWrite): boolean {
  return contentType?.startsWith('application/apply-patch+') ?? false;
}

function patch(write: Write, { contentType, body, path }: RbacWrite): RbacWriteAnswer {
  const { former } = write;
  const type = (contentType ?? '').split(';')[0]?.trim() ?? '';
  if (body === undefined) return badRequest('error decoding patch: unexpected end of JSON input');
  if (type === 'application/apply-patch+yaml' || type === 'application/apply-patch+cbor') return apply(write, body, path);
  if (former === undefined) return notFound(write.target);
  let value: Json;
  if (type === 'application/json-patch+json') {
    const patched = jsonPatch(former, body);
    if ('failure' in patched)
      return {
        kind: 'unknown',
        why: `the patch cannot be made (${patched.failure}): the words of the refusal are the patch library's`,
      };
    value = patched.value;
  } else if (type === 'application/merge-patch+json') value = mergePatch(former, body);
  else if (type === 'application/strategic-merge-patch+json') {
    const merged = strategic(former, body);
    if (merged === undefined) return { kind: 'unknown', why: 'the patch holds directives of strategic merge patch' };
    value = merged;
  } else return unsupportedPatch;
  const read = decoded(write, value);
  if ('refused' in read) return read.refused;
  const { object } = read;
  return put(write, object);
}

const unsupportedPatch: RbacWriteAnswer = {
  kind: 'refused',
  code: 415,
  reason: 'UnsupportedMediaType',
  message:
    'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml',
};

/** Server-side apply: what the applied configuration says replaces; lists of these kinds are owned whole. */
function apply(write: Write, body: Json, path: string): RbacWriteAnswer {
  if (!isObject(body)) return badRequest('error decoding YAML: an object is expected');
  if (!/[?&]fieldManager=[^&]/.test(path))
    return { kind: 'unknown', why: 'an apply without fieldManager is refused as PatchOptions are' };
  const { former } = write;
  const manager = /[?&]fieldManager=([^&]*)/.exec(path)?.[1] ?? '';
  const applied = listAt(objectAt(former?.['metadata'])['managedFields']).some((entry) => {
    const { operation, manager: owner } = objectAt(entry);
    return operation === 'Apply' && owner === decodeURIComponent(manager);
  });
  if (applied)
    return {
      kind: 'unknown',
      why: 'fields that the manager applied before and leaves out now are removed; which, only the server tells',
    };
  const read = decoded(write, former === undefined ? body : mergePatch(former, body));
  if ('refused' in read) return read.refused;
  const { object } = read;
  return put(write, object);
}

/** Lists of RBAC kinds are atomic, so strategic merge is a merge patch but for finalizers and owner references, which merge. */
function strategic(former: JsonObject, body: Json): Json | undefined {
  if (/"\$(patch|retainKeys|setElementOrder|deleteFromPrimitiveList)/.test(JSON.stringify(body))) return undefined;
  const merged = mergePatch(former, body);
  const [before, asked] = [objectAt(former['metadata']), objectAt(objectAt(body)['metadata'])];
  if (!isObject(merged)) return merged;
  const metadata: Record<string, Json | undefined> = { ...objectAt(merged['metadata']) };
  if (Array.isArray(asked['finalizers']))
    metadata['finalizers'] = [...new Set([...listAt(before['finalizers']), ...listAt(asked['finalizers'])])];
  if (Array.isArray(asked['ownerReferences'])) {
    const byUid = new Map(
      [...listAt(before['ownerReferences']), ...listAt(asked['ownerReferences'])].map((one) => [objectAt(one)['uid'], one]),
    );
    metadata['ownerReferences'] = [...byUid.values()];
  }
  return { ...merged, metadata };
}

/** The object of a body: decoded, of the right kind and namespace, defaults filled in; else the refusal. */
function decoded(
  { target }: Write,
  body: Json | undefined,
): { readonly object: JsonObject } | { readonly refused: RbacWriteAnswer } {
  if (!isObject(body)) return { refused: badRequest('the object provided is unrecognized: a JSON object is expected') };
  const kind = kinds[target.resource] ?? '';
  if (stringAt(body['kind']) !== undefined && stringAt(body['kind']) !== kind)
    return { refused: { kind: 'unknown', why: `the body is a ${stringAt(body['kind']) ?? ''}, the URL asks for a ${kind}` } };
  const object: JsonObject = { ...body, kind, apiVersion: `${rbacGroup}/v1` };
  const error = isRbacKind(kind) ? rbacDecodeError(object) : 'no RBAC kind';
  if (error !== undefined) return { refused: badRequest(error) };
  const metadata = objectAt(object['metadata']);
  const namespace = stringAt(metadata['namespace']) ?? '';
  if (target.namespace !== '' && namespace !== '' && namespace !== target.namespace)
    return { refused: badRequest('the namespace of the provided object does not match the namespace sent on the request') };
  return {
    object: withDefaults(
      target.namespace === '' ? object : { ...object, metadata: { ...metadata, namespace: target.namespace } },
    ),
  };
}

function refusedAsEscalation(write: Write, object: JsonObject, former: JsonObject | undefined): RbacWriteAnswer | undefined {
  const { world, user, target } = write;
  if (former !== undefined && changesOnlyOwnership(object, former)) return undefined;
  const refused = escalationRefusal(world.rbac, user, target, object, former, world.minor);
  return refused === undefined ? undefined : { kind: 'refused', ...refused };
}

const ownership = ['ownerReferences', 'finalizers', 'managedFields', 'selfLink'];
const givenByServer = ['uid', 'creationTimestamp', 'resourceVersion', 'generation'];

/**
 * Whether nothing changes but what garbage collection touches (K:pkg/registry/rbac/helpers.go). A body that does not carry what only the
 * server gives differs from what is stored, also where the rest is the same.
 */
function changesOnlyOwnership(object: JsonObject, former: JsonObject): boolean {
  const [after, before] = [objectAt(object['metadata']), objectAt(former['metadata'])];
  if (
    before['uid'] === undefined ? !sameMembers(after, before) : givenByServer.some((name) => !sameJson(after[name], before[name]))
  )
    return false;
  return sameJson(comparable(withDefaults(object)), comparable(withDefaults(former)));
}

/** Where the stored object was recorded without what the server gives, only a patch of it can be told from a new body: by identity. */
function sameMembers(after: JsonObject, before: JsonObject): boolean {
  return ownership.some((name) => !sameJson(after[name], before[name]));
}

function comparable(object: JsonObject): Json {
  const metadata = Object.fromEntries(
    Object.entries(objectAt(object['metadata'])).filter(([name]) => !ownership.includes(name) && !givenByServer.includes(name)),
  );
  return { ...object, metadata };
}

function refusedAsInvalid(object: JsonObject, former: JsonObject | undefined, minor: number): RbacWriteAnswer | undefined {
  const faults = [...rbacFaults(object, minor), ...(former === undefined ? [] : immutableFaults(object, former, minor))];
  if (faults.length === 0) return undefined;
  return { kind: 'refused', code: 422, reason: 'Invalid', message: invalidMessage(object, faults) };
}

/** From this minor on a changed role is told in the words of every immutable field. */
const immutableWordsSince = 37;

function immutableFaults(object: JsonObject, former: JsonObject, minor: number): readonly FieldError[] {
  if (!('roleRef' in former)) return [];
  const [after, before] = [objectAt(object['roleRef']), objectAt(withDefaults(former)['roleRef'])];
  if (['apiGroup', 'kind', 'name'].every((name) => (after[name] ?? '') === (before[name] ?? ''))) return [];
  const text = (name: string) => stringAt(after[name]) ?? '';
  const printed = printsJson(minor)
    ? `{"APIGroup":${goJsonString(text('apiGroup'))},"Kind":${goJsonString(text('kind'))},"Name":${goJsonString(text('name'))}}`
    : `rbac.RoleRef{APIGroup:${goQuote(text('apiGroup'))}, Kind:${goQuote(text('kind'))}, Name:${goQuote(text('name'))}}`;
  return [invalid(['roleRef'], printed, minor >= immutableWordsSince ? 'field is immutable' : 'cannot change roleRef')];
}
