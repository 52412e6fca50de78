import type { Document } from '../../cluster/document.ts';
import type { Json, JsonObject } from '../../cluster/json.ts';
import { isObject, objectAt, stringAt } from '../../cluster/json.ts';
import { countNodes } from '../../cluster/positions.ts';
import { blankPrivateKeys, blankText } from './blank.ts';
import { blankInline, blankUrls, blankWords } from './command-words.ts';
import { byteLength, isOperationalVariable, isPlainlyPublic, isSecretName, redactedMark } from '../../cluster/secret-names.ts';
import { redactText } from './text.ts';

/**
 * Returns an API object without its secrets; what is left keeps its shape but for what is dropped whole.
 *
 * - Secret: `data` and `stringData` values become `<redacted: N bytes>` (N: size of the decoded value);
 * - ConfigMap: values likewise, but those that controls read (kubeadm, kubelet, kube-proxy, Cilium), whose own secrets are blanked;
 * - containers: values of variables (operational ones stay), secrets in `command` and `args`, headers of probes;
 * - anything: `managedFields` and the last-applied annotation are dropped; members with a secret's name and a text value, private
 *   keys and passwords in URLs are blanked.
 *
 * Returns the same object where nothing had to go. Idempotent. Total.
 */
export function redactObject(object: JsonObject): JsonObject {
  const kind = stringAt(object['kind']);
  const metadata = redactMetadata(object['metadata']);
  const copy = metadata === object['metadata'] ? object : { ...object, metadata };
  if (kind === 'Secret') return redactSecret(copy);
  if (kind === 'ConfigMap') return redactConfigMap(copy);
  if (kind !== undefined && /^Encryption(?:Config|Configuration)$/.test(kind)) return walkMembers(copy, { secretField: true });
  return walkMembers(copy, {});
}

/**
 * Redacts every object of a document, in lists too, and keeps the table of positions true to the new value.
 *
 * Returns the same document where nothing had to go. Total.
 */
export function redactDocument(document: Document): Document {
  const value = redactValue(document.value, undefined);
  if (value === document.value) return document;
  if (document.positions === undefined) return { ...document, value };
  return { ...document, value, positions: keptPositions(document.value, value, document.positions) };
}

function redactValue(value: Json, itemKind: string | undefined): Json {
  if (Array.isArray(value)) return mapSame(value as readonly Json[], (item) => redactValue(item, undefined));
  if (!isObject(value)) return redactString(value);
  const kind = stringAt(value['kind']) ?? itemKind;
  const items = value['items'];
  if (kind?.endsWith('List') === true && Array.isArray(items)) {
    const kept = mapSame(items as readonly Json[], (item) =>
      redactValue(item, kind === 'List' ? undefined : kind.slice(0, -'List'.length)),
    );
    return kept === items ? value : { ...value, items: kept };
  }
  if (kind === undefined || Object.hasOwn(value, 'kind')) return redactObject(value);
  const typed: JsonObject = { ...value, kind };
  const redacted = redactObject(typed);
  return redacted === typed ? value : without(redacted, 'kind');
}

/** Copies the positions of what is left: members that are gone and what lay below a blanked value are left out. */
function keptPositions(former: Json, now: Json, positions: Int32Array): Int32Array {
  const length = countNodes(now) * 2;
  // Nodes only ever go: as many as before are the same ones.
  if (length === positions.length) return positions;
  const result = new Int32Array(length);
  let read = 0;
  let written = 0;
  const visit = (old: Json, left: Json | undefined): void => {
    if (left === undefined) {
      read += countNodes(old) * 2;
      return;
    }
    result[written++] = positions[read++] ?? 0;
    result[written++] = positions[read++] ?? 0;
    const [oldIsTree, leftIsTree] = [typeof old === 'object' && old !== null, typeof left === 'object' && left !== null];
    if (oldIsTree && !leftIsTree) read += (countNodes(old) - 1) * 2;
    if (!oldIsTree || !leftIsTree) return;
    for (const [key, child] of Object.entries(old as Record<string, Json>))
      visit(child, Object.hasOwn(left as Record<string, Json>, key) ? (left as Record<string, Json>)[key] : undefined);
  };
  visit(former, now);
  return result;
}

function redactMetadata(metadata: Json | undefined): Json | undefined {
  if (!isObject(metadata)) return metadata;
  const dropped = without(metadata, 'managedFields');
  const annotations = dropped['annotations'];
  if (!isObject(annotations)) return dropped;
  const kept = walkMembers(without(annotations, 'kubectl.kubernetes.io/last-applied-configuration'), {});
  return kept === annotations ? dropped : { ...dropped, annotations: kept };
}

function redactSecret(secret: JsonObject): JsonObject {
  const result: Record<string, Json | undefined> = { ...secret };
  if (secret['data'] !== undefined) result['data'] = sizesOf(secret['data'], decodedLength);
  if (secret['stringData'] !== undefined) result['stringData'] = sizesOf(secret['stringData'], byteLength);
  return result;
}

function sizesOf(value: Json, size: (text: string) => number): Json {
  if (isObject(value))
    return mapMembers(value, (_, member) =>
      typeof member === 'string' ? mark(member, size) : member === null ? null : redactedMark(0),
    );
  return value === null ? null : typeof value === 'string' ? mark(value, size) : redactedMark(0);
}

function mark(text: string, size: (text: string) => number): string {
  return /^<redacted: \d+ bytes>$/.test(text) ? text : redactedMark(size(text));
}

function decodedLength(text: string): number {
  return Math.floor((text.replace(/[^A-Za-z0-9+/_-]/g, '').length * 3) / 4);
}

function redactConfigMap(map: JsonObject): JsonObject {
  const metadata = objectAt(map['metadata']);
  const name = `${stringAt(metadata['namespace']) ?? 'default'}/${stringAt(metadata['name']) ?? ''}`;
  const kept = /^kube-system\/(?:kubeadm-config|kubelet-config.*|cilium-config|kube-proxy|kube-proxy-config)$/.test(name);
  const result: Record<string, Json | undefined> = { ...map };
  if (map['data'] !== undefined) result['data'] = kept ? keptData(map['data']) : sizesOf(map['data'], byteLength);
  if (map['binaryData'] !== undefined) result['binaryData'] = sizesOf(map['binaryData'], decodedLength);
  return result;
}

function keptData(data: Json): Json {
  if (!isObject(data)) return data;
  return mapMembers(data, (key, value) => {
    if (typeof value !== 'string') return value;
    return isSecretName(key) && !isPlainlyPublic(value) ? mark(value, byteLength) : redactText(value);
  });
}

/** `args`, `command`, `extraArgs`, and `kube-apiserver-arg` of k3s and RKE2 (which may append: `kubelet-arg+`). */
const argumentsName = /(?:^|[a-z])(?:args|arguments|command)$|-arg\+?$/i;

interface Surroundings {
  /** In an EncryptionConfiguration a member `secret` is a key. */
  readonly secretField?: boolean;
}

function walkMembers(object: JsonObject, around: Surroundings): JsonObject {
  return mapMembers(object, (key, value) => walkMember(key, value, around));
}

function walkMember(key: string, value: Json, around: Surroundings): Json {
  if (typeof value === 'string') {
    const secret = isSecretName(key) || (around.secretField === true && key === 'secret');
    if (secret && !isPlainlyPublic(value)) return mark(value, byteLength);
    return redactString(argumentsName.test(key) ? (blankWords([value], blankText)[0] ?? '') : value);
  }
  if (Array.isArray(value)) return walkList(key, value as readonly Json[], around);
  return isObject(value) ? walkMembers(value, around) : value;
}

function walkList(key: string, list: readonly Json[], around: Surroundings): Json {
  if (/(?:^|[a-z])env(?:s|vars)?$/i.test(key))
    return mapSame(list, (item) => (isObject(item) ? redactVariable(item, around) : redactString(item)));
  if (key === 'httpHeaders') return mapSame(list, (item) => (isObject(item) ? blankMember(item, 'value') : item));
  if (argumentsName.test(key) && list.every((item) => typeof item === 'string')) {
    const words = list as readonly string[];
    const blanked = blankWords(words.map(blankPrivateKeys), (value) => mark(value, byteLength));
    return blanked.every((word, index) => word === words[index]) ? list : blanked;
  }
  if (isSecretName(key))
    return mapSame(list, (item) =>
      typeof item === 'string' ? mark(item, byteLength) : isObject(item) ? walkMembers(item, around) : item,
    );
  return mapSame(list, (item) =>
    isObject(item)
      ? walkMembers(item, around)
      : Array.isArray(item)
        ? walkList('', item as readonly Json[], around)
        : redactString(item),
  );
}

function redactVariable(variable: JsonObject, around: Surroundings): JsonObject {
  const name = stringAt(variable['name']) ?? '';
  return isOperationalVariable(name) ? walkMembers(variable, around) : blankMember(variable, 'value');
}

function blankMember(object: JsonObject, member: string): JsonObject {
  const value = object[member];
  return typeof value === 'string' && value !== '' ? { ...object, [member]: mark(value, byteLength) } : object;
}

function redactString(value: Json): Json {
  if (typeof value !== 'string') return value;
  if (value.includes('\n'))
    return value.includes('PRIVATE KEY') || value.includes(':') || value.includes('=') ? redactText(value) : value;
  const keys = blankPrivateKeys(value);
  return /--|\b(?:Bearer|Basic) /.test(keys) ? blankInline(keys, blankText) : blankUrls(keys, blankText);
}

function without(object: JsonObject, member: string): JsonObject {
  if (!Object.hasOwn(object, member)) return object;
  const { [member]: _, ...rest } = object;
  return rest;
}

function mapMembers(object: JsonObject, change: (key: string, value: Json) => Json): JsonObject {
  let copy: Record<string, Json | undefined> | undefined;
  for (const key of Object.keys(object)) {
    const value = object[key];
    if (value === undefined) continue;
    const changed = change(key, value);
    if (changed === value) continue;
    copy ??= { ...object };
    Object.defineProperty(copy, key, { value: changed, enumerable: true, configurable: true, writable: true });
  }
  return copy ?? object;
}

function mapSame(list: readonly Json[], change: (item: Json) => Json): readonly Json[] {
  let copy: Json[] | undefined;
  for (const [index, item] of list.entries()) {
    const changed = change(item);
    if (changed === item) continue;
    copy ??= [...list];
    copy[index] = changed;
  }
  return copy ?? list;
}
