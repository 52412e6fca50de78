import type { Document } from './document.ts';
import { placeOf } from './document.ts';
import type { FieldPath, JsonObject } from './json.ts';
import { isObject, objectAt, stringAt } from './json.ts';
import type { Place } from './place.ts';

/** A kind with its API group, as `Deployment.apps`; the core group is left out: `Pod`. Versions of one kind are one kind. */
export type KindKey = string;

/** Builds the key of a kind from `apiVersion` and `kind`. */
export function kindKey(apiVersion: string, kind: string): KindKey {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? kind : `${kind}.${apiVersion.slice(0, slash)}`;
}

/** One API object as it was seen. Secret values are already gone (see collect/redact.ts). */
export interface ClusterObject {
  readonly kindKey: KindKey;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** `undefined` for cluster-scoped kinds; `default` where a namespaced object names none. */
  readonly namespace: string | undefined;
  readonly manifest: JsonObject;
  readonly document: Document;
  /** Where the object stands inside its document: empty, or `['items', 3]` in a List. */
  readonly base: FieldPath;
  /** `api`: as a server stored it; `file`: as somebody wrote it (defaults not filled in). */
  readonly seenIn: 'api' | 'file';
}

/** Prints an object as Kubernetes' users name it: `Deployment web/front`, `ClusterRole admin`. */
export function objectName(object: Pick<ClusterObject, 'kind' | 'name' | 'namespace'>): string {
  return `${object.kind} ${object.namespace === undefined ? '' : `${object.namespace}/`}${object.name}`;
}

/** The place of a field of an object. */
export function placeIn(object: ClusterObject, path: FieldPath): Place {
  return placeOf(object.document, object.base.length === 0 ? path : [...object.base, ...path]);
}

/** Labels of an object; members that are not strings are left out. */
export function labelsOf(object: Pick<ClusterObject, 'manifest'>): Readonly<Record<string, string>> {
  return stringMembers(objectAt(objectAt(object.manifest['metadata'])['labels']));
}

/** Annotations of an object; members that are not strings are left out. */
export function annotationsOf(object: Pick<ClusterObject, 'manifest'>): Readonly<Record<string, string>> {
  return stringMembers(objectAt(objectAt(object.manifest['metadata'])['annotations']));
}

function stringMembers(map: JsonObject): Readonly<Record<string, string>> {
  const result: Record<string, string> = {};
  for (const [key, value] of Object.entries(map)) {
    const text = stringAt(value);
    if (text !== undefined) result[key] = text;
  }
  return result;
}

/** All objects that were seen, by kind, and which kinds were listed whole. */
export class ObjectIndex {
  readonly #byKind = new Map<KindKey, ClusterObject[]>();
  readonly #byName = new Map<string, ClusterObject>();
  readonly all: readonly ClusterObject[];

  /**
   * An object that is given twice counts once; what the API showed wins over files. Files that differ (a base and its overlay, two
   * environments in one folder) are all kept, so that no finding depends on their order; by its name the last one is found.
   */
  constructor(objects: readonly ClusterObject[]) {
    const byName = new Map<string, ClusterObject[]>();
    for (const object of objects) {
      const key = nameKey(object.kindKey, object.namespace, object.name);
      const former = byName.get(key);
      if (former === undefined) byName.set(key, [object]);
      else addVariant(former, object);
    }
    for (const [key, variants] of byName) {
      const last = variants.at(-1);
      if (last !== undefined) this.#byName.set(key, last);
    }
    const all = [...byName.values()].flat();
    for (const object of all) {
      const list = this.#byKind.get(object.kindKey);
      if (list === undefined) this.#byKind.set(object.kindKey, [object]);
      else list.push(object);
    }
    this.all = all;
  }

  /** All objects of a kind, in the order in which they were seen. */
  ofKind(kind: KindKey): readonly ClusterObject[] {
    return this.#byKind.get(kind) ?? [];
  }

  /** One object by kind, namespace (`undefined` for cluster scope) and name. */
  get(kind: KindKey, namespace: string | undefined, name: string): ClusterObject | undefined {
    return this.#byName.get(nameKey(kind, namespace, name));
  }

  /** The kinds of which at least one object was seen. */
  kinds(): readonly KindKey[] {
    return [...this.#byKind.keys()];
  }
}

function addVariant(variants: ClusterObject[], object: ClusterObject): void {
  const stored = variants[0]?.seenIn === 'api';
  if (stored && object.seenIn === 'file') return;
  const text = JSON.stringify(object.manifest);
  const same = variants.findIndex((variant) => JSON.stringify(variant.manifest) === text);
  if (object.seenIn === 'api') variants.length = 0;
  else if (same >= 0) variants.splice(same, 1);
  variants.push(object);
}

function nameKey(kind: KindKey, namespace: string | undefined, name: string): string {
  return `${kind} ${namespace ?? ''} ${name}`;
}

/** Reports whether a parsed value looks like an API object or a configuration file: a mapping with apiVersion and kind. */
export function hasTypeMeta(value: unknown): value is JsonObject {
  return isObject(value) && typeof value['apiVersion'] === 'string' && typeof value['kind'] === 'string';
}
