import type { Listing } from '../../cluster/cluster.ts';
import type { Gap } from '../../cluster/gap.ts';
import type { Json, JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../../cluster/json.ts';
import type { ClusterObject } from '../../cluster/objects.ts';
import { kindKey } from '../../cluster/objects.ts';
import { redactObject } from '../redact.ts';
import { apiVersionOf, resourcePath } from './live-kinds.ts';

/** Objects of a live cluster, which kinds were listed whole, and what could not be read. */
export interface LiveObjects {
  readonly objects: readonly ClusterObject[];
  readonly listings: readonly Listing[];
  readonly gaps: readonly Gap[];
}

/** The kind and version that a list was asked for: its items do not repeat them. */
export interface ObjectType {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
}

/**
 * Makes an object of the index from an item of a list or an answer: without secrets, managedFields and the schemas of custom
 * resources, its API path as source. `undefined` for an item without a name. Total.
 */
export function liveObject(item: JsonObject, type: ObjectType): ClusterObject | undefined {
  const metadata = objectAt(item['metadata']);
  const name = stringAt(metadata['name']);
  if (name === undefined || name === '') return undefined;
  const namespace = stringAt(metadata['namespace']);
  const apiVersion = apiVersionOf(type.group, type.version);
  const { apiVersion: _, kind: __, ...rest } = item;
  const whole: JsonObject = { apiVersion, kind: type.kind, ...rest };
  const manifest = redactObject(type.kind === 'CustomResourceDefinition' ? withoutSchemas(whole) : whole);
  return {
    kindKey: kindKey(apiVersion, type.kind),
    apiVersion,
    kind: type.kind,
    name,
    namespace: namespace === '' ? undefined : namespace,
    manifest,
    document: { value: manifest, source: resourcePath(type.group, type.version, type.plural, namespace, name) },
    base: [],
    seenIn: 'api',
  };
}

/** Schemas are most of a definition's size and nobody reads them; group, names, scope and versions stay. */
function withoutSchemas(definition: JsonObject): JsonObject {
  const spec = objectAt(definition['spec']);
  const versions = listAt(spec['versions']).map((version): Json => {
    if (!isObject(version)) return version;
    const { schema: _, additionalPrinterColumns: __, ...rest } = version;
    return rest as Json;
  });
  const { validation: _, additionalPrinterColumns: __, ...rest } = spec;
  return { ...definition, spec: { ...rest, ...(spec['versions'] === undefined ? {} : { versions }) } };
}
