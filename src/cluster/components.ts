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
  return [...hosts].sort().flatMap((host) => onHost(name, host, views.get(host) ?? [], templates));
}

/** A component on the hosts where its configuration was seen, sorted by host. */
export function seenComponents(cluster: Cluster, name: ComponentName): readonly Component[] {
  return componentsOf(cluster, name).flatMap(({ component }) => (component === undefined ? [] : [component]));
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

/** The entries of one host: one, but where views of the best kind differ nobody can say which of them runs, and each is judged. */
function onHost(
  name: ComponentName,
  host: string,
  views: readonly Component[],
  templates: readonly Component[],
): readonly ComponentOnHost[] {
  const rank = Math.min(...views.map((view) => order.indexOf(view.seenAs)));
  const best = different(views.filter((view) => order.indexOf(view.seenAs) === rank));
  if (best.length === 0) return fromTemplates(name, host, templates);
  return best.map((view) => merge(host, view, views, templates));
}

function fromTemplates(name: ComponentName, host: string, templates: readonly Component[]): readonly ComponentOnHost[] {
  const own = templates.filter((candidate) => candidate.host === host);
  const fitting = own.length > 0 ? own : templates.filter((candidate) => candidate.seenAs === 'kubeadm');
  if (fitting.length === 0) return [{ name, host, component: undefined, notes: [] }];
  return different(fitting).map((template) => {
    // What /configz answers is the running kubelet's own word.
    const notes = template.configz === undefined ? [`read from ${template.document.source}, not from the running ${name}`] : [];
    return { name, host, component: { ...template, host }, notes };
  });
}

function merge(host: string, best: Component, views: readonly Component[], templates: readonly Component[]): ComponentOnHost {
  // The best view's own files count before those that another view has.
  const collected = [...views.filter((view) => view !== best), best].flatMap((view) =>
    [...view.files].filter(([, file]) => file.kind !== 'not-collected'),
  );
  const notes = views
    .filter((view) => view !== best && text(view) !== text(best))
    .map((view) =>
      view.seenAs === best.seenAs
        ? `${view.document.source} says otherwise of the same host`
        : `${view.document.source} differs from what runs: changed, not yet restarted`,
    );
  const merged: Component = {
    ...best,
    files: new Map([...best.files, ...collected]),
    running: views.some((view) => view.running),
  };
  const besides = templates.filter((template) => template.host === host);
  const configz = [...views, ...besides].find((view) => view.configz !== undefined)?.configz;
  return { name: best.name, host, component: configz === undefined ? merged : { ...merged, configz }, notes };
}

/** The components that are not the same as one before: by version, arguments and what the files hold that they name. */
function different(components: readonly Component[]): readonly Component[] {
  return components.filter((component, index) => components.findIndex((other) => sameSetting(other, component)) === index);
}

function sameSetting(one: Component, other: Component): boolean {
  return (
    one.seenAs === other.seenAs && one.version?.text === other.version?.text && text(one) === text(other) && sameFiles(one, other)
  );
}

/** A file that one of the two did not see is no difference. */
function sameFiles(one: Component, other: Component): boolean {
  return [...one.files].every(([path, file]) => {
    const twin = other.files.get(path);
    return file.kind !== 'seen' || twin?.kind !== 'seen' || file.text === twin.text;
  });
}

function text(component: Component): string {
  return component.commandLine.arguments
    .map((argument) => argument.text)
    .sort()
    .join('\0');
}
