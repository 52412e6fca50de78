import type { Cluster } from './cluster.ts';
import type { Component, ComponentName, SeenAs } from './component.ts';
import { labelsOf } from './objects.ts';

/** A component that is there or must be there: on one host, with its configuration or without. */
export interface ComponentOnHost {
  readonly name: ComponentName;
  /** Empty where not even the host's name is known. */
  readonly host: string;
  /** `undefined`: the host is known, its configuration was not seen. */
  readonly component: Component | undefined;
  /** Where two views of the same component disagree, or one stands for another. */
  readonly notes: readonly string[];
}

/** What runs counts before what starts it, and that before what writes it. */
const order: readonly SeenAs[] = ['process', 'mirror-pod', 'static-pod', 'unit', 'kubeadm', 'distribution'];

const controlPlaneLabels = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

/** Names of the Nodes that carry the control-plane label. */
export function controlPlaneNodes(cluster: Cluster): readonly string[] {
  return cluster.objects
    .ofKind('Node')
    .filter((node) => controlPlaneLabels.some((label) => label in labelsOf(node)))
    .map((node) => node.name)
    .sort();
}

/**
 * Lists a component on every host where it is seen or must run: one entry a host, sorted by host.
 *
 * Control-plane nodes whose API server was not seen, and nodes whose kubelet was not seen, are entries without a
 * configuration. Several views of one component become one: the command line of what runs, the files of whoever has them.
 * Nothing known at all gives one entry without host and configuration. Source: essential.md 0.2 (4), 0.3.
 */
export function componentsOf(cluster: Cluster, name: ComponentName): readonly ComponentOnHost[] {
  const views = new Map<string, Component[]>();
  const templates: Component[] = [];
  for (const component of cluster.components) {
    if (component.name !== name) continue;
    if (component.seenAs === 'kubeadm' || component.seenAs === 'distribution') templates.push(component);
    else views.set(component.host, [...(views.get(component.host) ?? []), component]);
  }
  const hosts = new Set([...views.keys(), ...expectedHosts(cluster, name, views.size > 0), ...standIns(templates, views)]);
  if (hosts.size === 0 && templates.length > 0) for (const template of templates) hosts.add(template.host);
  if (hosts.size === 0) return [{ name, host: '', component: undefined, notes: [] }];
  return [...hosts].sort().map((host) => merge(name, host, views.get(host) ?? [], templates));
}

/** A configuration that writes manifests stands for its own host where nothing better of that host was seen. */
function standIns(templates: readonly Component[], views: ReadonlyMap<string, readonly Component[]>): readonly string[] {
  return templates
    .filter((template) => template.seenAs === 'distribution' && !views.has(template.host))
    .map((template) => template.host);
}

function expectedHosts(cluster: Cluster, name: ComponentName, anySeen: boolean): readonly string[] {
  if (name === 'kubelet' || name === 'kube-proxy') return cluster.objects.ofKind('Node').map((node) => node.name);
  // An etcd of its own hosts is not on the control-plane nodes; a stacked one is on each.
  if (name === 'etcd' && !anySeen) return [];
  return controlPlaneNodes(cluster);
}

function merge(name: ComponentName, host: string, views: readonly Component[], templates: readonly Component[]): ComponentOnHost {
  const best = [...views].sort((a, b) => order.indexOf(a.seenAs) - order.indexOf(b.seenAs))[0];
  if (best === undefined) {
    const template =
      templates.find((candidate) => candidate.host === host) ?? templates.find((candidate) => candidate.seenAs === 'kubeadm');
    if (template === undefined) return { name, host, component: undefined, notes: [] };
    // What /configz answers is the running kubelet's own word.
    const notes = template.configz === undefined ? [`read from ${template.document.source}, not from the running ${name}`] : [];
    return { name, host, component: { ...template, host }, notes };
  }
  const files = new Map(views.flatMap((view) => [...view.files]).filter(([, file]) => file.kind !== 'not-collected'));
  const notes = views
    .filter((view) => view !== best && text(view) !== text(best))
    .map((view) => `${view.document.source} differs from what runs: changed, not yet restarted`);
  const merged: Component = { ...best, files: new Map([...best.files, ...files]), running: views.some((view) => view.running) };
  const onHost = templates.filter((template) => template.host === host);
  const configz = [...views, ...onHost].find((view) => view.configz !== undefined)?.configz;
  return { name, host, component: configz === undefined ? merged : { ...merged, configz }, notes };
}

function text(component: Component): string {
  return component.commandLine.arguments
    .map((argument) => argument.text)
    .sort()
    .join('\0');
}
