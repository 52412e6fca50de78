import type { Component } from '../../cluster/component.ts';
import type { Document } from '../../cluster/document.ts';
import type { Gap } from '../../cluster/gap.ts';
import { objectAt, stringAt } from '../../cluster/json.ts';
import { redactDocument } from '../redact.ts';
import type { ConfiguredComponent } from './configured-component.ts';
import { etcdWithoutUnit } from './etcd-files.ts';
import type { FileReading } from './file-reading.ts';
import type { HostEvidence } from './host-evidence.ts';
import { hostDirectories } from './host-directories.ts';
import { hostKubeconfigs } from './host-kubeconfigs.ts';
import { hostNameOf } from './host-name.ts';
import { HostTree } from './host-tree.ts';
import { kubeadmComponents, isKubeadm } from './kubeadm-configuration.ts';
import { kubeletWithoutUnit, lastValueOf, readKubeletDropIns } from './kubelet-files.ts';
import { kubeadmHosts } from './loose-documents.ts';
import { componentsInText } from './loose-text.ts';
import { microk8sComponents } from './microk8s.ts';
import { runningComponents } from './processes.ts';
import { rancherOnHost } from './rancher-host.ts';
import { documentsOf } from './read-yaml.ts';
import type { ManifestFile } from './static-pod.ts';
import { componentOfPod } from './static-pod.ts';
import { commandsOfUnit, componentsOfUnit } from './unit-components.ts';
import type { UnitCommands } from './unit-components.ts';
import { readUnits } from './unit-files.ts';
import { withFiles } from './with-files.ts';

/** Where kubeadm's configuration lies when a tool keeps it: kind, minikube, Cluster API, kubespray, and people's own habit. */
const kubeadmPaths = [
  '/kind/kubeadm.conf',
  '/var/tmp/minikube/kubeadm.yaml',
  '/run/kubeadm/kubeadm.yaml',
  '/etc/kubernetes/kubeadm-config.yaml',
  '/etc/kubernetes/kubeadm.yaml',
  '/root/kubeadm-config.yaml',
  '/root/kubeadm.yaml',
];

const podFolders = ['/etc/kubernetes/manifests', '/var/lib/rancher/rke2/agent/pod-manifests', '/etc/kubelet.d'];

/**
 * Reads one host: this machine (`/`) or a copy of its tree. Every view of a component is returned (process, static pod, unit, kubeadm's
 * and the distribution's configuration): which one counts is cluster/components.ts' matter. What could not be read is a gap; never
 * rejects for what is inside the tree. `options.host` names the host where the tree should not; `ownership: false` leaves out modes and
 * owners, which a copy in a repository does not keep.
 */
export async function collectHostTree(
  root: string,
  options: { readonly host?: string; readonly ownership?: boolean } = {},
): Promise<HostEvidence> {
  const tree = new HostTree(root, options);
  const gaps: Gap[] = [];
  const kubeconfigs = await hostKubeconfigs(tree, undefined, gaps);
  const kubeadm = await kubeadmDocuments(tree, gaps);
  const hosts = kubeadmHosts(kubeadm, '');
  const kubeadmName = [...hosts.values()].map(({ nodeName }) => nodeName).find((name) => name !== undefined);
  const host = options.host ?? (await hostNameOf(tree, kubeconfigs, kubeadmName));

  const units = await unitCommands(tree, gaps);
  const kubelets = units.flatMap((unit) => componentsOfUnit(unit, host));
  if (!kubelets.some(({ component }) => component.name === 'kubelet'))
    kubelets.push(...optional(await kubeletWithoutUnit(tree, host)));
  const starters = await Promise.all(kubelets.map((configured) => complete(configured, tree)));
  for (const starter of starters) gaps.push(...starter.gaps);

  const pods = await staticPods(
    tree,
    host,
    [...podFolders, ...manifestFoldersOf(starters.map(({ component }) => component))],
    gaps,
  );
  const rancher = await rancherOnHost(tree, host, units, gaps);
  const microk8s = await microk8sComponents(tree, host);
  gaps.push(...microk8s.gaps);
  const others = [
    ...(await runningComponents(tree, host, pods, gaps)),
    ...pods,
    ...rancher.components,
    ...microk8s.components,
    ...(await looseFiles(tree, host)),
    ...kubeadm
      .filter(({ value }) => isKubeadm(value, 'ClusterConfiguration'))
      .flatMap((document) => kubeadmComponents(document, { ...hosts.get(document.source), host })),
  ];
  const shown = [...kubelets, ...others].some(({ component }) => component.name === 'etcd');
  if (!shown) others.push(...optional(await etcdWithoutUnit(tree, host)));
  const components: Component[] = starters.map(({ component }) => component);
  for (const configured of others) {
    const done = await complete(configured, tree);
    components.push(done.component);
    gaps.push(...done.gaps);
  }
  const directories = await hostDirectories(tree, host, gaps);
  const named = kubeconfigs.map((kubeconfig) => ({ ...kubeconfig, host }));
  return {
    host,
    components,
    directories,
    kubeconfigs: named,
    configurations: [...kubeadm, ...rancher.configurations],
    gaps: unique(gaps),
    counts: tree.counts,
  };
}

function optional<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}

async function complete(configured: ConfiguredComponent, tree: HostTree): Promise<{ component: Component; gaps: Gap[] }> {
  const { component, gaps } = await withFiles(configured, (path) => tree.read(path));
  const dropIns = await readKubeletDropIns(component, tree, gaps);
  return { component: dropIns.size === 0 ? component : { ...component, files: new Map([...component.files, ...dropIns]) }, gaps };
}

async function unitCommands(tree: HostTree, gaps: Gap[]): Promise<UnitCommands[]> {
  const { units, gaps: unitGaps } = await readUnits(tree);
  gaps.push(...unitGaps);
  const commands: UnitCommands[] = [];
  for (const unit of units) {
    const expanded = await commandsOfUnit(unit, (path) => tree.read(path));
    // Of the hundred units of a machine, only those that start Kubernetes matter, and so do only their gaps.
    if (!/kube|etcd|k3s|rke2/.test(expanded.commands.map((words) => words.map((word) => word.text).join(' ')).join('\n')))
      continue;
    gaps.push(...expanded.gaps);
    commands.push(expanded);
  }
  return commands;
}

async function kubeadmDocuments(tree: HostTree, gaps: Gap[]): Promise<Document[]> {
  const documents: Document[] = [];
  for (const path of kubeadmPaths) {
    const found = documentsOf(await tree.read(path), gaps).filter(
      ({ value }) => stringAt(objectAt(value)['apiVersion'])?.startsWith('kubeadm.k8s.io/') === true,
    );
    documents.push(...found.map(redactDocument));
  }
  return documents;
}

/** The kubelet's own folder of static pods, from its flag or the file of `--config`. */
function manifestFoldersOf(components: readonly Component[]): string[] {
  const folders: string[] = [];
  for (const { name, commandLine, files } of components) {
    if (name !== 'kubelet') continue;
    const flag = lastValueOf(commandLine.arguments, 'pod-manifest-path');
    if (flag !== undefined && flag !== '') folders.push(flag);
    for (const file of files.values()) {
      const path =
        file.kind === 'seen' ? /^["']?staticPodPath["']?\s*:\s*["']?(\/[^\s"',]+)/m.exec(file.text ?? '')?.[1] : undefined;
      if (path !== undefined) folders.push(path);
    }
  }
  return folders;
}

/** The kubelet reads every file of the folder whose name does not begin with a dot, whatever its ending, and of each the first document. */
async function staticPods(tree: HostTree, host: string, folders: readonly string[], gaps: Gap[]): Promise<ConfiguredComponent[]> {
  const pods: ConfiguredComponent[] = [];
  for (const folder of new Set(folders.map((path) => path.replace(/\/+$/, '')))) {
    const listing = await tree.list(folder);
    if (listing.kind === 'unreadable')
      gaps.push({ source: tree.sourceOf(folder), reason: listing.reason, hint: 'read it as root, or copy the tree as root' });
    for (const entry of listing.kind === 'entries' ? listing.entries : []) {
      if (entry.directory || entry.name.startsWith('.')) continue;
      const reading = await tree.read(entry.path);
      const document = documentsOf(reading, gaps)[0];
      if (document === undefined || objectAt(document.value)['kind'] !== 'Pod') continue;
      const file = reading.kind === 'file' ? manifestFile(reading) : {};
      pods.push(...optional(componentOfPod(document, [], { host, seenAs: 'static-pod', running: false, file })));
    }
  }
  return pods;
}

function manifestFile({ text, path, mode }: Extract<FileReading, { kind: 'file' }>): ManifestFile {
  return { text, hostPath: path, ...(mode === undefined ? {} : { mode }) };
}

/** Units and command lines that lie at the top of the folder, as somebody gathers them by hand. Not on a real machine. */
async function looseFiles(tree: HostTree, host: string): Promise<ConfiguredComponent[]> {
  const found: ConfiguredComponent[] = [];
  const listing = await tree.list('/');
  for (const entry of tree.root === '/' || listing.kind !== 'entries' ? [] : listing.entries) {
    if (entry.directory || !/\.(?:service|args|cmdline|txt|ps)$/.test(entry.name)) continue;
    const reading = await tree.read(entry.path);
    if (reading.kind === 'file')
      found.push(...(await componentsInText(reading.text, reading.source, host, (path) => tree.read(path))).found);
  }
  return found;
}

/** Two components that name one file report its fault once. */
function unique(gaps: readonly Gap[]): Gap[] {
  const seen = new Map<string, Gap>();
  for (const gap of gaps) seen.set(JSON.stringify([gap.source, gap.reason, gap.line, gap.column]), gap);
  return [...seen.values()];
}
