import { applyEdits } from '../cluster/apply-edits.ts';
import type { Change } from '../cluster/change.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Argument } from '../cluster/command-line.ts';
import type { Component, ComponentName } from '../cluster/component.ts';
import type { Document } from '../cluster/document.ts';
import { placeOf } from '../cluster/document.ts';
import type { Json } from '../cluster/json.ts';
import { isObject, objectAt } from '../cluster/json.ts';
import { countNodes } from '../cluster/positions.ts';
import { parseDocuments } from '../cluster/yaml/parse.ts';
import type { PathMapping } from '../collect/host/mounts.ts';
import { containerPaths, onTheHost } from '../collect/host/mounts.ts';
import { componentOfPod } from '../collect/host/static-pod.ts';
import { removeFlag, setFlag } from './flags/edit-words.ts';
import { containerOf } from './flags/pod-container.ts';
import { manifestEdits } from './flags/static-pod.ts';
import { editHostText, ownFileOf } from './host-text.ts';
import { changedFile, filesOfHost, isFileChange, plannedFilesOf } from './planned-files.ts';
import { isObjectChange, plannedObjects } from './planned-objects.ts';

/** A change of a component on a host. */
export type HostChange = Extract<Change, { component: ComponentName }>;

/** Whether a change is one of a component's flags, files or manifest. */
export function isHostChange(change: Change): change is HostChange {
  return 'component' in change;
}

/**
 * The cluster as it will be after the changes, in their order: flags on the command lines, files, configuration documents, objects.
 *
 * Pure; the cluster given is not changed. Every view of a changed component (process, mirror pod, static pod, unit) shows the change, as
 * if it had restarted; where nothing but a file that writes manifests was seen (kubeadm, a distribution's), that shows it. What a change
 * cannot be made in stays as it is. Manual changes and rewriting of objects show nothing.
 */
export function plannedCluster(cluster: Cluster, changes: readonly Change[]): Cluster {
  const byHost = new Map<string, HostChange[]>();
  for (const change of changes) if (isHostChange(change)) byHost.set(change.host, [...(byHost.get(change.host) ?? []), change]);
  let components = cluster.components;
  for (const [host, own] of byHost) components = plannedComponents(components, host, own);
  return { ...cluster, components, objects: plannedObjects(cluster.objects, changes.filter(isObjectChange)) };
}

/** The views of a component on a host: its own, or, where it has none, the files that write its manifest. */
export function viewsOf(components: readonly Component[], host: string, name: ComponentName): readonly Component[] {
  const named = components.filter((component) => component.name === name);
  const views = named.filter((component) => component.host === host && !isTemplate(component));
  if (views.length > 0) return views;
  const own = named.filter((component) => component.host === host && isTemplate(component));
  return own.length > 0 ? own : named.filter((component) => component.seenAs === 'kubeadm');
}

function isTemplate({ seenAs }: Component): boolean {
  return seenAs === 'kubeadm' || seenAs === 'distribution';
}

function plannedComponents(components: readonly Component[], host: string, changes: readonly HostChange[]): readonly Component[] {
  const onHost = components.filter((component) => component.host === host);
  const affected = new Set(changes.flatMap(({ component }) => viewsOf(components, host, component)));
  const files = filesOfHost([...onHost, ...affected]);
  const written = new Set<string>();
  for (const change of changes.filter(isFileChange)) {
    const file = changedFile(files.get(change.path), change);
    if (file !== undefined) files.set(change.path, file);
    written.add(change.path);
  }
  return components.map((component) => {
    if (component.host !== host && !affected.has(component)) return component;
    const own = affected.has(component) ? changes.filter((change) => change.component === component.name) : [];
    const { changed, paths } = changedComponent(component, own);
    const configz = changed.configz === undefined ? {} : { configz: changedConfigz(changed.configz, own) };
    return { ...changed, ...configz, files: plannedFilesOf(changed, paths, files, written) };
  });
}

function changedComponent(component: Component, changes: readonly HostChange[]): { changed: Component; paths: PathMapping } {
  const pod = containerOf(component.document.value, component.name);
  if (pod === undefined) return { changed: withArguments(component, changes), paths: onTheHost };
  let value = component.document.value;
  for (const change of changes) {
    const edits = manifestEdits(value, change);
    if (!('refused' in edits)) value = applyEdits(value, edits);
  }
  const text = changedText(component, changes);
  const document = positioned(component.document, value, text);
  const { host, seenAs, running } = component;
  const derived = componentOfPod(document, pod.base, { host, seenAs, running })?.component;
  const after = containerOf(value, component.name);
  const paths = after === undefined ? onTheHost : containerPaths(after.podSpec, after.container);
  if (derived === undefined || pod.items === undefined) return { changed: withArguments(component, changes), paths };
  const { commandLine, environment } = derived;
  return { changed: { ...component, document, commandLine, environment, ...(text === undefined ? {} : { text }) }, paths };
}

function changedText(component: Component, changes: readonly HostChange[]): string | undefined {
  const kind = ownFileOf(component);
  if (kind === undefined || component.text === undefined) return component.text;
  const edited = editHostText(component.text, kind, changes);
  return edited.kind === 'edited' ? edited.text : component.text;
}

/** The document with its new value, and the lines of the new text where it was read from one. */
function positioned(document: Document, value: Json, text: string | undefined): Document {
  const { source } = document;
  const positions = text === undefined ? undefined : parseDocuments(text, source).documents[0]?.positions;
  if (positions === undefined || positions.length !== countNodes(value) * 2)
    return value === document.value ? document : { value, source };
  return { value, source, positions };
}

/** Changes of flags on a command line that is no list of a manifest. */
function withArguments(component: Component, changes: readonly HostChange[]): Component {
  let words: readonly Argument[] = component.commandLine.arguments;
  for (const change of changes) {
    if (change.kind !== 'set-flag' && change.kind !== 'remove-flag') continue;
    const texts = words.map((word) => word.text);
    const edits =
      change.kind === 'set-flag'
        ? setFlag(texts, change.component, change.flag, change.value)
        : removeFlag(texts, change.component, change.flag);
    const place = words[0]?.place ?? placeOf(component.document, []);
    const next: Argument[] = [];
    for (let index = 0; index <= words.length; index++) {
      for (const edit of edits) if (edit.op === 'insert' && edit.index === index) next.push({ text: edit.text, place });
      const word = words[index];
      if (word === undefined || edits.some((edit) => edit.op === 'remove' && edit.index === index)) continue;
      const replaced = edits.find((edit) => edit.op === 'replace' && edit.index === index);
      next.push(replaced?.op === 'replace' ? { ...word, text: replaced.text } : word);
    }
    words = next;
  }
  const text = changedText(component, changes);
  return { ...component, commandLine: { arguments: words }, ...(text === undefined ? {} : { text }) };
}

/** What /configz will answer: the edits of the kubelet's configuration file, at its root or below `kubeletconfig`. */
function changedConfigz(configz: Document, changes: readonly HostChange[]): Document {
  let value = configz.value;
  const below = isObject(objectAt(value)['kubeletconfig']) ? ['kubeletconfig'] : [];
  for (const change of changes)
    if (change.kind === 'edit-file' && change.component === 'kubelet')
      value = applyEdits(
        value,
        change.edits.map((edit) => ({ ...edit, path: [...below, ...edit.path] })),
      );
  return value === configz.value ? configz : { value, source: configz.source };
}
