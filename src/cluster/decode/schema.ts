/**
 * The Go types that a configuration file is decoded into, as far as decoding shows them: names stand in messages.
 *
 * `raw` takes any value as it is (runtime.RawExtension, runtime.Unknown).
 */
export type GoType =
  | { readonly kind: 'string'; readonly name: string }
  | { readonly kind: 'bool' }
  | { readonly kind: 'int'; readonly bits: 32 | 64 }
  | { readonly kind: 'slice'; readonly of: GoType }
  | { readonly kind: 'map'; readonly of: GoType }
  | { readonly kind: 'pointer'; readonly to: GoType }
  | { readonly kind: 'duration' }
  | { readonly kind: 'time' }
  | { readonly kind: 'raw' }
  | StructType;

export interface StructType {
  readonly kind: 'struct';
  /** With its package: `v1.ResourceConfiguration`. */
  readonly name: string;
  readonly fields: Readonly<Record<string, GoType>>;
}

export const goString: GoType = { kind: 'string', name: 'string' };
export const goBool: GoType = { kind: 'bool' };
export const goInt32: GoType = { kind: 'int', bits: 32 };
const goInt64: GoType = { kind: 'int', bits: 64 };
export const goDuration: GoType = { kind: 'duration' };
const goTime: GoType = { kind: 'time' };
export const goRaw: GoType = { kind: 'raw' };

/** A string type with a name of its own (`type Level string`). */
export function namedString(name: string): GoType {
  return { kind: 'string', name };
}

/** `[]T`: absent and null give an empty list. */
export function sliceOf(of: GoType): GoType {
  return { kind: 'slice', of };
}

/** `map[string]T`. */
export function mapOf(of: GoType): GoType {
  return { kind: 'map', of };
}

/** `*T`: absent and null give `null`. */
export function pointerTo(to: GoType): GoType {
  return { kind: 'pointer', to };
}

/** A struct: its name with package, its fields by JSON name. */
export function struct(name: string, fields: Readonly<Record<string, GoType>>): StructType {
  return { kind: 'struct', name, fields };
}

/** A struct that begins with metav1.TypeMeta. */
export function kindStruct(name: string, fields: Readonly<Record<string, GoType>>): StructType {
  return { kind: 'struct', name, fields: { kind: goString, apiVersion: goString, ...fields } };
}

/** metav1.ObjectMeta, for configuration kinds that carry metadata (audit.k8s.io Policy). */
export const objectMeta: GoType = struct('v1.ObjectMeta', {
  name: goString,
  generateName: goString,
  namespace: goString,
  selfLink: goString,
  uid: namedString('types.UID'),
  resourceVersion: goString,
  generation: goInt64,
  creationTimestamp: goTime,
  deletionTimestamp: pointerTo(goTime),
  deletionGracePeriodSeconds: pointerTo(goInt64),
  labels: mapOf(goString),
  annotations: mapOf(goString),
  ownerReferences: sliceOf(
    struct('v1.OwnerReference', {
      apiVersion: goString,
      kind: goString,
      name: goString,
      uid: namedString('types.UID'),
      controller: pointerTo(goBool),
      blockOwnerDeletion: pointerTo(goBool),
    }),
  ),
  finalizers: sliceOf(goString),
  managedFields: sliceOf(
    struct('v1.ManagedFieldsEntry', {
      manager: goString,
      operation: namedString('v1.ManagedFieldsOperationType'),
      apiVersion: goString,
      time: pointerTo(goTime),
      fieldsType: goString,
      fieldsV1: goRaw,
      subresource: goString,
    }),
  ),
});

/** A type as Go's reflection prints it: `[]v1.Key`, `map[string]string`, `*int32`. */
export function typeName(type: GoType): string {
  switch (type.kind) {
    case 'string':
    case 'struct':
      return type.name;
    case 'bool':
      return 'bool';
    case 'int':
      return `int${type.bits}`;
    case 'slice':
      return `[]${typeName(type.of)}`;
    case 'map':
      return `map[string]${typeName(type.of)}`;
    case 'pointer':
      return `*${typeName(type.to)}`;
    case 'duration':
      return 'v1.Duration';
    case 'time':
      return 'v1.Time';
    default:
      return 'runtime.RawExtension';
  }
}
