import type { Component } from './component.ts';
import type { Document } from './document.ts';
import { placeOf } from './document.ts';
import type { FlagReading, FlagSet } from './flags.ts';
import { placeOfFlag, readFlags } from './flags.ts';
import { parseGoBool } from './go-numbers.ts';
import type { Json } from './json.ts';
import { isObject, objectAt } from './json.ts';
import type { FieldDefinition, KubeletField } from './kubelet-fields.ts';
import { kubeletFields } from './kubelet-fields.ts';
import type { Place } from './place.ts';
import { parseDocuments } from './yaml/parse.ts';

export type { KubeletField } from './kubelet-fields.ts';

/** The effective value of one field of a kubelet's configuration, or why it is not known. */
export type KubeletSetting =
  | {
      readonly kind: 'seen';
      readonly value: boolean | number | string;
      readonly place: Place;
      readonly from: 'configz' | 'flag' | 'drop-in' | 'file' | 'default';
    }
  | { readonly kind: 'unseen'; readonly why: string }
  /** With this configuration the kubelet does not start; `message` is its own where it is known. */
  | { readonly kind: 'refused'; readonly message: string; readonly place: Place };

/** One layer of configuration: a document that was read, with the place of its kind. */
interface Layer {
  readonly document: Document;
  readonly from: 'drop-in' | 'file';
}

type Layers =
  | { readonly kind: 'layers'; readonly layers: readonly Layer[]; readonly withFile: boolean }
  | Exclude<KubeletSetting, { kind: 'seen' }>;

/**
 * Finds the effective value of a field: `/configz` where it was seen, else command line over `--config-dir` drop-ins over the file of
 * `--config` over defaults. The defaults are the secure ones with `--config`, the legacy ones of the command line without it, also
 * with `--config-dir` alone. `minor` is the kubelet's (31 for 1.31), `undefined` where it is not known. Never throws.
 * Source: K:cmd/kubelet/app/server.go (kubeletConfigFlagPrecedence, mergeKubeletConfigurations), options/options.go (applyLegacyDefaults),
 * pkg/kubelet/apis/config/v1beta1/defaults.go; essential.md 10.
 */
export function kubeletSetting(component: Component, field: KubeletField, minor: number | undefined): KubeletSetting {
  const definition = kubeletFields[field];
  const path = field.split('.');
  if (component.configz !== undefined) return fromConfigz(component.configz, path, definition);
  const flags = readFlags(component, minor);
  const error = flags.errors[0];
  if (error !== undefined) return { kind: 'refused', message: error.message, place: error.place };
  const flag = flags.get(definition.flag);
  if (flag.given) return fromFlag(flag, component, definition);
  if (component.seenAs === 'distribution')
    return {
      kind: 'unseen',
      why: `the command line of the kubelet on ${component.host} was not seen whole: it may set --${definition.flag}`,
    };
  const layers = layersOf(component, flags, minor);
  return layers.kind === 'layers' ? fromLayers(layers, path, definition, component) : layers;
}

function fromConfigz(configz: Document, path: readonly string[], definition: FieldDefinition): KubeletSetting {
  const root = objectAt(configz.value);
  const inner = isObject(root['kubeletconfig']) ? ['kubeletconfig', ...path] : path;
  const found = look(configz.value, inner);
  // The answer leaves out what is at its type's zero value, but for fields that have a default: those always show.
  const shown = alwaysShown.has(path.join('.')) ? undefined : zeroOf(definition);
  const value = found.kind === 'value' ? typed(found.value, definition) : shown;
  if (value === undefined) return { kind: 'unseen', why: `/configz shows no readable ${path.join('.')}` };
  return { kind: 'seen', value, place: placeOf(configz, inner), from: 'configz' };
}

/** Fields that are pointers in KubeletConfiguration, and the mode, which defaulting never leaves empty. */
const alwaysShown: ReadonlySet<string> = new Set<KubeletField>([
  'authentication.anonymous.enabled',
  'authentication.webhook.enabled',
  'authorization.mode',
  'seccompDefault',
  'makeIPTablesUtilChains',
  'enableDebuggingHandlers',
  'eventRecordQPS',
  'podPidsLimit',
]);

function zeroOf(definition: FieldDefinition): boolean | number | string | undefined {
  return definition.type === 'boolean' ? false : definition.type === 'number' ? 0 : '';
}

function fromFlag(flag: FlagReading, component: Component, definition: FieldDefinition): KubeletSetting {
  const place = placeOfFlag(component, flag);
  const number = Number(flag.value);
  const value =
    definition.type === 'boolean'
      ? parseGoBool(flag.value)
      : definition.type === 'number'
        ? Number.isInteger(number)
          ? number
          : undefined
        : flag.value;
  if (value === undefined) return { kind: 'refused', message: `invalid argument for --${definition.flag}`, place };
  return { kind: 'seen', value, place, from: 'flag' };
}

/** The file and the drop-ins in the order in which the kubelet lays them over each other. */
function layersOf(component: Component, flags: FlagSet, minor: number | undefined): Layers {
  const layers: Layer[] = [];
  const config = flags.get('config');
  const withFile = config.given && config.value !== '';
  if (withFile) {
    const read = layerOf(component, config.value, 'file', placeOfFlag(component, config));
    if ('kind' in read) return read;
    layers.push(read);
  }
  const folder = flags.get('config-dir');
  if (!folder.given || folder.value === '') return { kind: 'layers', layers, withFile };
  const place = placeOfFlag(component, folder);
  if (minor !== undefined && minor < 30 && !component.environment.has('KUBELET_CONFIG_DROPIN_DIR_ALPHA')) {
    return {
      kind: 'refused',
      message: `flag ${folder.value} specified but environment variable KUBELET_CONFIG_DROPIN_DIR_ALPHA not set, cannot start kubelet`,
      place,
    };
  }
  const state = component.files.get(folder.value);
  if (state?.kind === 'missing')
    return {
      kind: 'refused',
      message: `failed to walk through kubelet dropin directory ${JSON.stringify(folder.value)}: ${state.reason}`,
      place,
    };
  if (state?.kind !== 'seen')
    return { kind: 'unseen', why: state?.reason ?? `the drop-ins of ${folder.value} on ${component.host} were not collected` };
  for (const path of dropInsOf(component, folder.value)) {
    const read = layerOf(component, path, 'drop-in', place);
    if ('kind' in read) return read;
    layers.push(read);
  }
  return { kind: 'layers', layers, withFile };
}

function layerOf(
  component: Component,
  path: string,
  from: Layer['from'],
  place: Place,
): Layer | Exclude<KubeletSetting, { kind: 'seen' }> {
  const file = component.files.get(path);
  if (file?.kind === 'missing')
    return { kind: 'refused', message: `failed to load kubelet config file, path: ${path}, error: ${file.reason}`, place };
  if (file?.kind !== 'seen' || file.text === undefined)
    return {
      kind: 'unseen',
      why: file?.kind === 'not-collected' ? `${path}: ${file.reason}` : `${path} on ${component.host} was not collected`,
    };
  const { documents, problems } = parseDocuments(file.text, file.source);
  const document = documents[0];
  const broken = problems.find((problem) => problem.kind !== 'merge-override');
  if (broken !== undefined)
    return {
      kind: 'refused',
      message: `failed to load kubelet config file, path: ${path}: ${broken.message}`,
      place: { source: file.source, line: broken.line, column: broken.column },
    };
  if (document === undefined || !isObject(document.value))
    return { kind: 'refused', message: `kubelet config file ${path} was empty`, place: { source: file.source } };
  return { document, from };
}

/** The `*.conf` files below the folder as filepath.WalkDir visits them: name by name, a folder at its place. */
function dropInsOf(component: Component, folder: string): string[] {
  const base = `${folder.replace(/\/+$/, '')}/`;
  return [...component.files.keys()]
    .filter((path) => path.startsWith(base) && path.endsWith('.conf'))
    .map((path) => path.slice(base.length).split('/'))
    .sort(compareSteps)
    .map((steps) => base + steps.join('/'));
}

function compareSteps(a: readonly string[], b: readonly string[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const [left = '', right = ''] = [a[index], b[index]];
    if (left !== right) return left < right ? -1 : 1;
  }
  return a.length - b.length;
}

/**
 * A drop-in is a JSON merge patch (RFC 7386) on the configuration with its defaults; what a patch takes away (`null`, a parent of another
 * kind) leaves the file's or the default value, since the result is decoded over it.
 */
function fromLayers(
  { layers, withFile }: { readonly layers: readonly Layer[]; readonly withFile: boolean },
  path: readonly string[],
  definition: FieldDefinition,
  component: Component,
): KubeletSetting {
  const fallback = withFile ? definition.secure : definition.legacy;
  const first = layers[0];
  let base: KubeletSetting = {
    kind: 'seen',
    value: fallback,
    place: first?.from === 'file' ? placeOf(first.document, path) : placeOf(component.document, []),
    from: 'default',
  };
  let effective: KubeletSetting = base;
  for (const { document, from } of layers) {
    const found = look(document.value, path);
    if (found.kind === 'absent') continue;
    if (found.kind === 'removed') {
      effective = base;
      continue;
    }
    const value = typed(found.value, definition);
    const place = placeOf(document, path);
    if (value === undefined) return { kind: 'refused', message: `${path.join('.')} is not a ${definition.type}`, place };
    // An empty text in the file is filled with the default.
    if (value === '' && from === 'file') continue;
    effective = { kind: 'seen', value, place, from };
    if (from === 'file') base = effective;
  }
  return effective;
}

function look(
  value: Json,
  path: readonly string[],
): { readonly kind: 'absent' } | { readonly kind: 'removed' } | { readonly kind: 'value'; readonly value: Json } {
  let here: Json = value;
  for (const step of path) {
    if (here === null || !isObject(here)) return { kind: 'removed' };
    const next: Json | undefined = Object.hasOwn(here, step) ? here[step] : undefined;
    if (next === undefined) return { kind: 'absent' };
    here = next;
  }
  return here === null ? { kind: 'removed' } : { kind: 'value', value: here };
}

function typed(value: Json, definition: FieldDefinition): boolean | number | string | undefined {
  return (typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') &&
    typeof value === definition.type
    ? value
    : undefined;
}
