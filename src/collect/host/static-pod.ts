import type { Argument } from '../../cluster/command-line.ts';
import type { Component, SeenAs } from '../../cluster/component.ts';
import type { Document } from '../../cluster/document.ts';
import { placeOf } from '../../cluster/document.ts';
import type { FieldPath, Json, JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt, valueAt } from '../../cluster/json.ts';
import type { ConfiguredComponent } from './configured-component.ts';
import { configure } from './configured-component.ts';
import { isConfiguringVariable } from './environment.ts';
import { versionInImage } from './image-version.ts';
import { containerPaths } from './mounts.ts';
import type { Program } from './program.ts';
import { programOf } from './program.ts';

/** The file that a static pod was read from. */
export type ManifestFile = Pick<Component, 'text' | 'hostPath' | 'mode'>;

/**
 * Finds the component that a Pod (or another object with a pod template at `base`) runs: the first container whose command, with
 * `command` and `args` joined as the kubelet does, starts one. Each word has the place of its list item; `$(VAR)` of the container's
 * literal environment is expanded as the kubelet does. `undefined` where no container starts one.
 */
export function componentOfPod(
  document: Document,
  base: FieldPath,
  options: { host: string; seenAs: SeenAs; running: boolean; file?: ManifestFile },
): ConfiguredComponent | undefined {
  const spec = objectAt(valueAt(document.value, [...base, 'spec']));
  for (const [index, container] of listAt(spec['containers']).entries()) {
    if (!isObject(container)) continue;
    const at: FieldPath = [...base, 'spec', 'containers', index];
    const program = programOf(wordsOf(document, at, container));
    if (program === undefined) continue;
    const version = versionInImage(stringAt(container['image']) ?? '');
    return configure({
      name: program.name,
      host: options.host,
      seenAs: hidesFlags(program, container) ? 'distribution' : options.seenAs,
      arguments: program.arguments,
      document,
      ...(version === undefined ? {} : { version: { text: version, place: placeOf(document, [...at, 'image']) } }),
      environment: environmentOf(document, at, container),
      running: options.running,
      ...options.file,
      paths: containerPaths(spec, container),
    });
  }
  return undefined;
}

/**
 * OpenShift's hyperkube reads most flags from a file of its own; etcd's may come from a ConfigMap or Secret by variables: what such a
 * command line lacks is not at upstream's default.
 */
function hidesFlags(program: Program, container: JsonObject): boolean {
  if (program.arguments.some((word) => word.text.startsWith('--openshift-config'))) return true;
  if (program.name !== 'etcd') return false;
  const referred = listAt(container['env']).some((entry) => {
    const { name, valueFrom } = objectAt(entry);
    return isObject(valueFrom) && isConfiguringVariable(stringAt(name) ?? '');
  });
  return referred || listAt(container['envFrom']).length > 0;
}

function wordsOf(document: Document, at: FieldPath, container: JsonObject): Argument[] {
  const variables = literalVariables(container);
  const words: Argument[] = [];
  for (const field of ['command', 'args']) {
    for (const [index, word] of listAt(container[field]).entries()) {
      const text = scalarText(word);
      if (text !== undefined)
        words.push({ text: expandVariables(text, variables), place: placeOf(document, [...at, field, index]) });
    }
  }
  return words;
}

/** A number or boolean in a list of strings is refused by the API server, but what it means is clear. */
function scalarText(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function literalVariables(container: JsonObject): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const entry of listAt(container['env']).filter(isObject)) {
    const name = stringAt(entry['name']);
    const value = stringAt(entry['value']);
    if (name !== undefined && value !== undefined) variables.set(name, value);
  }
  return variables;
}

/** `$(NAME)` is replaced where NAME is known, `$$` is a dollar sign (K:third_party/forked/golang/expansion). */
function expandVariables(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(/\$(?:\$|\(([^()]*)\))/g, (whole, name: string | undefined) =>
    name === undefined ? '$' : (variables.get(name) ?? whole),
  );
}

function environmentOf(document: Document, at: FieldPath, container: JsonObject): Component['environment'] {
  const environment = new Map<string, { value: string; place: ReturnType<typeof placeOf> }>();
  for (const [index, entry] of listAt(container['env']).entries()) {
    const name = stringAt(objectAt(entry)['name']);
    const value = stringAt(objectAt(entry)['value']);
    if (name !== undefined && value !== undefined && isConfiguringVariable(name))
      environment.set(name, { value, place: placeOf(document, [...at, 'env', index]) });
  }
  return environment;
}
