import type { Listing } from '../cluster/cluster.ts';
import type { Document } from '../cluster/document.ts';
import { placeOf } from '../cluster/document.ts';
import type { Gap } from '../cluster/gap.ts';
import type { FieldPath, Json, JsonObject } from '../cluster/json.ts';
import { formatFieldPath, isObject, stringAt } from '../cluster/json.ts';
import { isNamespaced, kindOf } from '../cluster/kinds.ts';
import type { ClusterObject } from '../cluster/objects.ts';
import { hasTypeMeta, kindKey } from '../cluster/objects.ts';
import { redactDocument } from './redact.ts';

/** What documents of manifests hold. */
export interface Manifests {
  readonly objects: ClusterObject[];
  readonly listings: Listing[];
  readonly gaps: Gap[];
  /** Documents that are no API objects: Chart.yaml, values, compose files and the like. */
  readonly foreign: number;
}

/**
 * Turns parsed documents into API objects: single ones, `List`s and typed lists (`PodList`), lists in lists too.
 *
 * A typed list without `metadata.continue` shows all objects of its kind, also an empty one: a listing. An object without a name or with
 * a wrong type where the name should be is a gap with its place; its neighbours are kept. Secret values are blanked (see redact/).
 * Total.
 */
export function readManifests(documents: readonly Document[], seenIn: 'api' | 'file' = 'file'): Manifests {
  const result: Manifests & { foreign: number } = { objects: [], listings: [], gaps: [], foreign: 0 };
  for (const original of documents) {
    const document = redactDocument(original);
    if (document.value === null) continue;
    const tops = Array.isArray(document.value) && document.value.some(hasTypeMeta) ? [...document.value.keys()] : undefined;
    if (tops === undefined) readNode({ document, base: [], value: document.value, seenIn }, result);
    else
      for (const index of tops)
        readNode({ document, base: [index], value: (document.value as readonly Json[])[index] ?? null, seenIn }, result);
  }
  return result;
}

interface Node {
  readonly document: Document;
  readonly base: FieldPath;
  readonly value: Json;
  readonly seenIn: 'api' | 'file';
  /** apiVersion and kind that a typed list gives to items without their own. */
  readonly type?: { readonly apiVersion: string; readonly kind: string };
}

function readNode(node: Node, result: Manifests & { foreign: number }): void {
  const { value } = node;
  const typed = typedValue(value, node.type);
  if (typed === undefined) {
    const wrong = wrongType(value);
    if (wrong !== undefined || node.base.length > 0)
      result.gaps.push(gapAt(node, wrong ?? 'an item of a list without apiVersion and kind'));
    else result.foreign++;
    return;
  }
  const apiVersion = stringAt(typed['apiVersion']) ?? '';
  const kind = stringAt(typed['kind']) ?? '';
  if (apiVersion === '' || kind === '') result.gaps.push(gapAt(node, 'apiVersion or kind is empty'));
  else if (kind.endsWith('List') && (kind === 'List' || Object.hasOwn(typed, 'items'))) readList(node, typed, kind, result);
  else readObject(node, typed, { apiVersion, kind }, result);
}

/** The object with apiVersion and kind, those of the typed list where an item has none; `undefined` where neither has them. */
function typedValue(value: Json, type: Node['type']): JsonObject | undefined {
  if (hasTypeMeta(value)) return value;
  return type !== undefined && isObject(value) ? Object.assign({}, value, type) : undefined;
}

function readList(node: Node, list: JsonObject, listKind: string, result: Manifests & { foreign: number }): void {
  const items = list['items'] ?? [];
  if (!Array.isArray(items)) {
    result.gaps.push(gapAt({ ...node, base: [...node.base, 'items'] }, 'items is no list'));
    return;
  }
  const apiVersion = stringAt(list['apiVersion']) ?? '';
  const itemKind = listKind.slice(0, -'List'.length);
  const type = itemKind === '' ? undefined : { apiVersion, kind: itemKind };
  if (type !== undefined && isWhole(list))
    result.listings.push({ kind: kindKey(apiVersion, itemKind), by: 'list', source: node.document.source });
  if (type !== undefined && !isWhole(list)) {
    result.gaps.push({
      ...gapAt(node, `${listKind} is one page of several`),
      kind: kindKey(apiVersion, itemKind),
      hint: 'give all pages, or list without a limit',
    });
  }
  for (const [index, value] of (items as readonly Json[]).entries()) {
    readNode(
      {
        document: node.document,
        base: [...node.base, 'items', index],
        value,
        seenIn: node.seenIn,
        ...(type === undefined ? {} : { type }),
      },
      result,
    );
  }
}

function isWhole(list: JsonObject): boolean {
  const metadata = list['metadata'];
  if (!isObject(metadata)) return true;
  const { continue: next, remainingItemCount } = metadata;
  return (
    (next === undefined || next === null || next === '') &&
    (remainingItemCount === undefined || remainingItemCount === null || remainingItemCount === 0)
  );
}

function readObject(
  node: Node,
  typed: JsonObject,
  type: { apiVersion: string; kind: string },
  result: Manifests & { foreign: number },
): void {
  const metadata = typed['metadata'] ?? {};
  if (!isObject(metadata)) {
    result.gaps.push(gapAt({ ...node, base: [...node.base, 'metadata'] }, `metadata of a ${type.kind} is no mapping`));
    return;
  }
  const { name, namespace } = metadata;
  const shown = typeof name === 'string' && name !== '' ? name : generatedName(metadata);
  if (shown === undefined) {
    if (isConfigurationFile(type.apiVersion)) return;
    // A kind that the table does not know and that has no name is some tool's file, not an object that was lost.
    if (kindOf(kindKey(type.apiVersion, type.kind)) === undefined && name === undefined) {
      result.foreign++;
      return;
    }
    const at: FieldPath = [...node.base, 'metadata', ...(name === undefined ? [] : ['name'])];
    result.gaps.push(
      gapAt({ ...node, base: at }, `a ${type.kind} without a name${name === undefined ? '' : ': metadata.name is no text'}`),
    );
    return;
  }
  if (namespace !== undefined && namespace !== null && typeof namespace !== 'string') {
    result.gaps.push(
      gapAt({ ...node, base: [...node.base, 'metadata', 'namespace'] }, `metadata.namespace of a ${type.kind} is no text`),
    );
    return;
  }
  const key = kindKey(type.apiVersion, type.kind);
  const named = typeof namespace === 'string' && namespace !== '' ? namespace : undefined;
  result.objects.push({
    kindKey: key,
    ...type,
    name: shown,
    namespace: isNamespaced(key, named !== undefined) ? (named ?? 'default') : undefined,
    manifest: typed,
    document: node.document,
    base: node.base,
    seenIn: node.seenIn,
  });
}

function generatedName(metadata: JsonObject): string | undefined {
  const prefix = metadata['generateName'];
  return typeof prefix === 'string' && prefix !== '' ? `${prefix}*` : undefined;
}

/** Configuration files of components (`kubelet.config.k8s.io/v1beta1`) and of tools have apiVersion and kind but no name. */
function isConfigurationFile(apiVersion: string): boolean {
  return (
    /(^|\.)(config\.k8s\.io|kubeadm\.k8s\.io|audit\.k8s\.io|kustomize\.config\.k8s\.io|x-k8s\.io)\//.test(apiVersion) ||
    /^[a-z]+\.config\.k8s\.io\//.test(apiVersion)
  );
}

function wrongType(value: Json): string | undefined {
  if (!isObject(value)) return undefined;
  const { apiVersion, kind } = value;
  if (apiVersion === undefined || kind === undefined) return undefined;
  return typeof apiVersion === 'string' ? 'kind is no text' : 'apiVersion is no text';
}

function gapAt(node: Pick<Node, 'document' | 'base'>, reason: string): Gap {
  const place = placeOf(node.document, node.base);
  const field = formatFieldPath(node.base);
  return {
    source: place.source,
    reason: field === '' ? reason : `${reason} (${field})`,
    hint: 'correct the manifest; the other objects of the file were read',
    ...(place.line === undefined ? {} : { line: place.line }),
    ...(place.column === undefined ? {} : { column: place.column }),
  };
}
