import { knownKinds } from '../cluster/kinds.ts';
import { goQuote } from '../cluster/go-quote.ts';
import type { Json } from '../cluster/json.ts';
import { isObject, objectAt, stringAt } from '../cluster/json.ts';
import { parseDocuments } from '../cluster/yaml/parse.ts';
import type { MessageField, MessageShape } from './gogo-message.ts';
import { messageError } from './gogo-message.ts';

/** What a plaintext is, far enough to name it. */
export interface StoredObject {
  /** Whether the server makes an object of it. */
  readonly readable: boolean;
  readonly format?: 'protobuf' | 'json' | 'cbor';
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** The type of a Secret. */
  readonly type?: string;
  /** The server's own words where it does not, and they are known. */
  readonly message?: string;
}

const bytes = (name: string): MessageField => ({ name, type: 'bytes' });
const varint = (name: string): MessageField => ({ name, type: 'varint' });
const map = (name: string): MessageField => ({ name, type: 'map' });

const time: MessageShape = { name: 'Timestamp', fields: { 1: varint('Seconds'), 2: varint('Nanos') } };
const ownerReference: MessageShape = {
  name: 'OwnerReference',
  fields: {
    1: bytes('Kind'),
    3: bytes('Name'),
    4: bytes('UID'),
    5: bytes('APIVersion'),
    6: varint('Controller'),
    7: varint('BlockOwnerDeletion'),
  },
};
const managedFields: MessageShape = {
  name: 'ManagedFieldsEntry',
  fields: {
    1: bytes('Manager'),
    2: bytes('Operation'),
    3: bytes('APIVersion'),
    4: { name: 'Time', type: time },
    6: bytes('FieldsType'),
    7: { name: 'FieldsV1', type: { name: 'FieldsV1', fields: { 1: bytes('Raw') } } },
    8: bytes('Subresource'),
  },
};
const objectMeta: MessageField = {
  name: 'ObjectMeta',
  type: {
    name: 'ObjectMeta',
    fields: {
      1: bytes('Name'),
      2: bytes('GenerateName'),
      3: bytes('Namespace'),
      4: bytes('SelfLink'),
      5: bytes('UID'),
      6: bytes('ResourceVersion'),
      7: varint('Generation'),
      8: { name: 'CreationTimestamp', type: time },
      9: { name: 'DeletionTimestamp', type: time },
      10: varint('DeletionGracePeriodSeconds'),
      11: map('Labels'),
      12: map('Annotations'),
      13: { name: 'OwnerReferences', type: ownerReference },
      14: bytes('Finalizers'),
      17: { name: 'ManagedFields', type: managedFields },
    },
  },
};
/** Messages that are looked into whole; of every other kind the metadata alone is. */
const shapes: Readonly<Record<string, MessageShape>> = {
  Secret: {
    name: 'Secret',
    fields: { 1: objectMeta, 2: map('Data'), 3: bytes('Type'), 4: map('StringData'), 5: varint('Immutable') },
  },
  ConfigMap: { name: 'ConfigMap', fields: { 1: objectMeta, 2: map('Data'), 3: map('BinaryData'), 4: varint('Immutable') } },
};
const unknownMessage: MessageShape = {
  name: 'Unknown',
  fields: {
    1: { name: 'TypeMeta', type: { name: 'TypeMeta', fields: { 1: bytes('APIVersion'), 2: bytes('Kind') } } },
    2: bytes('Raw'),
    3: bytes('ContentEncoding'),
    4: bytes('ContentType'),
  },
};

/**
 * Reads a plaintext as the server's storage codec does, far enough to say what object it is, or why it is none.
 *
 * Protobuf (`k8s\0` and runtime.Unknown), JSON, CBOR by its mark, else YAML. Of kinds other than Secret and ConfigMap only the metadata is
 * looked into. Rule source: apimachinery pkg/runtime/serializer (recognizer, protobuf, json); recordings of real servers.
 *
 * @param resource as the configuration names it: `secrets`
 */
export function readStoredObject(plaintext: Uint8Array, resource: string): StoredObject {
  const head = Buffer.from(plaintext.buffer, plaintext.byteOffset, Math.min(plaintext.byteLength, 4)).toString('latin1');
  if (head === 'k8s\0') return readProtobuf(plaintext.subarray(4), resource);
  // The server refuses CBOR that it was not told to write; whether it was is not known here, nor does it matter to what is kept.
  if (head.startsWith('\xd9\xd9\xf7')) return { readable: true, format: 'cbor' };
  const text = Buffer.from(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength).toString('utf8');
  if (/^\s*\{/.test(text)) return readJson(text, resource);
  return readYaml(text, resource);
}

function readProtobuf(body: Uint8Array, resource: string): StoredObject {
  if (body.byteLength === 0) return { readable: false, message: 'empty body' };
  const envelope = new Map<string, Uint8Array>();
  const fault = messageError(unknownMessage, body, (path, value) => envelope.set(path, value));
  // Where the envelope itself is broken, what it says is shown as far as it was whole.
  if (fault !== undefined)
    return { readable: false, ...(envelope.has('Raw') ? { format: 'protobuf' as const } : {}), message: fault };
  const apiVersion = textOf(envelope.get('TypeMeta.APIVersion'));
  const kind = textOf(envelope.get('TypeMeta.Kind'));
  const about = { format: 'protobuf' as const, ...given('apiVersion', apiVersion), ...given('kind', kind) };
  // Without them the server decodes into its internal type, which no protobuf message is.
  if (apiVersion === '' || kind === '') return { readable: false, ...about };
  const refusal = kindRefusal(apiVersion, kind, resource);
  if (refusal !== undefined) return { readable: false, ...about, ...refusal };
  const raw = envelope.get('Raw') ?? new Uint8Array();
  const found = new Map<string, Uint8Array>();
  const shape = shapes[kind] ?? { name: kind, fields: { 1: objectMeta } };
  const broken = messageError(shape, raw, (path, value) => found.set(path, value));
  if (broken !== undefined) return { readable: false, ...about, message: broken };
  return {
    readable: true,
    ...about,
    ...given('namespace', textOf(found.get('ObjectMeta.Namespace'))),
    ...given('name', textOf(found.get('ObjectMeta.Name'))),
    ...given('type', kind === 'Secret' ? textOf(found.get('Type')) : ''),
  };
}

function readJson(text: string, resource: string): StoredObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { readable: false, format: 'json' };
  }
  return { format: 'json', ...readValue(value as Json, resource) };
}

/** What is neither protobuf nor JSON is tried as YAML; nothing at all is an empty object. */
function readYaml(text: string, resource: string): StoredObject {
  if (/^[\s\0]*$/.test(text) && !text.includes('\0')) return { readable: true };
  // No parser of YAML takes control characters.
  if (hasControlCharacter(text)) return { readable: false };
  const [document] = parseDocuments(text, 'value').documents;
  if (document === undefined || !isObject(document.value)) return { readable: false };
  const { readable, namespace, name, message } = readValue(document.value, resource);
  return {
    readable,
    ...given('namespace', namespace ?? ''),
    ...given('name', name ?? ''),
    ...(message === undefined ? {} : { message }),
  };
}

function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const blank = code === 0x09 || code === 0x0a || code === 0x0d;
    if ((code < 0x20 && !blank) || code === 0x7f || code === 0xfffd) return true;
  }
  return false;
}

function readValue(value: Json, resource: string): Omit<StoredObject, 'format'> {
  const object = objectAt(value);
  const apiVersion = stringAt(object['apiVersion']) ?? '';
  const kind = stringAt(object['kind']) ?? '';
  const about = { ...given('apiVersion', apiVersion), ...given('kind', kind) };
  const custom = !isBuiltIn(resource);
  if (kind === '' || apiVersion === '') {
    if (custom) return { readable: false, ...about };
    // Decoded into the internal type, whose metadata has no name of its own in JSON: its fields stand at the top.
    return {
      readable: true,
      ...about,
      ...given('namespace', stringAt(object['namespace']) ?? ''),
      ...given('name', stringAt(object['name']) ?? ''),
    };
  }
  const refusal = custom ? undefined : kindRefusal(apiVersion, kind, resource);
  if (refusal !== undefined) return { readable: false, ...about, ...refusal };
  const metadata = objectAt(object['metadata']);
  return {
    readable: true,
    ...about,
    ...given('namespace', stringAt(metadata['namespace']) ?? ''),
    ...given('name', stringAt(metadata['name']) ?? ''),
    ...given('type', kind === 'Secret' ? (stringAt(object['type']) ?? '') : ''),
  };
}

function isBuiltIn(resource: string): boolean {
  return (
    kindsOf(resource).length > 0 && !resource.endsWith('.apiextensions.k8s.io') && !resource.endsWith('.apiregistration.k8s.io')
  );
}

function kindsOf(resource: string): readonly string[] {
  const dot = resource.indexOf('.');
  const plural = dot < 0 ? resource : resource.slice(0, dot);
  const group = dot < 0 ? '' : resource.slice(dot + 1);
  return knownKinds.filter((kind) => kind.plural === plural && kind.group === group).map(({ kind }) => kind);
}

/** `undefined` where the kind is the resource's; the words of the server are known for kinds that no group has. */
function kindRefusal(apiVersion: string, kind: string, resource: string): { readonly message?: string } | undefined {
  const wanted = kindsOf(resource);
  if (wanted.length === 0 || wanted.includes(kind)) return undefined;
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  if (knownKinds.some((known) => known.kind === kind && known.group === group)) return {};
  return {
    message: `no kind ${goQuote(kind)} is registered for version ${goQuote(apiVersion)} in scheme "pkg/runtime/scheme.go:100"`,
  };
}

function textOf(value: Uint8Array | undefined): string {
  return value === undefined ? '' : Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8');
}

function given<Name extends string>(name: Name, value: string): Partial<Record<Name, string>> {
  return value === '' ? {} : ({ [name]: value } as Partial<Record<Name, string>>);
}
